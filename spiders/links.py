"""The links of a page with where they stood, its feeds and next pages; and one link for each teaser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from newsroom.records import Rejected
from newsroom.url_shapes import ARTICLE_SCORE, LinkContext, article_score
from newsroom.urls import canonical_url, is_secondary, resolve
from pipelines.markup import parse

Element = Any  # lxml.html.HtmlElement; lxml ships no types

MAX_HREF_CHARS: Final = 4_000
MAX_TEXT_CHARS: Final = 500
MAX_CLIMB: Final = 60  # ancestors looked at; deeper nesting than real pages have
MAX_TEASER_LINKS: Final = 12
MIN_ARTICLE_TEXT: Final = 25

_FEED_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/rss"}
)
_FEED_HREF: Final = re.compile(
    r"(?:/(?:feed|rss|atom)/?|[/.](?:rss|atom|rdf)(?:\.xml)?|/(?:feed|rss|index)\.xml)\Z", re.IGNORECASE
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT: Final = frozenset({"style", "script", "noscript", "template"})
_ROOTS: Final = frozenset({"html", "body", "main"})
_NAV_NAME: Final = re.compile(
    r"(?:\A|[-_\s])(?:nav|navi|navigation|navbar|menu|menubar|submenu|breadcrumbs?|topbar)(?:[-_\s]|\Z)", re.I
)
_FOOTER_NAME: Final = re.compile(r"(?:\A|[-_\s])(?:footer|site-?info|colophon)(?:[-_\s]|\Z)", re.I)
_PAGER_NAME: Final = re.compile(
    r"(?:\A|[-_\s])(?:pager|pagination|paging|page-?numbers|pages|nav-links)(?:[-_\s]|\Z)", re.I
)
_NEXT_TEXT: Final = re.compile(
    r"(?:older(?: posts| entries| stories)?|next(?: page)?|more|weiter|nächste(?: seite)?|ältere(?: beiträge)?"
    r"|suivante?|page suivante|siguiente|próxima|seguinte|successiva|avanti"
    r"|volgende|nästa|neste|næste|następna|další|sonraki|дальше|следующая|далее"
    r"|下一页|下页|下一頁|次へ|次のページ|다음|다음 페이지)?\s*[>›»→]*\Z",
    re.IGNORECASE,
)
_TWIN_TEXT: Final = re.compile(
    r"(?:amp|print|printer[- ]friendly|print (?:version|view)|mobile(?: version)?|drucken|druckversion|imprimer"
    r"|imprimir|stampa|afdrukken|打印|打印本页|印刷|인쇄)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """One `<a href>`: where it leads (resolved, not canonical), what it says, and where it stood."""

    url: str
    text: str
    rel: frozenset[str]
    context: LinkContext
    teaser: int | None = None  # links with the same number stand in one teaser


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a page leads to, in document order."""

    links: tuple[Link, ...] = ()
    feeds: tuple[str, ...] = ()
    next_pages: tuple[str, ...] = ()
    canonical: str | None = None
    amphtml: str | None = None


def page_links(tree_or_html: Any, base_url: str, limit: int = 2000) -> PageLinks:
    """The first `limit` links of a page (HTML text or an lxml root) with their surroundings, its feeds and next pages.

    Links elsewhere than http(s) are left out, and links to a place on the page itself. Empty for a page that the
    parser refuses.
    """
    root = parse(tree_or_html) if isinstance(tree_or_html, str) else tree_or_html
    if root is None or isinstance(root, Rejected):
        return PageLinks()
    base = _base(root, base_url)
    anchors = list(_anchors(root, base, base_url, limit))
    surroundings = _Surroundings([element for element, _ in anchors])
    links = tuple(surroundings.link(element, url) for element, url in anchors)
    head = _head_links(root, base)
    next_pages = [url for rel, _, url in head if "next" in rel]
    next_pages += [link.url for (element, _), link in zip(anchors, links, strict=True) if _is_next(element, link)]
    feeds = [url for rel, kind, url in head if "alternate" in rel and kind in _FEED_TYPES]
    feeds += [link.url for link in links if _FEED_HREF.search(link.url.partition("?")[0])]
    return PageLinks(
        links=links,
        feeds=tuple(dict.fromkeys(feeds)),
        next_pages=tuple(dict.fromkeys(next_pages)),
        canonical=next((url for rel, _, url in head if "canonical" in rel), None),
        amphtml=next((url for rel, _, url in head if "amphtml" in rel), None),
    )


