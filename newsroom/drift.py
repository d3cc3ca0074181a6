"""Whether a portal still is what it was: its newest window held against its own past, and against its file. Pure.

A change that stays becomes usual after two weeks, when half of the past has it; silence never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from newsroom.durations import format_duration
from newsroom.portal_history import (
    FIELDS,
    WEEK,
    Exhibit,
    Figure,
    Finding,
    PortalHistory,
    Shown,
    Terms,
    Verdict,
    Window,
)
from newsroom.reasons import REASON_HELP, Reason
from newsroom.usual import (
    ENOUGH_IN_WINDOW,
    ENOUGH_WINDOWS,
    Past,
    Range,
    age_range,
    count_range,
    length_range,
    share_range,
)

Share = Callable[[Window], tuple[int, int]]  # how many of how many

LATE = 3  # schedules without a run, before it counts as stopped
LEAST_SILENCE = timedelta(hours=3)  # no portal is late with an article before
LONG_SILENCE = timedelta(days=21)
ENOUGH_RUNS = 3  # without a single article, to say that a portal brings none
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_ELSEWHERE = {  # counted in the quarantine; or no loss, for the article has another address
    Reason.QUARANTINED.value,
    Reason.RESOURCE_LIMIT.value,
    Reason.DUPLICATE.value,
}
_NAMES = {"published": "publication time", "lead_image": "lead image"}


def judge(history: PortalHistory, terms: Terms) -> Verdict:
    """What there is to say of a portal."""
    judged = _Judged(history, terms)
    silence = list(_silence(history, terms))
    stopped = any(finding.what == "runs" for finding in silence)
    drift = [] if stopped else list(judged.findings())
    findings = (*silence, *drift)
    state = "silent" if silence else "drift" if drift else "ok" if judged.has_past else "new"
    return Verdict(history.portal_id, state, findings, judged.figures)


# --- runs that bring nothing ------------------------------------------------------------------------------------


def _silence(history: PortalHistory, terms: Terms) -> Iterator[Finding]:
    last = history.last_run
    if last is None:
        yield Finding("runs", f"never crawled; next: copydesk crawl {history.portal_id}")
        return
    due = max(terms.schedule, history.usual_gap or timedelta()) if terms.schedule else None
    if due is not None and history.now - last.started_utc > LATE * due:
        ago = _long(history.now - last.started_utc)
        says = f"no run for {ago}; one is due every {format_duration(_rounded(due))}"
        yield Finding("runs", says, since_utc=last.started_utc)
        return
    source = Exhibit(Shown.SOURCE)
    if last.exit_code == 5:
        blocked = f"run {last.run_id} was refused by the site (robots.txt, 401, 403, 429)"
        yield Finding("last_run", blocked, since_utc=last.started_utc, exhibit=Exhibit(Shown.ERROR_ANSWER))
    elif last.state == "failed" or last.exit_code in (1, 6):
        says = f"run {last.run_id} failed; see copydesk runs show {last.run_id}"
        yield Finding("last_run", says, since_utc=last.started_utc, exhibit=source)
    elif last.state != "running" and last.given_up and not last.stored and last.given_up * 2 >= last.fetched:
        says = f"run {last.run_id} brought no article; {last.given_up} pages failed"
        yield Finding("last_run", says, since_utc=last.started_utc, exhibit=Exhibit(Shown.GIVEN_UP))
    runs = sum(window.runs for window in history.windows)
    if history.newest_utc is None and runs >= ENOUGH_RUNS:
        says = f"{runs} runs, and never an article"
        yield Finding("articles", says, 0, since_utc=history.began_utc, exhibit=source)


# --- held against the past ----------------------------------------------------------------------------------------


class _Judged:
    """The figures of a portal, and what is unusual among them."""

    def __init__(self, history: PortalHistory, terms: Terms) -> None:
        self._history, self._terms = history, terms
        self._now = history.windows[0]
        self._observed = _observed(history)
        began = history.began_utc
        enough = len(self._observed) >= ENOUGH_WINDOWS
        self.has_past = bool(enough and began and began <= history.now - history.length - WEEK)
        self.figures: dict[str, Figure] = {
            "articles": Figure(self._now.articles, self._usual(count_range(self._volumes()))),
            "hours_since_article": Figure(self._age(), self._usual(age_range(self._ages(), self._least_h()))),
            "median_words": self._length(),
            "yield": self._share(_yield),
            "errors": self._share(_errors),
            "given_up": self._share(_given_up),
            "quarantined": self._quarantined(),
            **{f"refused:{reason}": self._share(_refused(reason)) for reason in sorted(self._now.refused)},
            **{field: self._share(_having(field)) for field in FIELDS},
        }

    def findings(self) -> Iterator[Finding]:
        """What is not usual, or not as the portal's file says."""
        yield from self._volume()
        yield from self._reading()
        yield from self._fetching()
        for field in FIELDS:
            yield from self._completeness(field)
        yield from self._words()

    # -- figures -------------------------------------------------------------

    def _usual(self, found: Range | None) -> Range | None:
        return found if self.has_past else None

    def _past(self, values: dict[int, float]) -> Past:
        step = self._history.length
        same = [value for number, value in values.items() if not (number * step) % WEEK]
        return Past(list(values.values()), same)

    def _volumes(self) -> Past:
        """Articles by window; the windows of a silence that lasts until now do not make it usual."""
        newest = self._history.newest_utc
        heard = [n for n in self._observed if newest and self._start(n) < newest]
        return self._past({n: self._history.windows[n].articles for n in heard})

    def _ages(self) -> Past:
        """By window, how old the newest article was when it ended; those of a silence until now left out."""
        newest = self._history.newest_utc
        so_far = list(accumulate(reversed(self._history.windows), _newer))[::-1]
        ages: dict[int, float] = {}
        for n in self._observed:
            end, known = self._start(n - 1), so_far[n].newest_utc
            if known is not None and newest is not None and end <= newest:
                ages[n] = (end - known) / _HOUR
        return self._past(ages)

    def _age(self) -> float | None:
        newest = self._history.newest_utc
        return None if newest is None else round((self._history.now - newest) / _HOUR, 1)

    def _least_h(self) -> float:
        schedule, gap = self._terms.schedule or timedelta(), self._history.usual_gap or timedelta()
        return max(LEAST_SILENCE, LATE * schedule, 1.5 * gap) / _HOUR

    def _length(self) -> Figure:
        enough = [self._history.windows[n] for n in self._observed]
        past = [w.median_words for w in enough if w.median_words is not None and w.articles >= ENOUGH_IN_WINDOW]
        now = self._now.median_words if self._now.articles >= ENOUGH_IN_WINDOW else None
        return Figure(now, self._usual(length_range(past)))

    def _share(self, share: Share) -> Figure:
        part, whole = share(self._now)
        if whole < ENOUGH_IN_WINDOW:
            return Figure(None)
        past = [share(self._history.windows[n]) for n in self._observed]
        return Figure(round(part / whole, 3), self._usual(share_range(past, whole)))

    def _quarantined(self) -> Figure:
        past = self._past({n: self._history.windows[n].quarantined for n in self._observed})
        return Figure(self._now.quarantined, self._usual(count_range(past, least=ENOUGH_IN_WINDOW - 1)))

    # -- findings ------------------------------------------------------------

    def _volume(self) -> Iterator[Finding]:
        figure, since = self.figures["articles"], self._start(0)
        if not self._now.articles and self._history.newest_utc:
            since = self._history.newest_utc
        said = f"{self._now.articles:,} new articles in {format_duration(self._history.length)}"
        expected = self._expected()
        exhibit = Exhibit(Shown.SOURCE if not expected or self._now.articles < expected.low else Shown.NEWEST)
        if expected and not expected.holds(self._now.articles):
            says = f"{said}; the portal file expects {_span(expected, _number)}"
            yield Finding("articles", says, self._now.articles, expected, since, exhibit)
        elif self._now.observed and figure.usual and (figure.is_low or (figure.is_high and not expected)):
            says = f"{said}, usually {_span(figure.usual, _number)}"
            shown = Exhibit(Shown.SOURCE if figure.is_low else Shown.NEWEST)
            yield Finding("articles", says, figure.now, figure.usual, since, shown)
        elif self.figures["hours_since_article"].is_high or self._long_silent():
            age = self.figures["hours_since_article"]
            usual = f"; usually {age.usual.high:.0f} h at most at this time" if age.usual else ""
            says = f"no new article for {_long(timedelta(hours=age.now or 0))}{usual}"
            newest, source = self._history.newest_utc, Exhibit(Shown.SOURCE)
            yield Finding("hours_since_article", says, age.now, age.usual, newest, source)

    def _long_silent(self) -> bool:
        """Whether a silence has lasted so long that the past before it no longer says what is usual."""
        newest, usual = self._history.newest_utc, self.figures["hours_since_article"].usual
        return bool(self.has_past and usual is None and newest and self._history.now - newest > LONG_SILENCE)

    def _expected(self) -> Range | None:
        """What the portal's file says of a window's articles; None for windows of less than a day."""
        per_day, began = self._terms.articles_per_day, self._history.began_utc
        if per_day is None or self._history.length < _DAY or not began or began > self._start(0):
            return None
        days = self._history.length / _DAY
        return Range(per_day[0] * days, per_day[1] * days)

    def _reading(self) -> Iterator[Finding]:
        """Pages that no longer give articles, and why."""
        figure, pages = self.figures["yield"], self._now.pages
        least = self._terms.yield_min
        expected = Range(least, 1.0) if least is not None else None
        reasons = {reason: n for reason, n in self._now.refused.items() if reason not in _ELSEWHERE}
        worst = max(reasons, key=lambda reason: (reasons[reason], reason), default="")
        exhibit = Exhibit(Shown.REFUSED, worst) if worst else Exhibit()
        why = f"; {reasons[worst]:,} were refused: {_meaning(worst)}" if worst else ""
        said = f"{_percent(figure.now)} of {pages:,} article pages gave an article"
        if expected and figure.now is not None and not expected.holds(figure.now):
            says = f"{said}, the portal file expects {_percent(least)}{why}"
            since = self._since(_yield, expected)
            yield Finding("yield", says, figure.now, expected, since, exhibit)
        elif figure.usual and figure.is_low:
            says = f"{said}, usually {_span(figure.usual, _percent)}{why}"
            yield Finding("yield", says, figure.now, figure.usual, self._since(_yield, figure.usual), exhibit)
        else:
            yield from self._refusals(reasons)
        aside = self.figures["quarantined"]
        if aside.usual and aside.is_high:
            says = f"{aside.now:.0f} pages set aside in the quarantine, usually {_span(aside.usual, _number)}"
            yield Finding("quarantined", says, aside.now, aside.usual, self._start(0), Exhibit(Shown.QUARANTINED))

    def _refusals(self, reasons: dict[str, int]) -> Iterator[Finding]:
        for reason, number in reasons.items():
            figure = self.figures[f"refused:{reason}"]
            if figure.usual and figure.is_high:
                usual = _span(figure.usual, _percent)
                says = f"{number:,} of {self._now.pages:,} article pages refused: {_meaning(reason)}; usually {usual}"
                since = self._since(_refused(reason), figure.usual)
                shown = Exhibit(Shown.REFUSED, reason)
                yield Finding(f"refused:{reason}", says, figure.now, figure.usual, since, shown)

    def _fetching(self) -> Iterator[Finding]:
        kinds = (
            ("errors", _errors, Shown.ERROR_ANSWER, "answers were errors"),
            ("given_up", _given_up, Shown.GIVEN_UP, "pages failed on every try"),
        )
        for what, share, shown, said in kinds:
            figure, (part, whole) = self.figures[what], share(self._now)
            if figure.usual and figure.is_high:
                says = f"{part:,} of {whole:,} {said}, usually {_span(figure.usual, _percent)}"
                since = self._since(share, figure.usual)
                yield Finding(what, says, figure.now, figure.usual, since, Exhibit(shown))

    def _completeness(self, field: str) -> Iterator[Finding]:
        figure = self.figures[field]
        if figure.usual and figure.is_low:
            name = _NAMES.get(field, field)
            usual = _span(figure.usual, _percent)
            says = f"{_percent(figure.now)} of {self._now.articles:,} new articles have a {name}, usually {usual}"
            since = self._since(_having(field), figure.usual)
            yield Finding(field, says, figure.now, figure.usual, since, Exhibit(Shown.WITHOUT_FIELD, field))

    def _words(self) -> Iterator[Finding]:
        figure = self.figures["median_words"]
        if not figure.usual or not (figure.is_low or figure.is_high):
            return
        says = f"half of {self._now.articles:,} new articles have {'no more' if figure.is_low else 'no less'} than "
        says += f"{figure.now:.0f} words, usually {_span(figure.usual, _number)}"
        low, high = Exhibit(Shown.SHORT, f"{figure.usual.low:.0f}"), Exhibit(Shown.LONG, f"{figure.usual.high:.0f}")
        shown = low if figure.is_low else high
        yield Finding("median_words", says, figure.now, figure.usual, self._start(0), shown)

    # -- time ----------------------------------------------------------------

    def _start(self, number: int) -> datetime:
        return self._history.now - (number + 1) * self._history.length

    def _since(self, share: Share, usual: Range) -> datetime:
        """The beginning of the first window, of those until now, whose share is not usual."""
        since = self._start(0)
        for number in self._observed:
            part, whole = share(self._history.windows[number])
            if whole < ENOUGH_IN_WINDOW:
                continue
            if usual.holds(part / whole):
                break
            since = self._start(number)
        return since


