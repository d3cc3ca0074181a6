"""When a page says it was published and changed, by the rules for statements that disagree.

1. A date after `now` or before 1990 is not believed.
2. What the data say of the publication comes first: article:published_time, JSON-LD, itemprop, other named metas.
3. A publication that is not before the last change may be the change under another name: it gives way to an earlier
   date at the headline, if another statement has it too, the two contradict each other or name only the day. What
   meta and JSON-LD both say of the publication stays, whatever the last change.
4. A date that does not say of what (meta "date", "dc.date") gives way to one written out at the headline.
5. 05/06/2026 is read in the order that another statement, the address or the visible date confirms.
6. Without data the visible date counts, then the day in the address. (An announcement's time comes between the two:
   the corpus has it, `storage.announcements.dated_as_announced`.)
7. A time in UTC is given the zone in which the other statements, the address or the visible date have their day.
8. What is labelled as an update is the publication only where the page shows no other date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from newsroom.dates import ADDRESS_ORIGIN, find_when, parse_when
from newsroom.records import Declined, Moment, Precision, Provenance
from newsroom.zones import written_time
from pipelines.clues import Clues
from pipelines.dates.date_statements import Said, day_in_address, modified_in_data, published_in_data
from pipelines.dates.local_day import is_bare_utc, may_be_another_day, zone_by_clock, zone_by_day
from pipelines.dates.seen_dates import Seen, seen_dates
from pipelines.markup import Element

_EARLIEST_YEAR = 1990
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_EITHER_ORDER = re.compile(r"\D{0,12}(?:0?[1-9]|1[0-2])([-/])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)")
_AMERICAN = ("en-us", "en_us")


@dataclass(frozen=True, slots=True)
class Dates:
    """Both dates of a page, with the rule that gave each."""

    published: Moment | None = None
    modified: Moment | None = None
    published_from: Provenance | None = None
    modified_from: Provenance | None = None


def find_dates(
    tree: Element,
    clues: Clues,
    url: str,
    *,
    title: str = "",
    zone: str | None,
    now: datetime | None,
) -> Dates:
    """Both dates of a page, by the rules above; a time without an offset is read in `zone`."""
    page = _Page(tree, clues, url, title, zone, now)
    choice = _published(page) or _last_resort(page)
    if choice is None:
        return Dates(None, *_modified(page, None))
    said, zone_from = _in_page_zone(page, _in_right_order(page, choice))
    assert said.moment is not None
    place = f"{said.place}, zone by {zone_from}" if zone_from else said.place
    came_from = Provenance(said.rule, place, _declined(page.published, choice))
    modified, modified_from = _modified(page, said.moment)
    return Dates(said.moment, modified, came_from, modified_from)


class _Page:
    """What one page says of its dates; the visible ones are looked for when a rule asks for them."""

    def __init__(
        self, tree: Element, clues: Clues, url: str, title: str, zone: str | None, now: datetime | None
    ) -> None:
        self._tree, self._title, self._now = tree, title, now
        self.zone = zone
        self.clues = clues
        self.published = published_in_data(clues, self.read)
        self.changed = modified_in_data(clues, self.read)
        self.modified = next((said for said in self.changed if said.moment), None)
        self.day = day_in_address(url)

    def read(self, text: str, origin: str, *, day_first: bool | None = None) -> Moment | None:
        """The moment that `text` names, if it can be believed."""
        moment = parse_when(text, zone=self.zone, now=self._now, origin=origin, day_first=day_first)
        return moment if moment and moment.utc.year >= _EARLIEST_YEAR else None

    @cached_property
    def seen(self) -> tuple[Said | None, Said | None]:
        """The visible dates of publication and of the last change."""
        first, second = seen_dates(self._tree, self._title, self.zone, self._now)
        return _as_said(first), _as_said(second)

    @cached_property
    def seen_below_headline(self) -> Said | None:
        """The same as far as it stands at the headline, for less."""
        if "seen" in self.__dict__:
            return self.seen_at_headline
        first, _ = seen_dates(self._tree, self._title, self.zone, self._now, headline_only=True)
        return _as_said(first) if first and first.sure else None

    @property
    def seen_at_headline(self) -> Said | None:
        """The visible date of publication, when more than one thing speaks for it."""
        return self.seen[0] if self.seen[0] and not self.seen[0].vague else None


def _as_said(seen: Seen | None) -> Said | None:
    return Said("visible", seen.place, seen.text, seen.moment, vague=not seen.sure) if seen else None


def _published(page: _Page) -> Said | None:
    """Rules 2 to 4 and 6, as far as the page itself goes."""
    stated = next((said for said in page.published if said.moment and not said.vague), None)
    if stated is not None:
        return _not_the_change(page, stated)
    loose = next((said for said in page.published if said.moment), None)
    if loose is None:
        return page.seen_at_headline or (None if page.day else page.seen[0])
    return page.seen_at_headline or loose


def _not_the_change(page: _Page, stated: Said) -> Said:
    """Rule 3."""
    assert stated.moment is not None
    changed = page.modified.moment if page.modified else None
    if changed is None or stated.moment.utc < changed.utc - _MINUTE:
        return stated
    before = stated.moment.utc - _DAY
    earlier = [said for said in page.published if not said.vague and said.moment and said.moment.utc <= before]
    shown = page.seen[0] if earlier else None
    for said in earlier:
        if shown and shown.moment and said.moment and _day(said.moment) == _day(shown.moment):
            return said
    others = (said.moment for said in page.published if said.rule != stated.rule and said.moment)
    agreed = any(_day(moment) == _day(stated.moment) for moment in others)
    contradicted = stated.moment.utc > changed.utc + _MINUTE and not agreed
    doubtful = contradicted or stated.moment.precision is Precision.DAY
    seen = page.seen_at_headline if doubtful else None
    return seen if seen and seen.moment and seen.moment.utc <= before else stated


def _day(moment: Moment) -> date:
    return written_time(moment).date()


def _last_resort(page: _Page) -> Said | None:
    """The day in the address, else a visible update."""
    if page.day is not None:
        day = datetime(page.day.year, page.day.month, page.day.day, tzinfo=UTC)
        return Said("url", "path", page.day.isoformat(), Moment(day, Precision.DAY, origin=ADDRESS_ORIGIN))
    return page.seen[1]


def _in_right_order(page: _Page, choice: Said) -> Said:
    """Rule 5."""
    if not _EITHER_ORDER.match(choice.text) or choice.moment is None:
        return choice
    readings = [page.read(choice.text, choice.moment.origin, day_first=order) for order in (True, False)]
    moments = [moment for moment in readings if moment]
    for day in _sure_days(page, choice):
        for moment in moments:
            if _day(moment) == day:
                return replace(choice, moment=moment)
    locale = page.clues.language or (page.clues.first("og:locale") or ("",))[0]
    if locale.lower().startswith(_AMERICAN) and readings[1]:
        return replace(choice, moment=readings[1])
    return choice


def _sure_days(page: _Page, choice: Said) -> Iterator[date]:
    """The days that the page names in an order that is certain."""
    if page.day:
        yield page.day
    for said in (*page.published, *page.changed):
        if said.moment and not _EITHER_ORDER.match(said.text):
            yield _day(said.moment)
    if choice.rule != "visible" and (seen := page.seen[0]) and seen.moment:
        yield _day(seen.moment)


def _in_page_zone(page: _Page, choice: Said) -> tuple[Said, str]:
    """Rule 7: the choice in its readers' zone, and what named the zone."""
    moment = choice.moment
    if moment is None or not is_bare_utc(moment):
        return choice, ""
    for said in page.published:
        if said.moment and (zone := zone_by_clock(moment, [said.moment])):
            return replace(choice, moment=replace(moment, zone=zone)), f"{said.rule} {said.place}"
    zones = [page.zone, *(said.moment.zone for said in page.changed if said.moment)]
    for day, source in _days_shown(page, moment):
        if day == moment.utc.date():
            break
        if zone := zone_by_day(moment, day, zones):
            return replace(choice, moment=replace(moment, zone=zone)), source
    return choice, ""


