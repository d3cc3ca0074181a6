"""Find the copies of stored texts: candidates by shared hashes, compared one by one, related and put into stories.

Texts wait in a queue in the database, which their own transaction filled. They are compared in transactions after it,
one process at a time: whatever is compared later sees what was stored before, so no pair is missed, and a crawl that
was killed leaves its texts in the queue for the next one.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsroom.records import Copy, CopyKind
from pipelines import background as backgrounds
from pipelines import copy_model
from pipelines.alignment import Anchors
from pipelines.background import Background
from pipelines.candidates import RARE_HOLDERS, candidates, is_short
from pipelines.fingerprint import Fingerprint, fingerprint
from pipelines.kinds import is_nearly_whole, joins, kind_of, words_exchanged
from pipelines.likeness import Likeness, compare, held_runs, held_share
from pipelines.passages.compare import compare_texts, evidence
from pipelines.stories import facts_of, put_together
from pipelines.units import UnitText, from_bytes
from pipelines.whose import pair_order
from storage.corpus import Corpus
from storage.database import Database
from storage.fingerprints import Matched, StoredUnits
from storage.stories import Member

BATCH_TEXTS = 40  # a transaction
MOST_COMPARED = 64  # candidates of one text, those that share most
MOST_SHOWN = 3  # relations of one text whose passages are kept; of the others only the figures
LEAST_HELD = 0.14  # share of the shorter text's runs in the other; one copy in a thousand of the pack has less
KEPT_TEXTS = 2_000  # texts kept ready to be compared


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What comparing came to."""

    texts: int = 0
    compared: int = 0  # pairs
    related: int = 0  # pairs that are copies, of whatever kind
    copies: Counter[str] = field(default_factory=Counter)  # articles that are copies of another's story, by portal

    def __add__(self, other: MatchReport) -> MatchReport:
        return MatchReport(
            self.texts + other.texts,
            self.compared + other.compared,
            self.related + other.related,
            self.copies + other.copies,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Two texts that are copies."""

    one: StoredUnits
    other: StoredUnits
    likeness: Likeness
    score: float

    @property
    def articles(self) -> tuple[int, int]:
        first, second = sorted((self.one.article_id, self.other.article_id))
        return first, second


class Matcher:
    """Compares waiting texts with all others; one a process, for it keeps recent texts ready."""

    def __init__(self) -> None:
        self._loaded: dict[str, Background] = {}
        self._model = copy_model.shipped()
        self._ready: OrderedDict[int, Anchors] = OrderedDict()

    def match_all(
        self,
        database: Database,
        clock: Callable[[], datetime],
        on_progress: Callable[[MatchReport], None] = lambda report: None,
    ) -> MatchReport:
        """Compare until nothing waits."""
        report = MatchReport()
        while (some := self.match_some(database, clock())).texts:
            report += some
            on_progress(report)
        return report

    def match_some(self, database: Database, now: datetime, limit: int = BATCH_TEXTS) -> MatchReport:
        """Compare the oldest waiting texts, in one transaction."""
        report = database.write(lambda corpus: self.match(corpus, now, limit))
        database.checkpoint()
        return report

    def match(self, corpus: Corpus, now: datetime, limit: int = BATCH_TEXTS) -> MatchReport:
        """As `match_some`, in the transaction of `corpus`."""
        corpus.fingerprints.take_turn()
        waiting = corpus.fingerprints.waiting(limit)
        if not waiting:
            return MatchReport()
        current, *older = self.backgrounds(corpus)
        texts = {each.revision_id: from_bytes(each.units) for each in waiting}
        prints = {revision: fingerprint(text, current) for revision, text in texts.items()}
        asked = {each.revision_id: _hashes(each, prints[each.revision_id], older) for each in waiting}
        pairs = self._candidates(corpus, texts, asked)
        settled = [
            Matched(each, print_.hashes, is_short(texts[each]), print_.fluency) for each, print_ in prints.items()
        ]
        corpus.fingerprints.settle(settled, current.version, now)
        found = self._compare(corpus, waiting, pairs)
        copies, by_portal = self._related(corpus, found, {each.revision_id for each in waiting}, now)
        put_together(corpus, {each.article_id for each in waiting}, current)
        return MatchReport(len(waiting), len(pairs), len(copies), by_portal)

    def backgrounds(self, corpus: Corpus) -> list[Background]:
        """The background in use, and behind it those that some texts still have their hashes by."""
        wanted: list[Background] = []
        for stored in corpus.backgrounds.list():
            wanted.append(self._load(corpus, stored.version))
            if stored.migrated_utc is not None:
                return wanted
        return [*wanted, backgrounds.shipped()]

    def _load(self, corpus: Corpus, version: str) -> Background:
        if version not in self._loaded:
            counts = corpus.backgrounds.counts(version)
            assert counts is not None, version
            self._loaded[version] = backgrounds.from_bytes(counts)
        return self._loaded[version]

    # --- finding ------------------------------------------------------------------------------------------------

    def _candidates(
        self, corpus: Corpus, waiting: Mapping[int, UnitText], asked: Mapping[int, Sequence[int]]
    ) -> list[tuple[int, int]]:
        """Pairs of revisions worth comparing, each once."""
        beside: dict[int, list[int]] = {}  # the waiting texts are not in the index yet
        for each, values in asked.items():
            for value in values:
                beside.setdefault(value, []).append(each)
        stored = corpus.fingerprints.holders(sorted(beside), RARE_HOLDERS + 1)
        holders = {
            value: [*stored.by_hash.get(value, ()), *waits]
            for value, waits in beside.items()
            if value in stored.by_hash or len(waits) > 1
        }
        short = stored.short | {each for each, text in waiting.items() if is_short(text)}
        pairs: dict[tuple[int, int], None] = {}
        for each, own in asked.items():
            held_by = [holders[value] for value in own if value in holders]
            for other in candidates(each, held_by, each in short, short)[:MOST_COMPARED]:
                pairs[(each, other) if (other, each) not in pairs else (other, each)] = None
        return list(pairs)

    def _compare(
        self, corpus: Corpus, waiting: Sequence[StoredUnits], pairs: Sequence[tuple[int, int]]
    ) -> list[_Found]:
        """The copies among `pairs`, the first of each of which waits."""
        stored = {each.revision_id: each for each in waiting}
        unknown = {revision for pair in pairs for revision in pair} - stored.keys()
        stored |= corpus.fingerprints.units(sorted(unknown))
        beside: dict[int, list[StoredUnits]] = {}
        for first, second in pairs:
            if stored[first].article_id != stored[second].article_id:  # else they are revisions of one article
                beside.setdefault(first, []).append(stored[second])
        found = []
        for first, others in beside.items():
            one = stored[first]
            held = held_runs(from_bytes(one.units), [from_bytes(other.units) for other in others])
            for other in (other for other, share in zip(others, held, strict=True) if share >= LEAST_HELD):
                ready, beside_it = self._anchors(one), self._anchors(other)
                if held_share(ready, beside_it) < LEAST_HELD:  # a run that comes often counted often above
                    continue
                likeness = compare(ready, beside_it)
                score = self._model.score(likeness.features)
                if self._model.is_copy(score) or is_nearly_whole(likeness):
                    found.append(_Found(one, other, likeness, _probability(score)))
        return found

    def _anchors(self, stored: StoredUnits) -> Anchors:
        ready = self._ready.get(stored.revision_id)
        if ready is None:
            ready = self._ready[stored.revision_id] = Anchors(from_bytes(stored.units))
            if len(self._ready) > KEPT_TEXTS:
                self._ready.popitem(last=False)
        else:
            self._ready.move_to_end(stored.revision_id)
        return ready

    # --- keeping ------------------------------------------------------------------------------------------------

    def _related(
        self, corpus: Corpus, found: Sequence[_Found], new: set[int], now: datetime
    ) -> tuple[list[Copy], Counter[str]]:
        """Keep the best pair of each two articles, unless a better one is known."""
        best: dict[tuple[int, int], _Found] = {}
        for each in sorted(found, key=lambda each: (-each.score, each.one.revision_id, each.other.revision_id)):
            best.setdefault(each.articles, each)
        if not best:
            return [], Counter()
        articles = {article for pair in best for article in pair}
        known = {_pair_of(link.article_id, link.other_id): link for link in corpus.copies.links(articles)}
        kept = {pair: each for pair, each in best.items() if pair not in known or known[pair].score < each.score - 1e-9}
        members = {member.article_id: member for member in corpus.stories.described(articles)}
        shown = _to_be_shown(kept.values(), new)
        revisions = {revision for one, other in shown for revision in (one, other)}
        texts = corpus.fingerprints.texts(revisions)
        copies = [_copy(each, members, texts) for each in kept.values()]
        corpus.copies.put(copies, now)
        copying = {copy.article_id for copy in copies if joins(copy.kind)}
        return copies, Counter(members[each].portal_id for each in copying)


def _hashes(waiting: StoredUnits, print_: Fingerprint, older: Sequence[Background]) -> Sequence[int]:
    """What a text is looked up by: its own hashes, and those it would have had by backgrounds still in use."""
    if not older:
        return print_.hashes
    text = from_bytes(waiting.units)
    return sorted({*print_.hashes, *(value for each in older for value in fingerprint(text, each).hashes)})


def _to_be_shown(found: Collection[_Found], new: set[int]) -> set[tuple[int, int]]:
    """The pairs of revisions whose passages are kept: the best few of each new text."""
    left = dict.fromkeys(new, MOST_SHOWN)
    shown: set[tuple[int, int]] = set()
    for each in sorted(found, key=lambda each: -each.score):
        pair = (each.one.revision_id, each.other.revision_id)
        if any(left.get(revision, 0) > 0 for revision in pair):
            shown.add(pair)
            for revision in pair:
                if revision in left:
                    left[revision] -= 1
    return shown


def _copy(found: _Found, members: Mapping[int, Member], texts: Mapping[int, str]) -> Copy:
    """The relation of two articles, with which is the copy and what shows it."""
    one, other = members[found.one.article_id], members[found.other.article_id]
    scripts = {one.language, other.language}
    kind = kind_of(found.likeness, other_script=scripts == {"zh-Hans", "zh-Hant"})
    exchanged = kind in (CopyKind.SPUN, CopyKind.NEAR) and words_exchanged(found.likeness)
    copy, source, why = pair_order(facts_of(one), facts_of(other), words_exchanged=exchanged)
    mine, theirs = (found.one, found.other) if copy.article_id == one.article_id else (found.other, found.one)
    figures: dict[str, object] = {
        "revision_id": mine.revision_id,
        "other_revision_id": theirs.revision_id,
        "held": round(found.likeness.containment, 3),
        "units": [len(mine.units) // 2, len(theirs.units) // 2],
    }
    if mine.revision_id in texts and theirs.revision_id in texts:
        figures |= evidence(compare_texts(texts[mine.revision_id], texts[theirs.revision_id]))
    return Copy(
        copy.article_id,
        source.article_id,
        kind,
        round(found.score, 6),
        figures,
        why.value,
        round(found.likeness.same, 4),
    )


def _pair_of(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))