def prefer(links: Iterable[Link]) -> tuple[Link, ...]:
    """`links` with one for each teaser's article: its print, AMP, mobile and short forms go while another stays.

    Links outside teasers, and the only link of a teaser, are never dropped. The order stays.
    """
    links = tuple(links)
    teasers: dict[int, list[int]] = {}
    for at, link in enumerate(links):
        if link.teaser is not None:
            teasers.setdefault(link.teaser, []).append(at)
    kept: dict[int, Link] = dict(enumerate(links))
    for places in teasers.values():
        if len(places) > 1:
            chosen = _one_story([(at, links[at]) for at in places])
            for at in places:
                kept.pop(at)
            kept.update(chosen)
    return tuple(kept[at] for at in sorted(kept))


# --- one link a teaser ----------------------------------------------------------------------------------------------


def _one_story(group: list[tuple[int, Link]]) -> dict[int, Link]:
    main = {at: link for at, link in group if not _looks_secondary(link)}
    if not main:
        return dict(group)
    headline = next((link for link in main.values() if link.context.in_heading), None)
    if headline is None:
        return main
    same = {at: link for at, link in main.items() if _leads_to_headline(link, headline)}
    addresses = {canonical_url(link.url) for link in same.values()}
    strong = {url for url in addresses if article_score(url) >= ARTICLE_SCORE}
    if len(addresses) != 2 or len(strong) != 1:
        return main  # one address already, or too many for one story
    # Often it is the picture that has the better address; it takes over the headline's words and standing.
    for at, link in same.items():
        if canonical_url(link.url) not in strong:
            del main[at]
        else:
            main[at] = replace(
                link, text=headline.text, context=replace(headline.context, has_image=link.context.has_image)
            )
    return main


def _leads_to_headline(link: Link, headline: Link) -> bool:
    """Whether a link of the teaser is the headline again: a picture without words, or the same words."""
    return link.context.in_heading or not link.text or link.text == headline.text


def _looks_secondary(link: Link) -> bool:
    return link.context.nofollow or bool(_TWIN_TEXT.match(link.text)) or is_secondary(link.url)


# --- reading the page -----------------------------------------------------------------------------------------------


def _base(root: Element, base_url: str) -> str:
    for element in root.iter("base"):
        href = element.get("href")
        if href:
            return resolve(base_url, href[:MAX_HREF_CHARS]) or base_url
    return base_url


def _anchors(root: Element, base: str, page_url: str, limit: int) -> Iterator[tuple[Element, str]]:
    page = page_url.partition("#")[0]
    found = 0
    for element in root.iter("a", "area"):
        href = (element.get("href") or "").strip()
        if not href or href.startswith("#") or len(href) > MAX_HREF_CHARS:
            continue
        url = resolve(base, href)
        if url is None or ("#" in url and url.partition("#")[0] == page):
            continue
        yield element, url
        found += 1
        if found >= limit:
            return


def _head_links(root: Element, base: str) -> list[tuple[frozenset[str], str, str]]:
    """(rel, type, address) of every `<link>`, wherever it stands."""
    found = []
    for element in root.iter("link"):
        url = resolve(base, (element.get("href") or "").strip()) if element.get("href") else None
        if url is not None:
            found.append((_rel(element), (element.get("type") or "").split(";")[0].strip().lower(), url))
    return found


def _text(anchor: Element) -> str:
    """What the link says, without the styles and scripts that some sites put inside it."""
    parts: list[str] = []
    for element in anchor.iter():
        if isinstance(element.tag, str) and element.tag not in _SILENT:
            parts.append(element.text or "")
        if element is not anchor:
            parts.append(element.tail or "")
    return " ".join(" ".join(parts).split())[:MAX_TEXT_CHARS]


def _rel(element: Element) -> frozenset[str]:
    return frozenset((element.get("rel") or "").lower().split())