def _days_shown(page: _Page, moment: Moment) -> Iterator[tuple[date, str]]:
    if page.day:
        yield page.day, "the address"
    for said in page.published:
        if said.moment and said.moment.precision is Precision.DAY:
            yield said.moment.utc.date(), f"{said.rule} {said.place}"
    if may_be_another_day(moment) and (seen := page.seen_below_headline) and seen.moment:
        yield _day(seen.moment), "the visible date"


def _modified(page: _Page, published: Moment | None) -> tuple[Moment | None, Provenance | None]:
    """The last change: none that lies before the publication. Where data say nothing, the visible one counts."""
    told = list(page.changed)
    if not any(said.moment for said in page.published) and (seen := page.seen[1]) and seen.moment != published:
        told.append(seen)
    rejected: list[Declined] = []
    for said in told:
        if said.moment and (published is None or said.moment.utc > published.utc - _DAY):
            return said.moment, Provenance(said.rule, said.place, tuple(rejected[:5]))
        why = "earlier than the publication" if said.moment else "no believable date"
        rejected.append(Declined(said.text[:120], f"{said.rule} {said.place}: {why}"))
    return None, None


def _declined(said: Iterable[Said], choice: Said) -> tuple[Declined, ...]:
    """Why the other statements of the publication were not taken."""
    found: dict[str, Declined] = {}
    for each in said:
        if each is choice or each.text == choice.text:
            continue
        if each.moment is None:
            why = "no believable date"
        elif choice.moment and _day(each.moment) == _day(choice.moment):
            continue
        else:
            why = "does not say of what" if each.vague else f"less trusted than {choice.rule} {choice.place}"
        found.setdefault(each.text, Declined(each.text[:120], f"{each.rule} {each.place}: {why}"[:200]))
    return tuple(found.values())[:5]


def moment_in(text: str, zone: str | None, now: datetime | None) -> Moment | None:
    """The date in the text of an element that the portal file names."""
    text = text.strip()[:200]
    origin = "select"
    return parse_when(text, zone=zone, now=now, origin=origin) or find_when(text, zone=zone, now=now, origin=origin)
