"""The day a page was published, looked for where readers see it: for pages that state none in their data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from newsroom.dates import find_when
from newsroom.records import Moment, Precision
from pipelines.markup import Element

_MAX_LINES = 60  # with the sign of a date, of one page
_LINE_CHARS = 120
_SIGN_CHARS = 300  # a date further on is one in running text
_SHORT = 24
_LABEL_CHARS = 40  # of a piece of text that only says what the next one is
_LINK_CHARS = 40  # a longer link says more than a date
_NEAR = 12  # pieces of text below the headline
_EARLIEST_YEAR = 1995
_SURE = 4
# No date is without one of these: a year, or three short numbers.
# The leading digit lets the engine skip all else; what may not stand before it is looked at behind it.
_SIGN = re.compile(
    r"\d(?<!\d\d)(?:(?:(?<=1)9|(?<=2)0)\d\d(?!\d)|\d?[./-]\d{1,2}[./-]\d\d(?!\d)|(?<=۱)[۳۴][۰-۹]{2}(?![۰-۹])|"
    r"(?<=1)[34]\d\d[/-]\d{1,2}[/-]\d{1,2}(?!\d)|(?:(?<=[\u0e00-\u0e7f.]2)|(?<=[\u0e00-\u0e7f.] 2))[45]\d\d(?!\d))"
)
_NAMED = re.compile(
    r"date|datum|time|publi|posted|submitted|info|meta|byline|auth?or|subline|calendar|clock|fecha|parution|created|stamp",
    re.IGNORECASE,
)
_NAMED_LINK = re.compile(r"date|datum|time|posted|fecha|stamp", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:published|posted|date|dated|released|veröffentlicht|datum|stand|erschienen|erstellt|vom|"
    r"publié|paru|mis en ligne|publicado|fecha|pubblicato|data|gepubliceerd|опубликовано|дата)\b|"
    r"发布|发表|日期|時間|时间",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:updated?|modified|edited|revised|reviewed|aktualisiert|aktualisierung|geändert|bearbeitet|"
    r"mis à jour|modifié|actualizado|actualización|modificado|atualizad[oa]|aggiornat[oa]|modificat[oa]|bijgewerkt|"
    r"uppdaterad|oppdatert|opdateret|päivitetty|aktualizováno|aktualizacja|zaktualizowano|güncelle\w{0,6}|"
    r"обновлен[оа]?|изменен[оа]?|оновлено)\b(?: (?:date|time))?|"
    r"(?:更新|修改)(?:时间|時間|日期|日時|日)?|(?:최종)? ?수정",
    re.IGNORECASE,
)
_CHANGED_NAME = re.compile(r"modif|last[-_ ]?(?:mod|upd)|revis", re.IGNORECASE)
_RIGHTS = re.compile(r"©|\(c\)|copyright|all rights reserved", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2"})
_ELSEWHERE = frozenset({"nav", "footer", "aside", "select", "option"})
_SILENT = frozenset({"script", "style", "noscript", "template", "textarea"})
_Line = tuple[int, Element, str]  # how many pieces of text stand before it, the element it stands in, itself


@dataclass(frozen=True, slots=True)
class Seen:
    """A date on the page and how much speaks for it."""

    moment: Moment
    place: str  # class, id or tag of its element
    weight: int
    text: str  # as it stands there

    @property
    def sure(self) -> bool:
        """Whether two things at least speak for it."""
        return self.weight >= _SURE


def seen_dates(
    tree: Element, title: str, zone: str | None, now: datetime | None, *, headline_only: bool = False
) -> tuple[Seen | None, Seen | None]:
    """The likeliest dates of publication and of the last change among those written out on the page.

    With `headline_only` the page is read to the headline and a little further.
    What speaks for a date: an element named for dates, a label before it, the headline near above it. What speaks
    against it: a link, list, navigation or footer around it, and running text behind it. Of equals the first.
    One that a word for "updated" stands before is of the change, and of the publication only without another.
    """
    lines, headline = _dated_lines(tree, title, headline_only=headline_only)
    best: list[Seen | None] = [None, None]
    for line in lines:
        kind = 1 if _is_change(line) else 0
        weight, known = _weight(line, headline), best[kind]
        if (known is None or weight > known.weight) and (moment := _read(line, zone, now)):
            place = line[1].get("class") or line[1].get("id") or line[1].tag
            best[kind] = Seen(moment, place[:80], weight, " ".join(line[2].split())[:80])
    return best[0], best[1]


def _is_change(line: _Line) -> bool:
    """Whether the date is labelled or named as that of an update."""
    _, element, text = line
    sign = _SIGN.search(text, 0, _SIGN_CHARS)
    before = text[: sign.start() if sign else _SIGN_CHARS]
    if _CHANGED.search(before):
        return not _LABEL.search(_CHANGED.sub(" ", before))
    return _CHANGED_NAME.search(f"{element.get('class', '')} {element.get('itemprop', '')}") is not None


def _dated_lines(tree: Element, title: str, *, headline_only: bool) -> tuple[list[_Line], int | None]:
    """The pieces of text that may hold a date, and where the headline stands."""
    found: list[_Line] = []
    headline = heading = None
    in_heading, before = False, ""
    for number, (element, text) in enumerate(_pieces(tree)):
        may_be_headline = not in_heading and len(text) >= 8 and text.strip() in title
        if may_be_headline and (headline is None or _is_heading(element)):
            headline, in_heading = number, _is_heading(element)
        if heading is None and element.tag == "h1":
            heading = number
        if headline_only and in_heading and headline is not None and number > headline + _NEAR:
            break
        if len(found) < _MAX_LINES and _SIGN.search(text, 0, _SIGN_CHARS):
            label = before if len(before) < _LABEL_CHARS and not _SIGN.search(before) else ""
            found.append((number, element, f"{label} {text}".strip()))
        before = text
    return found, headline if headline is not None else heading


def _is_heading(element: Element) -> bool:
    return element.tag in _HEADINGS or element.getparent().tag in _HEADINGS


def _pieces(tree: Element) -> Iterator[tuple[Element, str]]:
    """Every piece of seen text, and dates that elements carry for machines, with the element that holds it."""
    body = tree.find("body")
    for element in tree.iter("*") if body is None else body.iter("*"):
        if (tag := element.tag) not in _SILENT:
            stated = element.get("datetime") or (element.get("title") if tag in ("abbr", "span") else None)
            if stated and len(stated) <= _LINE_CHARS and _SIGN.search(stated):
                yield element, stated
            if (text := element.text) and not text.isspace():  # once: lxml decodes it each time
                yield element, text
        if (tail := element.tail) and not tail.isspace():
            yield element.getparent(), tail


def _weight(line: _Line, headline: int | None) -> int:
    at, element, text = line
    below = headline is not None and headline <= at <= headline + _NEAR
    weight = 3 if below else 2 if headline is not None and headline - 4 <= at < headline else 0
    if below and len(text) <= _SHORT and element.tag != "a":
        weight += 1
    above = [element, *element.iterancestors()][:4]
    if any(_is_named(node) for node in above[:2]):
        weight += 2
    if _LABEL.search(text[:_LINE_CHARS]):
        weight += 2
    if "updated" in element.get("class", "").split():  # themes name the only date so: it loses to a sister alone
        weight -= 1
    if len(text) > _LINE_CHARS:
        weight -= 2
    return weight - _out_of_place(element, above, len(text), below and weight >= _SURE)


def _out_of_place(element: Element, above: list[Element], characters: int, sure: bool) -> int:
    """What the place of a date takes from its weight: a headline, other stories, the rim of the page."""
    if element.tag in _HEADINGS or any(
        node.tag in _ELSEWHERE or (node.tag == "a" and characters > _LINK_CHARS) for node in above
    ):
        return 3
    if any(node.tag == "li" for node in above):  # of other stories, or of the facts below the headline
        return 1 if sure else 3
    return 0


def _is_named(element: Element) -> bool:
    """Whether the element is named for a date, or for what stands with one; a link to a "publication" is not."""
    names = f"{element.get('class', '')} {element.get('id', '')} {element.tag}"
    return (_NAMED_LINK if element.tag == "a" else _NAMED).search(names) is not None


def _read(line: _Line, zone: str | None, now: datetime | None) -> Moment | None:
    _, element, text = line
    if _RIGHTS.search(text):
        return None
    if moment := _day_in(" ".join(text.split())[:_LINE_CHARS], zone, now):
        return moment
    for node in (element, element.getparent()):  # day, month and year in elements of their own
        around = " ".join(node.text_content().split()) if node is not None else ""
        if len(around) <= _LINE_CHARS and (moment := _day_in(around, zone, now)):
            return moment
    return None


def _day_in(text: str, zone: str | None, now: datetime | None) -> Moment | None:
    moment = find_when(text, zone=zone, now=now, origin="visible")
    if moment is None or moment.precision in (Precision.YEAR, Precision.MONTH) or moment.utc.year < _EARLIEST_YEAR:
        return None
    return moment
