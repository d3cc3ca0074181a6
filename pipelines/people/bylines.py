"""Who wrote it: people told apart from agencies, labels and addresses.

The page's own statements come first (JSON-LD, meta elements, microdata), then what is marked as a byline near the
headline, then lines of the text. The first that names a person gives the byline. Where none does, the first that names
an organisation or a pen name does: a story signed "Associated Press" is signed so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import urlsplit

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues, names_in, types_of
from pipelines.markup import Element, visible_text
from pipelines.people import byline_blocks
from pipelines.people.han_names import (
    NOT_IN_A_HAN_NAME,
    bracketed_names,
    han_names,
    is_cjk,
    korean_names,
    labelled_author,
    name_alone,
)
from pipelines.people.names import House, Kind, Named, agency_in, letters, names, people, vietnamese_name
from pipelines.text import one_line

__all__ = ["NOT_IN_A_HAN_NAME", "agency_in", "byline_lines", "find_byline", "han_names", "people"]

_FIRST_META = ("parsely-author", "sailthru.author")
_META_NAMES = (
    "article:author",
    "article:author_name",
    "og:article:author",
    "citation_author",
    "dc.creator",
    "dc:creator",
    "dcterms.creator",
    "author",
    "byl",
    "byline",
    "authors",
    "og:author",
    "dcsext.author",
    "cxenseparse:author",
    "twitter:creator:name",
)
_WRITTEN_BY = re.compile(
    r"^(?:written by|author|verfasst von|geschrieben von|autor|écrit par|auteur|escrito por|scritto da|"
    r"geschreven door|skrevet a[vf]|skriven av|napisane przez|написано автором|автор|作者|執筆者|글쓴이)$",
    re.IGNORECASE,
)
_TEXT_BYLINE = re.compile(
    r"^(?:By|Von|Par|Por|Di|Door|Autor|Автор|Text|Texte|Texto|Testo|Words)(?:\s(?:by|von|de))?\s?:?\s+"
    r"(?P<names>[^\W\d_][\w.'’-]{0,30}(?:\s[^\W\d_][\w.'’-]{0,30}){1,3}"
    r"(?:(?:,\s|\s(?:and|und|et|y|e)\s)[^\W\d_][\w.'’-]{0,30}(?:\s[^\W\d_][\w.'’-]{0,30}){1,3}){0,4})\s*(?:[|,·•–-].*)?$"
)
_PERSON_ID = re.compile(r"author|person", re.IGNORECASE)
_STRONG = frozenset({"json-ld", "rel=author", "itemprop"})
_WEAK = frozenset({"text pattern", "label"})
_MAX_TOLD = 5
_SHORT_LINE_CHARS = 40
_PARAGRAPH_CHARS = 12


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What one rule found: names to be judged, or already told from their place on the page."""

    rule: str
    place: str
    named: tuple[Named, ...]
    stated: tuple[str, ...] = ()  # as the page has it

    @property
    def is_signed(self) -> bool:
        """Whether the page's own data or links say that a pen name signs it."""
        return self.rule in _STRONG and any(named.kind is Kind.PEN_NAME for named in self.named)

    @property
    def others(self) -> tuple[Declined, ...]:
        """The agencies and desks named beside a person."""
        named = (named for named in self.named if named.kind is Kind.ORGANISATION)
        return tuple(Declined(each.name[:120], "an organisation, named beside a person") for each in named)

    @property
    def people(self) -> tuple[str, ...]:
        return _distinct(named.name for named in self.named if named.kind is Kind.PERSON)

    @property
    def has_person(self) -> bool:
        return any(named.kind is Kind.PERSON for named in self.named)


def find_byline(
    tree: Element, clues: Clues, text: str, site_name: str | None, url: str = "", around: str = ""
) -> tuple[tuple[str, ...], Provenance | None]:
    """The people who wrote the page, in its order, and the rule that named them.

    Where it names no person, the organisation or pen name that signs it. `around` is the visible text of the page's
    head, read for Chinese labels outside of `text`.
    """
    house = _house(clues, site_name, url)
    passed: list[_Candidate] = []
    for candidate in _candidates(tree, clues, text, house, around):
        if candidate.rule in _WEAK and any(each.is_signed for each in passed):
            break
        if candidate.has_person:
            taken = _fuller(tree, candidate, house) if candidate.rule == "json-ld" else candidate
            return taken.people, Provenance(taken.rule, taken.place, (*taken.others, *_declined(passed))[:_MAX_TOLD])
        passed.append(candidate)
    for candidate in passed:
        if candidate.named:
            found = _distinct(named.name for named in candidate.named)
            place = f"{candidate.place} ({candidate.named[0].kind.value})"
            others = [other for other in passed if other is not candidate]
            return found, Provenance(candidate.rule, place, _declined(others))
    return (), None


