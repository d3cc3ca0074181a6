"""The dates that a page's data state, in the order in which they are trusted, and the day in its address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from newsroom.records import Moment
from pipelines.clues import Clues, types_of
from pipelines.markup import visible_text

Read = Callable[[str, str], Moment | None]  # a text and who said so; None when it is no believable date

_PUBLISHED = (  # said for other programs, of the article
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
)
_NAMED = (  # home-made names that say "published"
    "datepublished",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "published_date",
    "published-date",
    "published_time",
    "publisheddate",
    "publishtime",
    "publish_time",
    "publish-time",
    "article:publicationdate",
    "article:published_date",
    "article:post_date",
    "pubdate",
    "pub_date",
    "publication_date",
    "publication-date",
    "publicationdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dc.date.publication",
    "dcterms.issued",
    "article.published",
    "article_date_original",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "originalpublicationdate",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "bt:pubdate",
    "mediator_published_time",
    "rnews:datepublished",
    "vr:published_time",
    "og:release_date",
    "og:regdate",
    "firstpublishedtime",
)
_ANY = (  # a date of something: systems fill these with the day of the last change, or of the page's making, too
    "dcterms.created",
    "dc.date.created",
    "dc.created",
    "dateposted",
    "datecreated",
    "displaydate",
    "dc.date",
    "dc:date",
    "dcterms.date",
    "date",
)
_CHANGED = ("article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified")
_CHANGED_NAMED = (
    "datemodified",
    "date_modified",
    "lastmod",
    "last-modified",
    "last_modified",
    "dcterms.modified",
    "dc.date.modified",
    "revised",
    "article_date_updated",
)
_OTHERS_WORDS = re.compile(r"Comment|Review|Rating|Claim|Quotation|Answer|Question|Event")
_ADDRESS_DAY = re.compile(r"/((?:19|20)\d\d)[-/_.]?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_ADDRESS_DAY_FIRST = re.compile(r"[/-](0[1-9]|[12]\d|3[01])-(0[1-9]|1[0-2])-((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Said:
    """One date as the page's data state it."""

    rule: str
    place: str
    text: str
    moment: Moment | None  # None: no believable date
    vague: bool = False  # of the page, but perhaps not of its publication


def published_in_data(clues: Clues, read: Read) -> list[Said]:
    """What the data say of the publication, the most trusted first."""
    node = clues.article_node or {}
    found = [
        *_metas(clues, _PUBLISHED[:3], read),
        *_in_node(node, "datePublished", read),
        *_items(clues, "datepublished", read),
        *_metas(clues, _PUBLISHED[3:] + _NAMED, read),
        *_of_the_page(clues, node, read),
    ]
    if not any(said.moment for said in found):
        found += _in_scripts(clues, read)
    return [*found, *_in_node(node, "dateCreated", read, vague=True), *_metas(clues, _ANY, read, vague=True)]


def modified_in_data(clues: Clues, read: Read) -> list[Said]:
    """What the data say of the last change, the most trusted first."""
    node = clues.article_node or {}
    return [
        *_metas(clues, _CHANGED[:3], read),
        *_in_node(node, "dateModified", read),
        *_items(clues, "datemodified", read),
        *_metas(clues, _CHANGED[3:] + _CHANGED_NAMED, read),
    ]


def day_in_address(url: str) -> date | None:
    """The day that stands in an address, if there is one."""
    try:
        if match := _ADDRESS_DAY.search(url):
            return date(*map(int, match.groups()))
        if match := _ADDRESS_DAY_FIRST.search(url):
            return date(*map(int, reversed(match.groups())))
    except ValueError:  # the 31st of February
        pass
    return None


def _metas(clues: Clues, names: tuple[str, ...], read: Read, *, vague: bool = False) -> Iterator[Said]:
    for name in names:
        for value in clues.meta.get(name, ())[:3]:
            yield from _said("meta", name, value, read, vague=vague)


def _items(clues: Clues, name: str, read: Read) -> Iterator[Said]:
    for element in clues.itemprops.get(name, ())[:3]:
        text = element.get("datetime") or element.get("content") or visible_text(element)[:100]
        yield from _said("itemprop", name, text, read)


def _in_node(node: object, key: str, read: Read, kind: str = "", *, vague: bool = False) -> Iterator[Said]:
    value = node.get(key) if isinstance(node, dict) else None
    if isinstance(value, str):
        yield from _said("json-ld", f"{kind} {key}".strip(), value, read, vague=vague)


def _of_the_page(clues: Clues, article: object, read: Read) -> Iterator[Said]:
    """Dates of JSON-LD nodes that are not the article but the page that holds it."""
    for node in clues.json_ld[:50]:
        kinds = types_of(node)
        if node is not article and not any(_OTHERS_WORDS.search(kind) for kind in kinds):
            yield from _in_node(node, "datePublished", read, "/".join(kinds))


def _in_scripts(clues: Clues, read: Read) -> Iterator[Said]:
    """The time in the scripts, where all that stand there are of one day."""
    said = [each for name, text in clues.script_times for each in _said("script", name, text, read)]
    days = {each.moment.utc.date() for each in said if each.moment}
    if len(days) == 1:
        yield next(each for each in said if each.moment)


def _said(rule: str, place: str, text: str, read: Read, *, vague: bool = False) -> Iterator[Said]:
    text = text.strip()
    if text and len(text) <= 200:
        yield Said(rule, place, text, read(text, f"{rule} {place}"), vague)
