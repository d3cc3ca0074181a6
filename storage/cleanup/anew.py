"""One WARC file written anew: the new one is whole, durable and verified before the database points to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from newsroom.errors import ArchiveError
from newsroom.records import Capture
from storage.captures.rewrite import Rewritten, rewrite
from storage.captures.verify import verify_file
from storage.corpus import Corpus
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Anew:
    """Writes files anew for one cleanup; `look` is called between records, and may raise to stop."""

    database: Database
    software: str
    now: datetime
    look: Callable[[], None]

    def write(
        self,
        path: Path,
        goes: Callable[[str], bool],
        stay: Sequence[Capture],
        commit: Callable[[Corpus, Rewritten], bool],
    ) -> bool:
        """Write `path` anew without the answers that `goes` names by record id; False when `commit` declines.

        `stay` are the captures that must be in the new file; `commit` is the transaction that points to it. Raises
        ArchiveError when the old file is damaged or the new one cannot be verified; then everything is as before.
        """
        with self.database.reading() as corpus:
            taken = corpus.expiry.names()
        new = rewrite(path, goes, taken=taken, software=self.software, now=self.now, look=self.look)
        named: Path | None = None
        done = False
        try:
            _check(new, stay)
            named = new.take_name()
            done = self.database.write(lambda corpus: commit(corpus, new))
        finally:
            if not done:
                self._discard(new.part, named)
        return done

    def _discard(self, part: Path, named: Path | None) -> None:
        """Take a new file away, unless the database points to it after all: a commit can be durable and unheard of."""
        part.unlink(missing_ok=True)
        if named is not None:
            with self.database.reading() as corpus:
                is_in_use = named.name in corpus.expiry.names()
            if not is_in_use:
                named.unlink(missing_ok=True)


def _check(new: Rewritten, stay: Sequence[Capture]) -> None:
    """Raise ArchiveError unless the new file holds every capture that stays, whole and with its digests."""
    lost = [each for each in stay if each.address.record_id not in new.offsets]
    report = verify_file(new.part, [_at(each, new) for each in stay if each.address.record_id in new.offsets])
    found = [*report.torn, *report.bad_digests, *report.missing]
    if lost or found:
        what = f"{found[0].url}: {found[0].problem}" if found else f"{lost[0].url}: its record is not in the old file"
        raise ArchiveError(f"{new.name}: could not be verified, the old file stays ({what}); run copydesk verify")


def _at(capture: Capture, new: Rewritten) -> Capture:
    address = capture.address
    return replace(capture, address=replace(address, file=new.part.name, offset=new.offsets[address.record_id]))
