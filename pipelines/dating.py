"""When a page says it was published and changed: structured statements first, then visible dates, then the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from newsroom.dates import find_when, parse_when
from newsroom.records import Declined, Moment, Provenance
from pipelines.clues import Clues
from pipelines.markup import Element, visible_text
from pipelines.seen_dates import seen_date

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "datepublished",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "published_date",
    "pubdate",
    "pub_date",
    "publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "article.published",
    "article_date_original",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "originalpublicationdate",
    "weibo: article:create_at",
    "og:release_date",
    "og:regdate",
    "displaydate",
    "date",
)
_MODIFIED_META = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "revised",
)
_DATE_XPATH = (
    "//body//*[self::span or self::div or self::p or self::em or self::i or self::li or self::td or self::a or self::b "
    "or self::small or self::abbr][contains(@class,'date') or contains(@class,'time') or contains(@class,'Date') or "
    "contains(@class,'Time') or contains(@class,'pub') or contains(@id,'date') or "
    "contains(@id,'time') or contains(@id,'pub')]"
)
_FULL_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-年/.]\s*(?:1[0-2]|0?[1-9])\s*[-月/.]\s*(?:3[01]|[12]\d|0?[1-9])(?!\d)\s*日?"
    r"(?:\s*(?:T|[（(]?(?:星期|周)[一二三四五六日天][)）]?|上午|下午)?\s*(?:[01]?\d|2[0-4])[:：时]\s*[0-5]\d(?:[:：分]\s*[0-5]\d)?)?"
)
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[-/_.]?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_URL_DAY_FIRST = re.compile(r"[/-](0[1-9]|[12]\d|3[01])-(0[1-9]|1[0-2])-((?:19|20)\d\d)(?!\d)")
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


@dataclass(frozen=True, slots=True)
class Dates:
    """Both dates of a page, with the rule that gave each."""

    published: Moment | None = None
    modified: Moment | None = None
    published_from: Provenance | None = None
    modified_from: Provenance | None = None


def find_dates(
    tree: Element, clues: Clues, url: str, *, title: str = "", zone: str | None, now: datetime | None
) -> Dates:
    """The first believable date of each kind; one without an offset is read in `zone`, one after `now` refused.

    A page that states no publication date has the one that is written out near its `title`, or elsewhere.
    """
    published, published_from = _first(_published(tree, clues, url), zone, now)
    if published is None and (seen := seen_date(tree, title, zone, now)):
        published, published_from = seen.moment, Provenance("visible", seen.place)
    modified, modified_from = _first(_modified(clues), zone, now)
    return Dates(published, modified, published_from, modified_from)


def _first(
    candidates: Iterator[tuple[str, str, str]], zone: str | None, now: datetime | None
) -> tuple[Moment | None, Provenance | None]:
    rejected: list[Declined] = []
    for rule, place, text in candidates:
        text = text.strip()
        if not text or len(text) > 200:
            continue
        if moment := parse_when(text, zone=zone, now=now, origin=f"{rule} {place}".strip()):
            return moment, Provenance(rule, place, tuple(rejected[:5]))
        rejected.append(Declined(text[:80], f"{rule} {place}: no believable date"))
    return None, None


def _published(tree: Element, clues: Clues, url: str) -> Iterator[tuple[str, str, str]]:
    node = clues.article_node or {}
    yield from _metas(clues, _PUBLISHED_META[:3])
    yield "json-ld", "datePublished", _text(node.get("datePublished"))
    yield from _items(clues, "datepublished")
    yield from _metas(clues, _PUBLISHED_META[3:])
    yield "json-ld", "dateCreated", _text(node.get("dateCreated"))
    yield from _visible(tree)
    yield from _other_nodes(tree, clues)
    if match := _URL_DATE.search(url):
        yield "url", "path", "-".join(match.groups())
    elif match := _URL_DAY_FIRST.search(url):
        yield "url", "path", "-".join(reversed(match.groups()))


def _modified(clues: Clues) -> Iterator[tuple[str, str, str]]:
    node = clues.article_node or {}
    yield from _metas(clues, _MODIFIED_META[:3])
    yield "json-ld", "dateModified", _text(node.get("dateModified"))
    yield from _items(clues, "datemodified")
    yield from _metas(clues, _MODIFIED_META[3:])


def _metas(clues: Clues, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        for value in clues.meta.get(name, ())[:3]:
            yield "meta", name, value


def _items(clues: Clues, name: str) -> Iterator[tuple[str, str, str]]:
    for element in clues.itemprops.get(name, ())[:3]:
        yield "itemprop", name, element.get("datetime") or element.get("content") or visible_text(element)[:100]


def _other_nodes(tree: Element, clues: Clues) -> Iterator[tuple[str, str, str]]:
    """Dates of JSON-LD nodes that are not the article, as a WebPage; and of JSON-LD that is not JSON."""
    for node in clues.json_ld:
        yield "json-ld", f"{node.get('@type')} datePublished", _text(node.get("datePublished"))
    for script in tree.iter("script"):
        if match := _JSON_DATE.search(script.text or ""):
            yield "json-ld", "datePublished", match[1]


def _visible(tree: Element) -> Iterator[tuple[str, str, str]]:
    """Dates written out in an element named for them."""
    for element in tree.xpath(_DATE_XPATH)[:40]:
        text = visible_text(element)[:200]
        if match := _FULL_DATE.search(text):
            yield "visible", element.get("class") or element.get("id") or element.tag, match[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def moment_in(text: str, zone: str | None, now: datetime | None) -> Moment | None:
    """The date in the text of an element that the portal file names."""
    text = text.strip()[:200]
    origin = "select"
    return parse_when(text, zone=zone, now=now, origin=origin) or find_when(text, zone=zone, now=now, origin=origin)
