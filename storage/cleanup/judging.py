"""What goes of one WARC file: which expired captures may go, and whether the file is worth the work."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from storage.cleanup.expiry import Expired, Expiry, WarcFile
from storage.cleanup.policy import Tier
from storage.holds import Held
from storage.owners import is_dead

# A file is written anew when a quarter of it has expired: then at most three bytes are copied for each that is freed.
REWRITE_SHARE = 0.25
# Whatever its share, no record stays longer than this after its time: retention is a promise.
LATE = timedelta(days=7)


class Stays(StrEnum):
    """Why an expired capture stays."""

    HELD = "held"  # a hold covers it
    REFERRED = "referred"  # a record that is kept refers to it for its payload
    UNREAD = "unread"  # its page is still to be read, or waits in the quarantine
    LEASED = "leased"  # its page is being fetched now
    WAITING = "waiting"  # too little of its file has expired


class Action(StrEnum):
    """What happens to a file."""

    DELETE = "deleted"
    REWRITE = "rewritten"
    NOTHING = "nothing"


@dataclass(slots=True)
class FilePlan:
    """What is to be done with one WARC file."""

    file: WarcFile
    action: Action = Action.NOTHING
    going: list[Expired] = field(default_factory=list)
    stays: Counter[Stays] = field(default_factory=Counter)

    @property
    def ids(self) -> frozenset[int]:
        """The captures that go."""
        return frozenset(each.id for each in self.going)


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules of one cleanup. `referred` are records that answers not yet in the database refer to."""

    cutoffs: Mapping[tuple[str, Tier], datetime]
    held: Held
    referred: Collection[str]
    now: datetime

    def file(self, expiry: Expiry, file: WarcFile, gone: Collection[int]) -> FilePlan:
        """What is to be done with `file`, where the captures `gone` are as good as removed already."""
        plan = FilePlan(file)
        may_go = []
        for each in expiry.expired(file.id, self.cutoffs):
            reason = self._own_reason(each)
            if reason is None:
                may_go.append(each)
            else:
                plan.stays[reason] += 1
        going = _without_referred(expiry, may_go, gone)
        plan.stays[Stays.REFERRED] += len(may_go) - len(going)
        if not going:
            return plan
        plan.action = _action(going, expiry.kept_count(file.id), file.committed_bytes)
        if plan.action is Action.NOTHING:
            plan.stays[Stays.WAITING] += len(going)
        else:
            plan.going = going
        return plan

    def _own_reason(self, each: Expired) -> Stays | None:
        if self.held.covers(each.portal_id, each.articles, each.urls):
            return Stays.HELD
        if self._is_leased(each):
            return Stays.LEASED
        if each.is_unread:
            return Stays.UNREAD
        return Stays.REFERRED if each.record_id in self.referred else None

    def _is_leased(self, each: Expired) -> bool:
        if each.leased_by is None or is_dead(each.leased_by):
            return False
        return each.leased_until_utc is None or each.leased_until_utc >= self.now


def _without_referred(expiry: Expiry, may_go: Sequence[Expired], gone: Collection[int]) -> list[Expired]:
    """Those that no kept capture refers to; one that stays for that may itself refer to another."""
    going = {each.id: each for each in may_go}
    referrers: dict[str, set[int]] = defaultdict(set)
    for record_id, capture_id in expiry.referrers([each.record_id for each in may_go]):
        if capture_id not in gone:
            referrers[record_id].add(capture_id)
    while needed := [each.id for each in going.values() if not referrers[each.record_id] <= going.keys()]:
        for capture_id in needed:
            del going[capture_id]
    return list(going.values())


def _action(going: Sequence[Expired], kept: int, size: int) -> Action:
    if len(going) == kept:
        return Action.DELETE
    expired_bytes = sum(each.length for each in going)
    is_worth_it = expired_bytes >= REWRITE_SHARE * size or max(each.overdue for each in going) > LATE
    return Action.REWRITE if is_worth_it else Action.NOTHING


def weigh(going: Sequence[Expired], ends: Sequence[int], head_bytes: int) -> list[tuple[Expired, int, int]]:
    """Each capture that goes with the number of its WARC records and their bytes, its request being right before it.

    `ends` are where the answers of the file end, in order; `head_bytes` is where its first request begins.
    """
    weighed = []
    for each in going:
        before = bisect.bisect_right(ends, each.offset)
        request_bytes = each.offset - max(ends[before - 1] if before else 0, head_bytes)
        weighed.append((each, 2 if request_bytes else 1, each.length + request_bytes))
    return weighed