def _fuller(tree: Element, stated: _Candidate, house: House) -> _Candidate:
    """The page's own author links where they name those of its data and more: some data hold the first author only."""
    linked = next(_visible(byline_blocks.author_links(tree), house), None)
    return linked if linked and set(linked.people) > set(stated.people) else stated


def byline_lines(clues: Clues) -> tuple[str, ...]:
    """What the page's data say of its authors, people or not."""
    node = clues.article_node or {}
    metas = [value for name in (*_FIRST_META, *_META_NAMES) for value in clues.meta.get(name, ())]
    return tuple(names_in(node.get("author")) + metas)


def _house(clues: Clues, site_name: str | None, url: str) -> House:
    publishers = [name for node in clues.json_ld for name in names_in(node.get("publisher"))]
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    domain = max(labels[:-1], key=len, default="")
    return House.of(site_name, *clues.meta.get("og:site_name", ()), *publishers[:5], domain)


def _candidates(tree: Element, clues: Clues, text: str, house: House, around: str) -> Iterator[_Candidate]:
    yield from _json_ld(clues, house)
    yield from _metas(clues, _FIRST_META, house)
    yield from _visible(byline_blocks.author_links(tree), house)
    yield from _microdata(tree, clues, house)
    yield from _metas(clues, _META_NAMES, house)
    yield from _twitter_label(clues, house)
    yield from _visible([mark for mark in byline_blocks.marked(tree) if mark.rule != "rel=author"], house)
    yield from _from_text(text, around, clues.title, house)
    for line in byline_blocks.labelled(list(tree.iter("h1"))[:3]):
        found = _read("label", "below the headline", [line], house)
        signs = tuple(named for named in found.named if named.kind is Kind.ORGANISATION and named.name.isupper())
        yield found if found.has_person else replace(found, named=signs)


def _read(rule: str, place: str, stated: list[str], house: House) -> _Candidate:
    is_name = rule in ("json-ld", "meta", "itemprop")
    named = tuple(named for part in stated for named in names(part, house, stated=is_name))
    return _Candidate(rule, place, named, tuple(part for part in stated if part.strip()))


def _json_ld(clues: Clues, house: House) -> Iterator[_Candidate]:
    node = clues.article_node or {}
    value = node.get("author") or node.get("creator")
    by_id = {str(each["@id"]): each for each in clues.json_ld if "@id" in each}
    named = [
        named for author in (value if isinstance(value, list) else [value]) for named in _author(author, by_id, house)
    ]
    yield _Candidate("json-ld", "author", tuple(named), tuple(names_in(value)))
    persons = [each for each in clues.json_ld if "Person" in types_of(each) and _PERSON_ID.search(str(each.get("@id")))]
    if not value and len(persons) == 1:
        yield _read("json-ld", "Person", names_in(persons[0]), house)


def _author(value: object, by_id: Mapping[str, Mapping[str, object]], house: House) -> Iterator[Named]:
    """The names of one JSON-LD author; an organisation's is kept in one piece."""
    if isinstance(value, dict) and "name" not in value:
        value = by_id.get(str(value.get("@id")), value)
    is_one = isinstance(value, Mapping) and "Organization" in types_of(value)
    for name in names_in(value):
        found = names(name, house, stated=True)
        if is_one or (found and not any(named.kind is Kind.PERSON for named in found)):
            found = (
                [Named(name, found[0].kind if len(found) == 1 and not is_one else Kind.ORGANISATION)] if found else []
            )
        yield from found


def _metas(clues: Clues, meta_names: tuple[str, ...], house: House) -> Iterator[_Candidate]:
    for name in meta_names:
        if values := clues.meta.get(name):
            yield _read("meta", name, list(values[:8]), house)


