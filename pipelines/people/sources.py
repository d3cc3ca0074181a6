"""Where a text came from: the paper, site or agency that the page says it took it from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues, names_in
from pipelines.people.bylines import agency_in
from pipelines.people.credits import CreditLine, labelled
from pipelines.people.han_labels import Credit, credit_of, is_medium, is_spun_source, names_no_source
from pipelines.text import one_line

_META = ("source", "mediaid", "article:source", "news_source", "og:article:source", "article.source")
_LABEL = re.compile("^(?:来源|文章来源|稿源|來源)\\s*[:：]\\s*")
_BEHIND_NAME = re.compile("[ \u3000（(].*")
_GLUED_LABEL = re.compile("(?:作者|编辑|责任编辑|时间|日期|点击|浏览|字号|发布|记者|字体|阅读|评论|分享).{0,4}$")
_PLACE_BEHIND = re.compile(r"[ \u3000]?[(（][\u4e00-\u9fff]{2,4}[)）]")
_AGENCIES = (
    r"Reuters|Associated Press|AP|AFP|dpa-AFX|dpa|Bloomberg|UPI|EFE|ANSA|Xinhua|PTI|IANS|ANI|APA|SDA|sda|Belga|ANP|"
    r"TASS|SID|EUROPA PRESS|Europa Press|LUSA|Lusa|Kyodo(?: News)?|Jiji|Yonhap|CTK|ČTK|PAP|MTI|NTB|TT|STT|Ritzau|"
    r"Adnkronos|askanews|AGI|Télam|Notimex|KNA|epd|dts|ROVI|ТАСС|РИА Новости|Интерфакс|УНИАН|Укринформ"
)
# LONDON (Reuters) - …; Madrid, 7 oct (EFE).- …; (ANSA) - ROMA, …; 29 июня. /ТАСС/.
_DATELINE = re.compile(
    rf"^[^()\n]{{0,60}}[(/](?P<agency>{_AGENCIES})(?:[/,-][\w-]{{1,12}})?(?:\)\s?\.?\s?[-–—―]|/\.)"
    r"|^[\w\s.,-]{2,40}\s[—–-]\s(?P<spelled>РИА Новости|ТАСС|Интерфакс)\b",
)
_CJK_DATELINE = re.compile(
    r"^[（(【［\[]\s?(?:(?:[\u3040-\u30ff\u4e00-\u9fff]{1,8}|[\uac00-\ud7a3]{2,6})[ =＝・\d日]{1,5})?"
    r"(?P<agency>연합뉴스|뉴시스|뉴스1|共同(?:通信)?|時事(?:通信)?|ロイター|AFP(?:＝|=)?時事|中央社)[^）)】］\]\n]{0,20}[）)】］\]]"
)
_HAN_DATELINE = re.compile(
    r"^[（(【\[]?(?:据)?(?P<agency>[\u4e00-\u9fff]{1,7}(?:社|网|報|报|台|新闻|客户端)|央视|澎湃新闻)"
    r"(?:[\u4e00-\u9fff]{2,8}?)?(?:\d{1,4}年)?(?:\d{1,2}月)?\d{1,2}日\s?(?:电|讯|消息|電)"
    r"|^[（(【\[]?(?P<brief>[\u4e00-\u9fff]{2,7}(?:社|网|报|台|新闻))(?:讯|消息|电)[\s（(：:，,】\])]"
)
_OF_REPORTER = re.compile(
    r"[\[【（(](?:据|\s)?《?(?P<paper>[\u4e00-\u9fff]{2,10}?(?:报|网|社|台|刊|新闻|周刊|杂志|客户端))》?"
    r"(?:特约|见习|实习|首席|驻[\u4e00-\u9fff]{2,6}?)?(?:特约|特派)?(?:记者|通讯员|撰稿人)"
    r"[ \u3000:：]{0,2}[\u4e00-\u9fff·]{2,4}(?:[ 、,，\u3000]+[\u4e00-\u9fff·]{2,4}){0,4}[\]】）)]"
)
_OWN = re.compile("^(?:本|我|该|这家|贵)[报网社台刊站]")
_RIGHTS = re.compile(
    rf"(?:©|\(c\)|Copyright)\s*(?:©\s*)?(?:\d{{4}}\s*)?(?:by\s|The\s)?(?P<agency>{_AGENCIES})\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"^[(\[]?(?:Source|Quelle|Quellen|Fuente|Fonte|Bron|Källa|Kilde|Źródło|Источник|출처|出典)\s?[:：]\s?(?P<names>.{2,60}?)[)\]]?\.?$",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"\((?P<agency>{_AGENCIES})(?:/[\w-]{{1,12}})*\)\.?$")
_CJK_TAIL = re.compile(r"[（(](?P<agency>共同|時事|共同通信|時事通信|中央社|연합뉴스)[)）]$")


def find_source(
    clues: Clues, byline_texts: Sequence[str], lines: tuple[CreditLine, ...], text: str, around: str
) -> tuple[str | None, Provenance | None]:
    """Where the text came from: what the page states, else the agency or paper its first or last lines name."""
    declined: list[Declined] = []
    for rule, place, name in _candidates(clues, byline_texts, lines, text, around):
        if why := _no_source(name):
            declined.append(Declined(name[:120], why))
        else:
            return name, Provenance(rule, place, tuple(declined[:5]))
    return None, None


def _no_source(name: str) -> str | None:
    if not 2 <= len(name) <= 40 or "://" in name:
        return "no name of a source"
    return "says only that it was taken from somewhere" if names_no_source(name) else None


def _candidates(
    clues: Clues, byline_texts: Sequence[str], lines: tuple[CreditLine, ...], text: str, around: str
) -> Iterator[tuple[str, str, str]]:
    for name in _META:
        for value in clues.meta.get(name, ())[:2]:
            if value:
                yield "meta", name, _LABEL.sub("", value)
    for value in names_in((clues.article_node or {}).get("sourceOrganization")):
        if agency_in(value) or is_medium(value):  # else it is most often the publisher, or a section
            yield "json-ld", "sourceOrganization", value
    for label, value in _beside(around):
        yield "来源 line", f"beside the text: {label}", value
    for line in lines:
        if line.credit is Credit.SOURCE:
            yield "来源 line", "text", _BEHIND_NAME.split(line.value)[0]
    for byline in byline_texts:
        if agency := agency_in(byline):
            yield "agency in byline", byline[:80], agency
    yield from _from_text(text)


def _beside(around: str) -> Iterator[tuple[str, str]]:
    """What 来源 labels near the text announce, with the city that some portals put behind a paper's name."""
    for label, value in labelled(around):
        if credit_of(label) is not Credit.SOURCE:
            continue
        value = _GLUED_LABEL.sub("", value).strip("《》“”\"'") or value
        behind = around.find(value)
        if place := _PLACE_BEHIND.match(around, behind + len(value)):
            value += place[0].strip()
        if is_medium(value) or not is_spun_source(label):
            yield label, value


def _from_text(text: str) -> Iterator[tuple[str, str, str]]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in lines[:4]:
        head = line[:160]
        for pattern in (_DATELINE, _CJK_DATELINE, _HAN_DATELINE):
            if match := pattern.match(head):
                name = next(value for value in match.groups() if value)
                if not _OWN.match(name):
                    yield "dateline", one_line(head)[:60], name
    if (match := _OF_REPORTER.search(text)) and not _OWN.match(match["paper"]):
        yield "paper of the reporter", match[0], match["paper"]
    for line in lines[-4:]:
        yield from _from_tail(line)


def _from_tail(line: str) -> Iterator[tuple[str, str, str]]:
    if match := _NAMED.match(line[:100]):
        if agency := agency_in(match["names"].replace("/", ", ")):
            yield "source line", line[:80], agency
    elif match := _RIGHTS.search(line[:120]) or _TAIL.search(line[-40:]) or _CJK_TAIL.search(line[-12:]):
        yield "last line", one_line(line)[:80], match["agency"]
