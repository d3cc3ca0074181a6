"""Upkeep of what copies are found by: texts from before it was kept, another background, everything anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np

from pipelines import background as backgrounds
from pipelines.background import SAMPLE, Background
from pipelines.candidates import is_short
from pipelines.fingerprint import fingerprint
from pipelines.match import Matcher
from pipelines.match_keys import match_keys
from pipelines.units import UnitText, from_bytes
from storage.corpus import Corpus
from storage.database import Database
from storage.fingerprints import Matched, StoredUnits

BATCH = 200

Progress = Callable[[int], None]


def read_missing(database: Database, on_progress: Progress = lambda done: None) -> int:
    """Put the texts that were stored before copies were looked for into the queue; how many."""
    done, after = 0, 0
    while True:
        with database.reading() as corpus:
            missing = corpus.fingerprints.missing(after, BATCH)
        if not missing:
            return done
        rows = [StoredUnits(revision, article, match_keys(text).units) for revision, article, text in missing]
        database.write(lambda corpus, rows=rows: corpus.fingerprints.enter(rows))  # type: ignore[misc]
        after, done = missing[-1][0], done + len(missing)
        on_progress(done)


def start_over(database: Database) -> None:
    """Forget every relation that was found by comparing, every story, and every hash; all texts wait again.

    What curators decided stays, and so do the relations of exact copies.
    """

    def work(corpus: Corpus) -> None:
        corpus.fingerprints.take_turn()
        corpus.stories.forget_all()
        corpus.copies.forget_compared()
        corpus.fingerprints.start_over()

    database.write(work)


def make_background(corpus: Corpus, version: str, least: int = SAMPLE) -> Background | None:
    """A background of this corpus's own: languages with `least` stories by their newest, others as shipped.

    None when no language has enough.
    """
    languages = [name for name, stories in sorted(corpus.backgrounds.languages().items()) if stories >= least]
    if not languages:
        return None

    def texts() -> Iterator[tuple[str, UnitText]]:
        for language in languages:
            for units in corpus.backgrounds.texts(language, SAMPLE):
                yield language, from_bytes(units)

    own, shipped = backgrounds.count(version, texts()), backgrounds.shipped()
    return Background(
        version,
        {**shipped.texts, **own.texts},
        np.maximum(own.shingles, shipped.shingles),
        np.maximum(own.runs, shipped.runs),
    )


def migrate(database: Database, matcher: Matcher, now: Callable[[], datetime], on_progress: Progress) -> int:
    """Give every compared text hashes by the background in use; how many got them. May be stopped and gone on with."""
    done, after = 0, 0
    while True:
        some = database.write(lambda corpus, after=after: _migrate_some(corpus, matcher, now(), after))  # type: ignore[misc]
        if not some:
            return done
        done, after = done + len(some), some[-1].revision_id
        database.checkpoint()
        on_progress(done)


def _migrate_some(corpus: Corpus, matcher: Matcher, now: datetime, after: int) -> list[StoredUnits]:
    corpus.fingerprints.take_turn()
    current, *older = matcher.backgrounds(corpus)
    if not older:
        return []
    known = {each.version: each for each in older}
    texts = corpus.fingerprints.made_with_others(current.version, after, BATCH)
    if not texts:
        corpus.backgrounds.mark_migrated(current.version, now)
        return []
    gone, matched = {}, []
    for each in texts:
        text = from_bytes(each.units)
        fresh = fingerprint(text, current)
        before = known.get(each.background or "")
        gone[each.revision_id] = sorted(set(fingerprint(text, before).hashes) - set(fresh.hashes)) if before else []
        matched.append(Matched(each.revision_id, fresh.hashes, is_short(text), fresh.fluency))
    corpus.fingerprints.forget_hashes(gone)
    corpus.fingerprints.settle(matched, current.version, now)
    return texts