def _twitter_label(clues: Clues, house: House) -> Iterator[_Candidate]:
    for number in ("1", "2"):
        label = clues.first(f"twitter:label{number}")
        if label and _WRITTEN_BY.match(label[0]):
            yield _read("meta", f"twitter:data{number}", list(clues.meta.get(f"twitter:data{number}", ())), house)


def _microdata(tree: Element, clues: Clues, house: House) -> Iterator[_Candidate]:
    if "author" not in clues.itemprops:
        return
    page = byline_blocks.Page.of(tree)
    elements = [element for element in clues.itemprops["author"][:8] if not page.is_elsewhere(element)]
    marks = [byline_blocks.Marked("itemprop", "author", _item_name(element)) for element in elements]
    yield from _visible(marks, house)
    contents = [element.get("content") for element in elements if element.get("content")]
    if contents:
        yield _read("itemprop", "author", contents, house)


def _item_name(element: Element) -> Element:
    return next(iter(element.xpath(".//*[@itemprop='name']")), element)


def _visible(marks: list[byline_blocks.Marked], house: House) -> Iterator[_Candidate]:
    """The first marked element that names anybody, with those beside it that are marked as it is."""
    marks = [mark for mark in marks if not byline_blocks.did_other_work(mark.element)]
    for at, mark in enumerate(marks):
        line = visible_text(mark.element)
        named = byline_blocks.named_in(mark.element, house)
        if any(each.kind is Kind.PERSON for each in named):
            block = byline_blocks.block_of(mark.element)
            alike = [each.element for each in marks[at + 1 :] if each.place == mark.place]
            beside = [element for element in alike if block in element.iterancestors()]
            named += [each for element in beside for each in byline_blocks.named_in(element, house)]
            yield _Candidate(mark.rule, mark.place, tuple(named), (line[:120],))
            return
        most = 1 if mark.rule == "byline class" else 3
        if len(line) <= 60 and 0 < len(named := names(line, house)) <= most:
            yield _Candidate(mark.rule, mark.place, tuple(named), (line,))
            return


def _from_text(text: str, around: str, title: str, house: House) -> Iterator[_Candidate]:
    lines = [line.strip(" |\xa0\u3000") for line in text.split("\n") if line.strip()]
    edge = lines[:6] + lines[-4:]
    for line in edge:
        if (match := _TEXT_BYLINE.match(line)) and len(line) < 120:
            yield _read("text pattern", "line of the text", [match["names"]], house)
    if lines and (name := vietnamese_name(lines[-1])):
        yield _Candidate("text pattern", "last line", (Named(name, Kind.PERSON),), (name,))
    if is_cjk(text[:2_000]):
        yield from _from_cjk(lines, text, around, title)


def _from_cjk(lines: list[str], text: str, around: str, title: str) -> Iterator[_Candidate]:
    edge = lines[:6] + lines[-4:]
    short = [line for line in lines[6:-4] if len(line) <= _SHORT_LINE_CHARS]
    found = next((found for line in edge + short if (found := han_names(line))), None) or bracketed_names(text)
    found = found or labelled_author(around) or _alone(lines, title) or korean_names("\n".join(edge))
    if found:
        yield _Candidate("text pattern", "text", tuple(Named(name, Kind.PERSON) for name in found), tuple(found))


def _alone(lines: list[str], title: str) -> list[str]:
    """A name on a line of its own above the first paragraph."""
    for line, below in pairwise(lines[:4]):
        if (name := name_alone(line)) and name not in title and len(below) >= _PARAGRAPH_CHARS:
            return [name]
    return []


def _distinct(found: Iterator[str]) -> tuple[str, ...]:
    """Each name once, in its fullest form."""
    kept: dict[str, str] = {}
    for name in found:
        kept.setdefault(letters(name), name)
    return tuple(name for key, name in kept.items() if not any(key != other and key in other for other in kept))


def _declined(passed: list[_Candidate]) -> tuple[Declined, ...]:
    told: list[Declined] = []
    for candidate in passed:
        why = f"{candidate.rule} {candidate.place}"[:80] + (": names no person" if candidate.stated else "")
        told += [Declined(one_line(part)[:120], why) for part in candidate.stated]
    return tuple(dict.fromkeys(told))[:_MAX_TOLD]
