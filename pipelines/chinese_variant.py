"""Simplified or traditional Chinese, by the characters that only one of the two ways of writing has."""

from __future__ import annotations

import re

from newsroom.han import with_script

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


def chinese_variant(text: str, declared: str | None = None) -> str:
    """zh-Hans or zh-Hant; where the characters say nothing, as the page declares, and else zh-Hans."""
    traditional, simplified = len(_TRADITIONAL.findall(text)), len(_SIMPLIFIED.findall(text))
    if traditional != simplified:
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    return "zh-Hant" if with_script(declared or "") == "zh-Hant" else "zh-Hans"
