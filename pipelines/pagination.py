"""The further pages of an article, as its pager names them: 下一页, next page, Seite 2, numbered links, rel=next.

Both must speak for it: the address (newsroom.part_addresses) and the link's words or place. `rel=next` alone is no
evidence, for on most blogs it names the next article; nor is an address alone, for `-2` may be next year's fair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from newsroom.part_addresses import MAX_PAGES, PartAddress, later_page, may_be_part, part_addresses, whole_address
from newsroom.records import Declined, LaterPage, Provenance, Role
from newsroom.url_shapes import judge
from newsroom.urls import resolve
from pipelines.clues import Clues
from pipelines.markup import Element
from pipelines.text import one_line

MAX_LINKS: Final = 300
_MAX_HREF_CHARS: Final = 2_000
_MAX_TEXT_CHARS: Final = 40
_SHORT_HREF_CHARS: Final = 10  # "2.html", "page-2/": relative ones that do not repeat the article's own name

_PAGE: Final = r"page|pg\.?|p\.|seite|página|pagina|strona|str\.|strana|страница|sida|side|sayfa|페이지|trang|หน้า"
_NUMBERED: Final = re.compile(
    rf"[\[(（【第]?\s{{0,3}}(?:(?:{_PAGE})\s{{0,3}})?(?P<number>\d{{1,2}})\s{{0,3}}(?:页|頁|ページ|페이지)?\s{{0,3}}[\])）】.]?"
    r"(?:(?:\s{0,3}[:：–—-]|\s).{1,40})?\Z",
    re.IGNORECASE,
)
_NEXT_PAGE: Final = re.compile(
    r"[«»›‹<>→\s]{0,5}(?:(?:go\s)?(?:to\s)?(?:the\s)?next\spage|continued?\son\s(?:the\s)?next\spage|page\ssuivante"
    r"|(?:zur\s)?nächsten?\sseite|(?:weiter|weiterlesen)\sauf\s(?:der\snächsten\sseite|seite\s\d{1,2})"
    r"|(?:阅读|查看|点击|进入)?下一?[页頁]|后一页|後一頁|次のページ(?:へ|を読む)?|次ページ(?:へ)?|다음\s?페이지"
    r"|página\ssiguiente|siguiente\spágina|próxima\spágina|página\sseguinte|pagina\ssuccessiva|volgende\spagina"
    r"|następna\sstrona|další\sstrana|следующая\sстраница|sonraki\ssayfa|nästa\ssida|neste\sside|næste\sside"
    r"|trang\s(?:sau|tiếp)|halaman\s(?:berikutnya|selanjutnya))[«»›‹<>→.…\s]{0,5}\Z",
    re.IGNORECASE,
)
_NEXT: Final = re.compile(
    r"[«»›‹<>→▶\s]{0,5}(?:next|continue(?:\sreading|d)?|read\son|weiter(?:lesen)?|suivante?|lire\sla\ssuite|siguiente"
    r"|seguir\sleyendo|próxima|seguinte|successiva|avanti|volgende|nästa|neste|næste|dalej|następna|další|sonraki|далее"
    r"|дальше|следующая|次へ|続きを読む|다음|余下全文|selanjutnya)?[«»›‹<>→▶.…\s]{0,5}\Z",
    re.IGNORECASE,
)
_PREVIOUS_PAGE: Final = re.compile(
    r"[«»›‹<>←\s]{0,5}(?:previous\spage|上一?[页頁]|前一[页頁]|前のページ(?:へ)?|前ページ|이전\s?페이지|vorherige\sseite"
    r"|page\sprécédente|página\santerior|pagina\sprecedente|vorige\spagina|poprzednia\sstrona|предыдущая\sстраница)[«»›‹<>←\s]{0,5}\Z",
    re.IGNORECASE,
)
_PAGER_NAME: Final = re.compile(
    r"(?:\A|[-_\s])(?:pager|pagers|pagination|paginator|paging|pages?|page-?(?:list|nav|number|link)s?|next-?page)(?:[-_\s]|\Z)",
    re.IGNORECASE,
)
_COMMENTS: Final = re.compile(
    r"comment|comms|kommentar|koment|discuss|diskus|disqus|respond|replies|评论|コメント", re.IGNORECASE
)
_CLIMB: Final = 6


@dataclass(frozen=True, slots=True)
class Pager:
    """Where an article goes on, or began: what its pager says."""

    number: int = 1  # of the page itself
    first: str | None = None  # address of the first page, on a later one
    later: tuple[LaterPage, ...] = ()  # named pages behind this one, in order
    evidence: str = ""

    def provenance(self) -> Provenance:
        """For a page that was read alone: which pages it names, none of them fetched."""
        if self.first is not None:
            return Provenance("later page", f"page {self.number} of {self.first} ({self.evidence})")
        unread = (
            Declined(page.url[:120], f"page {page.number}, not fetched: this page was read alone")
            for page in self.later
        )
        return Provenance("pager", self.evidence, tuple(unread)[:5])


@dataclass(frozen=True, slots=True)
class _Named:
    """A link to a page of the same article, with what speaks for it."""

    number: int
    url: str
    evidence: str


def find_pager(tree: Element, clues: Clues, url: str, first: str | None = None) -> Pager:
    """What the pager on the page at `url` says; `first` is the first page's address on a page known to be a later one.

    Live blogs have none, for their pages move with every entry, and sections, whose pages hold other articles.
    """
    whole = whole_address(url)
    if "/" not in whole or "LiveBlogPosting" in clues.types:
        return Pager()
    links = list(_links(tree, clues, url))
    if first is None and (found := _as_part(clues, links, url)):
        return found
    number = 1
    if first is not None:
        read = later_page(first, url)
        number = read.number if read else 1
    named: dict[int, _Named] = {}
    for each in _later(links, first or url, number):
        named.setdefault(each.number, each)
    if named and judge(first or url).role is Role.LISTING:
        return Pager()
    later = tuple(LaterPage(n, named[n].url) for n in sorted(named))
    return Pager(number, first, later, next((named[page.number].evidence for page in later), ""))


# --- links ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that may be a pager's: its address, its words, and whether a pager's rel or class says so."""

    url: str
    text: str
    rel: frozenset[str]
    anchor: Element | None  # None for <link>