def _observed(history: PortalHistory) -> list[int]:
    """The windows of the past that count: whole ones since the first crawl, in which we looked."""
    began = history.began_utc
    return [
        number
        for number, window in enumerate(history.windows)
        if number and began and history.now - (number + 1) * history.length >= began and window.observed
    ]


def _newer(older: Window, newer: Window) -> Window:
    return newer if newer.newest_utc else older


# --- shares -------------------------------------------------------------------------------------------------------


def _having(field: str) -> Share:
    return lambda window: (window.having.get(field, 0), window.articles)


def _refused(reason: str) -> Share:
    return lambda window: (min(window.refused.get(reason, 0), window.pages), window.pages)


def _yield(window: Window) -> tuple[int, int]:
    return min(window.stored, window.pages), window.pages


def _errors(window: Window) -> tuple[int, int]:
    bad = sum(number for status, number in window.statuses.items() if status >= 400)
    return bad, sum(window.statuses.values())


def _given_up(window: Window) -> tuple[int, int]:
    return min(window.given_up, window.fetched), window.fetched


# --- words --------------------------------------------------------------------------------------------------------


def _meaning(reason: str) -> str:
    known = reason in set(Reason)
    return f"{reason} ({REASON_HELP[Reason(reason)]})" if known else reason


def _percent(share: float | None) -> str:
    return f"{share or 0:.0%}"


def _number(value: float | None) -> str:
    return f"{value or 0:,.0f}"


def _span(usual: Range, show: Callable[[float | None], str]) -> str:
    return f"{show(usual.low)} to {show(usual.high)}"


def _long(length: timedelta) -> str:
    hours = length / _HOUR
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _rounded(length: timedelta) -> timedelta:
    return timedelta(minutes=max(1, round(length / timedelta(minutes=1))))
