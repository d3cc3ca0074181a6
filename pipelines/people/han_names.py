"""Bylines of Chinese, Japanese and Korean pages: names behind 记者, 作者, 文/, 記者, 기자."""

from __future__ import annotations

import re

_NAME = r"[\u4e00-\u9fff·]{2,4}"
_NAMES = rf"{_NAME}(?:[ 、,，\u3000\xa0]{{1,4}}{_NAME}){{0,5}}"
_END = r"(?=[\s)）\]】,，。;；|/／〓]|$)"
_LABELS = r"记者|記者|通讯员|撰文|撰稿|执笔人?|文图|图文"
_BYLINE = re.compile(
    rf"(?:[\u4e00-\u9fff]{{0,10}}(?:{_LABELS})\s{{0,3}}[:：/／丨|]?\s{{0,3}}|(?:作\s{{0,2}}者|文)\s?[:：/／丨|]\s?)"
    rf"(?P<names>{_NAMES}){_END}"
)
_AUTHOR_LABEL = re.compile(
    r"(?:作\s{0,2}者|撰文|执笔人?)\s?[:：]\s{0,3}(?P<names>[\w·.]{2,20}(?:[、,，][\w·]{2,8}){0,4})(?![\w=])"
)
# Copied and shuffled pages carry the reporter's line anywhere: [示例日报记者 张三]
_BRACKETED = re.compile(
    rf"[\[【（(][\u4e00-\u9fff]{{0,10}}(?:记者|記者)[ :：\u3000]{{0,3}}(?P<names>{_NAMES})[\]】）)]"
)
_JAPANESE = re.compile(
    rf"[【（(](?:[\u4e00-\u9fffァ-ヶー]{{1,8}}[＝=](?P<names>{_NAMES})(?:記者)?|(?P<reporters>{_NAMES})記者)[】）)]"
)
_JA = r"[\u4e00-\u9fff々\u3040-\u30ff]"
_CJK_NAME = re.compile(
    rf"[\u4e00-\u9fff々]{{2,4}}|[가-힣]{{2,4}}|(?=.{{0,7}}[\u3040-\u30ff]){_JA}{{2,8}}|{_JA}{{1,5}} {_JA}{{1,5}}"
    r"|[\u4e00-\u9fff]{1,8}(?:·[\u4e00-\u9fff]{1,8}){1,3}"
)
_TAIWANESE = re.compile(r"記者(?P<names>[\u4e00-\u9fff]{2,3})(?=[\u4e00-\u9fff]{2,3}(?:\d{1,2}日|報導))")  # place, day
_OTHER_WORK = re.compile(r"[ 、,，\u3000\xa0](?:摄影|摄|攝影|图|编辑|校对|实习).*")
_KOREAN = re.compile(
    r"(?<![가-힣])(?P<names>(?:[가-힣]{3}[ ·,]\s?){0,3}[가-힣]{2,4})\s?(?:특파원|선임기자|인턴기자|기자)(?![가-힣])"
)
NOT_IN_A_HAN_NAME = re.compile(
    r"报道|编辑|来源|时间|日期|采访|获悉|了解|发现|表示|注意到|从|在|见面|问|说|为|的|了|是|者$|招待|协会|联系|发表|字号|"
    r"摄影|[摄攝]$|转载|未知|佚名|网络|记者|本报|综合|责任|阅读|文章|关注|版权|声明|授权|导航|登录|注册|投稿|更多|返回|分享|收藏|"
    r"打印|评论|订阅|下载|举报|简介"
)
# The commonest family names, nine people in ten: a line that is a name begins with one.
_FAMILY = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢"
    "路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯伊佟邸麦谌晏阙戚亓郎桑臧仇栾甄沙冼练粟漆佘蓝岑寇敖巩楚晋杭栗蒙雍聂封滕迟糜蔺邬干鄢荆商佐仲蒲诸戎籍阮桂闵解强柴华车冉房边"
    "张劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧呂蘇盧蔣賈魏葉閻譚鄒陸顧龍錢湯賀龔龐蘭顏嚴溫蘆魯韋畢聶關淩費紀項衛單寧闵"
)
_DOUBLE_FAMILY = frozenset(
    {
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "夏侯",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "南宫",
        "端木",
        "歐陽",
        "司馬",
        "諸葛",
    }
)
_KOREAN_FAMILY = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나지엄채원천방공현함변염추도소석선설마길연위표명기반왕금옥육인맹제모"
)
_KOREAN_DOUBLE = frozenset({"남궁", "황보", "제갈", "사공", "선우", "독고"})
_NAME_ALONE = re.compile(r"[\u4e00-\u9fff]{2,3}")


def is_cjk(text: str) -> bool:
    """Whether `text` has Han, Kana or Hangul characters."""
    return re.search(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]", text) is not None


def is_cjk_name(name: str) -> bool:
    """Whether a name in one of those scripts can be a person's by its length and letters."""
    return _CJK_NAME.fullmatch(name) is not None


def without_role(name: str) -> str:
    """A name without the 기자 or 記者 behind it, and without the blanks that spread two characters (赵 培)."""
    name = re.sub(r"\s?(?:특파원|선임기자|기자|記者|记者)$", "", name)
    return re.sub(r"^([\u4e00-\u9fff])\s{1,2}([\u4e00-\u9fff])$", r"\1\2", name)


def han_names(line: str) -> list[str]:
    """Names behind 记者, 作者, 文/ and the like in one line of Chinese."""
    labelled = labelled_author(line)
    found = (_with_family(match["names"]) for pattern in (_BYLINE, _TAIWANESE) for match in pattern.finditer(line))
    return max([labelled, *found], key=len)


def has_family_name(name: str) -> bool:
    """Whether a Han or Hangul name begins with a family name and is no longer than one may be."""
    if "가" <= name[0] <= "힣":
        return len(name) <= 4 and (name[0] in _KOREAN_FAMILY or name[:2] in _KOREAN_DOUBLE)
    return "·" in name or (len(name) <= 3 and name[0] in _FAMILY) or name[:2] in _DOUBLE_FAMILY


def labelled_author(text: str) -> list[str]:
    """Names behind 作者: anywhere in a page's head."""
    return next((names for match in _AUTHOR_LABEL.finditer(text) if (names := _names(match["names"]))), [])


def bracketed_names(text: str) -> list[str]:
    """The reporter in brackets, wherever it stands: （记者 张三）, 【北京＝山田太郎】."""
    for match in _BRACKETED.finditer(text):
        if names := _with_family(match["names"]):
            return names
    return next((_names(match["names"] or match["reporters"]) for match in _JAPANESE.finditer(text)), [])


def korean_names(text: str) -> list[str]:
    """The reporters before 기자."""
    found = (name for match in _KOREAN.finditer(text) for name in re.split(r"[ ·,]+", match["names"]))
    return [name for name in dict.fromkeys(found) if has_family_name(name)][:5]


def name_alone(line: str) -> str | None:
    """The name in a line that is nothing else, as essays carry it below their title."""
    name = re.sub(r"\s", "", line)
    if len(line) <= 8 and _NAME_ALONE.fullmatch(name) and name[0] in _FAMILY and not NOT_IN_A_HAN_NAME.search(name):
        return name
    return None


def _names(found: str) -> list[str]:
    found = _OTHER_WORK.sub("", found)
    return [name for name in re.split(r"[ 、,，\u3000\xa0]+", found) if name and not NOT_IN_A_HAN_NAME.search(name)]


def _with_family(found: str) -> list[str]:
    return [name for name in _names(found) if has_family_name(name)]