def _links(tree: Element, clues: Clues, url: str) -> Iterator[_Link]:
    """The links that may lead to pages of the same article, found in one walk over the page."""
    said = [(rel, href) for rel in ("next", "prev", "previous") for href in clues.links.get(rel, ())[:3]]
    is_part, name, base = bool(part_addresses(url)), _own_name(url), ""
    plain = unquote(name)  # as some pages write it
    maybe: list[tuple[Element, str]] = []
    for element in tree.iter("a", "base"):
        href = element.get("href") or ""
        if element.tag == "base":
            base = base or href
        elif name in href or plain in href or href[:1] == "?" or 0 < len(href) <= _SHORT_HREF_CHARS:
            maybe.append((element, href))
    base = resolve(url, base) or url
    for rel, href in said:
        if address := _resolved(base, href, url):
            yield _Link(address, "", frozenset((rel,)), None)
    maybe = [each for each in maybe if is_part or may_be_part(each[1][:_MAX_HREF_CHARS].rstrip())]
    for anchor, href in maybe[:MAX_LINKS]:
        if address := _resolved(base, href, url):
            yield _Link(address, _words(anchor), frozenset((anchor.get("rel") or "").lower().split()), anchor)


def _own_name(url: str) -> str:
    """The part of the path's last segment that the article's other pages repeat."""
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    wholes = [urlsplit(f"//{each.whole}").path for each in part_addresses(url)]
    own = whole_address(url).partition("?")[0]
    shortest = min([own, *wholes], key=len) if segments else ""
    return shortest.rstrip("/").rpartition("/")[2] or (segments[-1] if segments else "?")


