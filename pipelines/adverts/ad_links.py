"""Links to other sites whose words only sell: what link sellers slip into the sentences of old articles."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from newsroom.urls import same_site
from pipelines.markup import Element

_MAX_CHARS = 40
_MAX_LINKS = 2_000
_SELLS = re.compile(
    r"^\W*(?:(?:best|top|new|the best|real money|no deposit|live|play)\s)?(?:online )?"
    r"(?:casinos? (?:online|bonus(?:es)?|games|sites?)|sports?(?: |-)?betting(?: sites?| odds| tips)|"
    r"online (?:casinos?|slots|poker|gambling|betting|pharmacy)|"
    r"betting sites?|free spins|no deposit bonus(?:es)?|payday (?:loans?|advance)|(?:buy|cheap|order|discount|generic) "
    r"(?:viagra|cialis|pills|followers|backlinks|essays?|tramadol|xanax|jerseys|ugg boots|handbags)|"
    r"replica (?:watches|handbags|bags|rolex)|(?:custom )?essay writing(?: services?)?|write my essay|seo services?|"
    r"escort (?:services?|agency)|car title loans?)\W*$"
    r"|代开.{0,4}发票|开发票|办证|刻章|六合彩|时时彩|百家乐|真人娱乐|娱乐城|博彩|澳门赌场|网上赌场|网络赌博|皇冠网|投注网|体育投注|"
    r"北京赛车|私服|代孕|包养|裸聊|成人电影|代写论文|论文代写|刷单|秒到账|棋牌游戏|足球竞猜|无抵押贷款|小额贷款",
    re.IGNORECASE,
)


# One of them is in every offer above; looking for them is cheaper than reading the links.
_LATIN_SIGNS = [
    "casino",
    "betting",
    "online s",
    "online p",
    "online g",
    "free spins",
    "deposit bonus",
    "payday",
    "title loan",
    "viagra",
    "cialis",
    "pills",
    "followers",
    "backlinks",
    "essay",
    "tramadol",
    "xanax",
    "jerseys",
    "ugg boots",
    "handbags",
    "replica",
    "seo service",
    "escort",
]
_HAN_SIGNS = [
    "发票",
    "办证",
    "刻章",
    "六合彩",
    "时时彩",
    "百家乐",
    "真人娱乐",
    "娱乐城",
    "博彩",
    "赌",
    "皇冠网",
    "投注",
    "赛车",
    "私服",
    "代孕",
    "包养",
    "裸聊",
    "成人电影",
    "论文",
    "刷单",
    "秒到账",
    "棋牌",
    "竞猜",
    "贷款",
]
_HAN = re.compile("[\u4e00-\u9fff]")


def selling_links(tree: Element, url: str, text: str) -> tuple[str, ...]:
    """The words of the page's links to other sites that are an offer and nothing else, each once.

    None are looked for when `text`, the article's, has no word of such an offer.
    """
    signs = _HAN_SIGNS if _HAN.search(text[:1_000]) else _LATIN_SIGNS
    lower = text.lower()
    if not any(sign in lower for sign in signs):
        return ()
    found: dict[str, None] = {}
    for link, _ in zip(tree.iter("a"), range(_MAX_LINKS), strict=False):
        href, words = link.get("href") or "", link.text or ""
        if not 2 <= len(words) <= _MAX_CHARS or not href.startswith(("http", "//")) or not _SELLS.search(words):
            continue
        if not same_site(urljoin(url, href), url):
            found[" ".join(words.split())] = None
    return tuple(found)
