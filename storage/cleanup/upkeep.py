"""The database kept fast: it gives back the room of rows that have gone, and learns anew what is in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from newsroom.errors import StorageError
from storage.corpus import Corpus
from storage.database import Database

# VACUUM writes the whole file anew; pages that are free are used again without it, so it must be worth that.
FREE_SHARE = 0.25


def tend(database: Database, changed: Sequence[str], *, vacuum: bool, is_crawled: bool) -> dict[str, Any]:
    """Tidy the database up; what was done, by name. `changed` are the tables whose rows changed.

    SQLite: the log is emptied, statistics are renewed, and the file is written anew when a quarter of it is free or
    `vacuum` says so; never beside a running crawl, which would have to wait for it. PostgreSQL: the tables that
    changed are vacuumed and analysed, with whoever else is at work.
    """
    if database.path:
        return _tend_sqlite(database, database.path, vacuum, is_crawled)
    database.outside_transactions([f"VACUUM (ANALYZE) {name}" for name in changed])
    return {"vacuumed": bool(changed), "tables": list(changed)}


def tend_index(database: Database) -> Iterator[None]:
    """Merge the parts of SQLite's search index when that pays, in the steps of `merge_index`."""
    if would_merge_index(database):
        yield from merge_index(database)


def merge_index(database: Database) -> Iterator[None]:
    """Merge the parts of SQLite's search index into one, with others at work: a second of writing for each step.

    Whoever takes no further step keeps what is merged, and the next merging ends what is left.
    """
    more = database.write(partial(_merge, first=True))
    while more:
        database.checkpoint()
        yield
        more = database.write(partial(_merge, first=False))
    database.checkpoint()


def would_merge_index(database: Database) -> bool:
    """Whether SQLite's search index lies in so many parts that they ask to be merged. Nothing is changed."""
    with database.reading() as corpus:
        return corpus.rebuilding.is_scattered()


def would_vacuum(database: Database) -> bool:
    """Whether the free room in an SQLite file asks for VACUUM. Nothing is changed."""
    return bool(database.path) and _free_share(database) > FREE_SHARE


def _merge(corpus: Corpus, *, first: bool) -> bool:
    return corpus.rebuilding.merge(first=first)


def _tend_sqlite(database: Database, path: Path, vacuum: bool, is_crawled: bool) -> dict[str, Any]:
    share = _free_share(database)
    done: dict[str, Any] = {"vacuumed": False, "free_share": round(share, 3)}
    if vacuum or share > FREE_SHARE:
        done |= _vacuum(database, path, is_crawled)
    database.outside_transactions(["PRAGMA optimize"])
    done["checkpointed"] = database.checkpoint(force=True)
    return done


def _vacuum(database: Database, path: Path, is_crawled: bool) -> dict[str, Any]:
    before = path.stat().st_size
    why_not = "a crawl is running" if is_crawled else _no_room(path)
    if why_not is None:
        try:
            database.outside_transactions(["VACUUM"])
            database.checkpoint(force=True)
        except StorageError as error:
            why_not = str(error)
    if why_not is not None:
        return {"not_vacuumed_because": why_not}
    return {"vacuumed": True, "freed_bytes": before - path.stat().st_size}


def _free_share(database: Database) -> float:
    with database.engine.connect() as connection:
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return free / pages if pages else 0.0


def _no_room(path: Path) -> str | None:
    """Why the file cannot be written anew beside itself; None when it can."""
    needed = 2 * path.stat().st_size  # the new file, and the log through which it comes
    free = shutil.disk_usage(path.parent).free
    return f"it needs {needed:,} bytes free beside {path.name}, there are {free:,}" if free < needed else None