def _resolved(base: str, href: str | None, url: str) -> str | None:
    """The absolute address, on the page's own scheme and host; None for another host or a place in the comments."""
    href = (href or "").strip()
    if not href or href[0] == "#" or len(href) > _MAX_HREF_CHARS:
        return None
    address, _, fragment = (resolve(base, href) or "").partition("#")
    if not address or _COMMENTS.search(fragment):
        return None
    here, there = urlsplit(url), urlsplit(address)
    if here.netloc.removeprefix("www.") != there.netloc.removeprefix("www."):
        return None
    return there._replace(scheme=here.scheme, netloc=here.netloc).geturl()


def _words(anchor: Element) -> str:
    text = one_line("".join(anchor.itertext()))
    if not text:
        pictured = (image.get("alt") for image in anchor.iter("img"))
        text = one_line(anchor.get("aria-label") or anchor.get("title") or next(filter(None, pictured), ""))
    return text[: _MAX_TEXT_CHARS + 1]


# --- evidence -------------------------------------------------------------------------------------------------------


def _later(links: list[_Link], first: str, number: int) -> Iterator[_Named]:
    for link in links:
        read = later_page(first, link.url)
        if read is None or not number < read.number <= MAX_PAGES:
            continue
        if (evidence := _evidence(link, read, number)) and not _in_comments(link):
            yield _Named(read.number, link.url, evidence)


def _evidence(link: _Link, read: PartAddress, number: int) -> str:
    """What says that `link` leads to page `read.number` of the article, seen from page `number`; "" for nothing."""
    text = link.text
    if (said := _NUMBERED.match(text)) and int(said["number"]) == read.number:
        return f"link {text!r}"
    if read.number == number + 1 and text and _NEXT_PAGE.match(text):
        return f"link {text!r}"
    if not read.sure:
        return ""
    if read.number == number + 1 and "next" in link.rel:
        return "rel=next"
    if read.number == number + 1 and text and len(text) <= _MAX_TEXT_CHARS and _NEXT.match(text):
        return f"link {text!r}"
    return f"link {text!r} in a pager" if link.anchor is not None and _in_pager(link.anchor) else ""


def _in_pager(anchor: Element) -> bool:
    return any(_PAGER_NAME.search(_names(around)) for around in _climb(anchor, 4))


def _in_comments(link: _Link) -> bool:
    if link.anchor is None:
        return False
    return any(_COMMENTS.search(_names(around)) for around in _climb(link.anchor, _CLIMB))


def _climb(element: Element, limit: int) -> Iterator[Element]:
    for _ in range(limit):
        if element is None or element.tag in ("body", "html"):
            return
        yield element
        element = element.getparent()


def _names(element: Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:300]


# --- a later page ---------------------------------------------------------------------------------------------------


def _as_part(clues: Clues, links: list[_Link], url: str) -> Pager | None:
    """The pager of a page that is itself a later one: it names the first, as the main address or as page 1."""
    canonical = next((resolve(url, href) or "" for href in clues.links.get("canonical", ()) if href), "")
    for own in part_addresses(url):
        if own.number < 2:
            continue
        if own.sure and canonical and whole_address(canonical) == own.whole:
            return Pager(own.number, canonical, evidence="rel=canonical")
        for link in links:
            if evidence := _names_first(link, own):
                return Pager(own.number, link.url, evidence=evidence)
    return None


def _names_first(link: _Link, own: PartAddress) -> str:
    """What says that `link` leads to the first page of the article of which this is page `own.number`."""
    is_whole = whole_address(link.url) == own.whole
    is_one = is_whole or any(each.number == 1 and each.whole == own.whole for each in part_addresses(link.url))
    if not is_one or _in_comments(link):
        return ""
    if (said := _NUMBERED.match(link.text)) and int(said["number"]) == 1:
        return f"link {link.text!r}"
    if own.sure and own.number == 2 and link.rel & {"prev", "previous"}:
        return "rel=prev"
    if own.number == 2 and _PREVIOUS_PAGE.match(link.text):
        return f"link {link.text!r}"
    return ""