def _is_next(element: Element, link: Link) -> bool:
    if "next" in link.rel:
        return True
    text = link.text or (element.get("aria-label") or element.get("title") or "").strip()
    if not text or len(text) > 30 or not _NEXT_TEXT.match(text):
        return False
    return any(_PAGER_NAME.search(_names(around)) for around in _climb(element, 5))


def _climb(element: Element, limit: int = MAX_CLIMB) -> Iterator[Element]:
    """The element and what it stands in, from the inside out, at most `limit` of them."""
    for _ in range(limit):
        if element is None:
            return
        yield element
        element = element.getparent()


def _names(element: Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:300]


class _Surroundings:
    """Where the links of one page stand: counted once for all, so that cost is links times depth."""

    def __init__(self, anchors: Sequence[Element]) -> None:
        self._links: Counter[Element] = Counter()
        self._headlines: Counter[Element] = Counter()
        self._places: dict[Element, tuple[bool, bool]] = {}
        self._teasers: dict[Element, int] = {}
        self._in_heading = {anchor for anchor in anchors if _stands_in_heading(anchor)}
        for anchor in anchors:
            around = list(_climb(anchor))
            self._links.update(around)
            if anchor in self._in_heading:
                self._headlines.update(around)

    def link(self, anchor: Element, url: str) -> Link:
        text = _text(anchor)
        rel = _rel(anchor)
        heading = anchor in self._in_heading
        in_nav, in_footer = self._place(anchor)
        teaser = None if in_footer or (in_nav and not heading) else self._teaser(anchor)
        context = LinkContext(
            in_heading=heading,
            in_nav=in_nav,
            in_footer=in_footer,
            in_article_list=teaser is not None or (not in_nav and not in_footer and _in_list_item(anchor, len(text))),
            has_image=next(anchor.iter("img", "picture", "svg"), None) is not None,
            text_chars=len(text),
            nofollow="nofollow" in rel,
        )
        return Link(url, text, rel, context, teaser)

    def _teaser(self, anchor: Element) -> int | None:
        """The number of the largest element around `anchor` that holds one headline and few links."""
        largest = None
        for element in _climb(anchor):
            if element.tag in _ROOTS or self._headlines[element] > 1 or self._links[element] > MAX_TEASER_LINKS:
                break
            if self._headlines[element] == 1:
                largest = element
        return None if largest is None else self._teasers.setdefault(largest, len(self._teasers))

    def _place(self, anchor: Element) -> tuple[bool, bool]:
        """(in the navigation, in the footer)."""
        around = list(_climb(anchor))
        place = (False, False)
        for element in reversed(around):
            known = self._places.get(element)
            if known is None:
                known = self._places[element] = self._place_of(element, place)
            place = known
        return place

    def _place_of(self, element: Element, around: tuple[bool, bool]) -> tuple[bool, bool]:
        tag, role = element.tag, element.get("role") or ""
        if tag in _ROOTS or any(around):
            return around
        names = "" if tag == "a" else _names(element)
        few_headlines = self._headlines[element] <= 3  # a class "menu" on half the page says nothing
        in_nav = tag in ("nav", "menu") or role in ("navigation", "menu", "menubar") or _is_page_header(element)
        in_nav = in_nav or (few_headlines and bool(_NAV_NAME.search(names)))
        in_footer = _is_page_footer(element) or role == "contentinfo"
        return in_nav, in_footer or (few_headlines and bool(_FOOTER_NAME.search(names)))


def _is_page_header(element: Element) -> bool:
    return element.tag == "header" and not _in_article(element)


def _is_page_footer(element: Element) -> bool:
    return element.tag == "footer" and not _in_article(element)


def _in_article(element: Element) -> bool:
    return any(around.tag in ("article", "section", "main", "li") for around in _climb(element, 12))


def _stands_in_heading(anchor: Element) -> bool:
    if any(around.tag in _HEADINGS for around in _climb(anchor, 5)):
        return True
    return next(anchor.iter(*_HEADINGS), None) is not None


def _in_list_item(anchor: Element, text_chars: int) -> bool:
    if text_chars < MIN_ARTICLE_TEXT:
        return False
    return any(around.tag in ("article", "li", "dd", "td") for around in _climb(anchor, 8))
