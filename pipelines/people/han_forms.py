"""The simplified forms of the traditional characters that occur in the labels and notices of Chinese pages."""

from __future__ import annotations

_PAIRS = (
    "來来編编輯辑責责時时間间發发佈布閱阅讀读關关鍵键詞词標标籤签點点擊击瀏浏覽览記记譯译攝摄轉转載载聲声權权僅仅觀观場场網网報报導导鏈链結结聞闻薦荐訂订掃扫碼码號号戶户頻频舉举糾纠錯错複复製制連连熱热門门"
    "歡欢刪删與与許许則则頁页條条後后評评論论貼贴應应眾众長长話话聯联絡络專专題题類类寫写圖图稱称謝谢絕绝經经書书違违郵邮開开訊讯錄录還还級级縮缩見见據据誌志體体審审對对監监"
)
_SIMPLER = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


def simplified(text: str) -> str:
    """`text` with those characters in their simplified form; as long as `text`."""
    return text.translate(_SIMPLER)
