"""Which language a text is in: scripts that give it away at once, langdetect for the rest. Same answer every time."""

from __future__ import annotations

import re
import threading
from functools import cache
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

SAMPLE_CHARS = 200  # more tells no language of the news pack better
_TRIALS = 3  # langdetect averages 7 random walks; 3 give the same answers on the news pack
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LATIN_LANGUAGES = frozenset(
    "af ca cs cy da de en es et fi fr hr hu id it lt lv nl no pl pt ro sk sl so sq sv sw tl tr vi".split()  # noqa: SIM905
)
_TOLD_BY_SCRIPT = frozenset({"ja", "ko", "zh-cn", "zh-tw"})
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+|www\.\S+")
_SPACE = re.compile(r"\s+")

# Pairs that differ between the two ways of writing Chinese, commonest in news first.
_HANS_ONLY = frozenset(
    "这为国们来个时说对会过发还经进动学开实现业关体两机长问间后样从点话头无应当气际认识计议记论设讲许访证评试该请语误读调谁谈"
    "谢让训东车军转轮输运达边远连适选钱铁银错镇门闻闹阳阴阶险随难预领题额风飞马验鱼鸟麦黄齐龙龟书买卖乐亲亿仅仓价众优伤传伟侧"
    "债倾儿党兰兴养兽内冲决况净凤凭击刘则刚创别剂剧劝办务劳势协单占卢厂厅历压县参双变号叹吗听启吴员响哑唤喷团园围图圆圣场坏块坚"
    "坛坝坟报垒垫备复够夺奋奖妇妈娱孙宁宝审宪宫宽宾寻导将尔尘尝层属岁岛币师帐带帮广庄庆库庙废张弹强归录彻径怀态总恋恶悬惊惯愿战户扑"
    "执扩扫扬拟拥择挂挡挥损换据摄敌数斗断旧显晓术杀杂权条构极枪标树档桥检楼欢欧歼毁毕毙汇汉汤沟泪泽洁浅测济浓润涨温湾湿满滚滞滤灭灯灾炉炼烂"
    "烦烧热爱爷牵犹独狱猎环电畅疗皱盐监盖盘矿码础确离种积称稳穷窃竞笔简粮系紧纪约红级纯纲纳纷纸纽线练组细织终绍结绕绘给络统继绩绪续维绿编缘缩网罗"
    "罚罢羡职联聪肃肠肤胁胜脉脏脑脚脱脸节艺苏范荐荣药获营著虑虽蓝补装见观规视觉览触订讨"
)
_HANT_ONLY = frozenset(
    "這為國們來個時說對會過發還經進動學開實現業關體兩機長問間後樣從點話頭無應當氣際認識計議記論設講許訪證評試該請語誤讀調誰談"
    "謝讓訓東車軍轉輪輸運達邊遠連適選錢鐵銀錯鎮門聞鬧陽陰階險隨難預領題額風飛馬驗魚鳥麥黃齊龍龜書買賣樂親億僅倉價眾優傷傳偉側"
    "債傾兒黨蘭興養獸內沖決況淨鳳憑擊劉則剛創別劑劇勸辦務勞勢協單佔盧廠廳歷壓縣參雙變號嘆嗎聽啟吳員響啞喚噴團園圍圖圓聖場壞塊堅"
    "壇壩墳報壘墊備復夠奪奮獎婦媽娛孫寧寶審憲宮寬賓尋導將爾塵嘗層屬歲島幣師帳帶幫廣莊慶庫廟廢張彈強歸錄徹徑懷態總戀惡懸驚慣願戰戶撲"
    "執擴掃揚擬擁擇掛擋揮損換據攝敵數鬥斷舊顯曉術殺雜權條構極槍標樹檔橋檢樓歡歐殲毀畢斃匯漢湯溝淚澤潔淺測濟濃潤漲溫灣濕滿滾滯濾滅燈災爐煉爛"
    "煩燒熱愛爺牽猶獨獄獵環電暢療皺鹽監蓋盤礦碼礎確離種積稱穩窮竊競筆簡糧繫緊紀約紅級純綱納紛紙紐線練組細織終紹結繞繪給絡統繼績緒續維綠編緣縮網羅"
    "罰罷羨職聯聰肅腸膚脅勝脈髒腦腳脫臉節藝蘇範薦榮藥獲營慮雖藍補裝見觀規視覺覽觸訂討"
)
_SIMPLIFIED = re.compile("[" + "".join(sorted(_HANS_ONLY - _HANT_ONLY)) + "]")
_TRADITIONAL = re.compile("[" + "".join(sorted(_HANT_ONLY - _HANS_ONLY)) + "]")
_LOADING = threading.Lock()


def detect_language(text: str) -> tuple[str, float]:
    """The BCP 47 tag of the language `text` is written in, and a confidence from 0 to 1.

    ISO 639-1 codes, and zh-Hans or zh-Hant for Chinese. ("und", 0.0) when there are no words to judge by.
    Looks at a bounded sample, and gives the same answer in every run, thread and process.
    """
    sample = _sample(text)
    letters = len(_LETTER.findall(sample))
    if letters < 2:
        return "und", 0.0
    return _by_script(sample, letters) or _by_ngrams(sample, latin=len(_LATIN.findall(sample)) * 2 > letters)


def _sample(text: str) -> str:
    """Words from the head of the text, without addresses: enough to tell, never more than a bounded length."""
    head = _SPACE.sub(" ", _ADDRESS.sub(" ", text[: SAMPLE_CHARS * 4])).strip()
    return head[:SAMPLE_CHARS]


def _by_script(sample: str, letters: int) -> tuple[str, float] | None:
    """Japanese, Korean and Chinese are told by their characters."""
    han, kana, hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    if hangul * 3 > letters or (hangul > han + kana and hangul * 5 > letters):
        return "ko", _share(hangul + han, letters)
    if kana * 12 > han + kana and (han + kana) * 3 > letters:
        return "ja", _share(han + kana, letters)
    if han * 3 > letters:
        return _chinese_variant(sample), _share(han, letters)
    return None


def _chinese_variant(sample: str) -> str:
    traditional, simplified = len(_TRADITIONAL.findall(sample)), len(_SIMPLIFIED.findall(sample))
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _share(count: int, letters: int) -> float:
    return round(min(1.0, 0.5 + count / letters / 2), 4)


def _by_ngrams(sample: str, *, latin: bool) -> tuple[str, float]:
    detector = _factory(latin).create()
    detector.n_trial = _TRIALS
    detector.append(sample)
    try:
        best = detector.get_probabilities()
    except LangDetectException:
        return "und", 0.0
    return (best[0].lang, round(best[0].prob, 4)) if best else ("und", 0.0)


def _factory(latin: bool) -> DetectorFactory:
    with _LOADING:
        return _load_factory(latin)


@cache
def _load_factory(latin: bool) -> DetectorFactory:
    """The languages written in Latin letters, or those that are not: half the time, half the memory for most."""
    names = sorted(path.name for path in Path(PROFILES_DIRECTORY).iterdir())
    wanted = [name for name in names if (name in _LATIN_LANGUAGES) is latin and name not in _TOLD_BY_SCRIPT]
    factory = DetectorFactory()
    factory.load_json_profile([(Path(PROFILES_DIRECTORY) / name).read_text("utf-8") for name in wanted])
    factory.set_seed(0)  # langdetect draws at random; a fixed seed makes a rerun agree
    return factory
