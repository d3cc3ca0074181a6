"""The examinations of `copydesk doctor`. Each looks at one thing and changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import available_timezones

from copydesk.context import Desk
from newsroom.config import unknown_variables
from newsroom.errors import CopydeskError, StorageError
from newsroom.portals import check_portal, portal_files
from storage.database import open_database

_LIBRARIES = (
    "scrapy",
    "trafilatura",
    "sqlalchemy",
    "alembic",
    "lxml",
    "warcio",
    "feedparser",
    "langdetect",
    "pydantic",
)
_ROOM_WANTED_BYTES = 2 * 1024**3  # two WARC files of the largest size
_ROOM_NEEDED_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found."""

    subject: str
    state: str  # ok | warning | error
    says: str
    exit_code: int = 2  # what doctor returns if this is the only error


def examine(desk: Desk) -> list[Finding]:
    """Run every examination that makes sense; a broken configuration ends after the first few."""
    findings = [*_python(), *_sqlite(), *_libraries()]
    examinations: list[Callable[[Desk], Iterator[Finding]]] = [_configuration, _portals, _disk, _database]
    for look in examinations:
        try:
            findings.extend(look(desk))
        except CopydeskError as error:
            subject = look.__name__.removeprefix("_")
            findings.append(Finding(subject, "error", str(error), error.exit_code))
            if look is _configuration:
                break
    return findings


def _python() -> Iterator[Finding]:
    enough = sys.version_info >= (3, 11)
    yield Finding("python", "ok" if enough else "error", f"{platform.python_version()} on {platform.system()}")
    if "Asia/Shanghai" not in available_timezones():
        yield Finding("time zones", "error", "no time zone database; install the package tzdata")


def _sqlite() -> Iterator[Finding]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(a, content='', tokenize='ascii')")
        yield Finding("sqlite", "ok", f"{sqlite3.sqlite_version} with full-text search")
    except sqlite3.OperationalError as error:
        yield Finding("sqlite", "error", f"{sqlite3.sqlite_version} without full-text search (FTS5): {error}")
    finally:
        connection.close()


def _libraries() -> Iterator[Finding]:
    found: list[str] = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("libraries", "error", f"{name} is missing; install copydesk again")
    yield Finding("libraries", "ok", ", ".join(found))


def _configuration(desk: Desk) -> Iterator[Finding]:
    config = desk.config
    files = sorted({origin.place.rpartition(":")[0] for origin in config.sources.values() if origin.kind == "file"})
    yield Finding("configuration", "ok", ", ".join(files) or "no file; defaults, options and environment")
    for line in unknown_variables(os.environ):
        yield Finding("configuration", "warning", line)
    if config.contact or config.user_agent:
        yield Finding("user agent", "ok", config.agent())
    else:
        says = f'{config.agent()} names no contact; set contact = "https://…" in copydesk.toml'
        yield Finding("user agent", "warning", says)


def _portals(desk: Desk) -> Iterator[Finding]:
    folder = desk.config.portals
    if not folder.is_dir():
        yield Finding("portals", "warning", f"{folder}: no such folder; run copydesk init")
        return
    problems = [problem for file in portal_files(folder) for problem in check_portal(file)[1]]
    for problem in problems:
        yield Finding("portals", "error", str(problem))
    if not problems:
        count = len(portal_files(folder))
        yield Finding("portals", "ok" if count else "warning", f"{count} portal files in {folder}")


def _disk(desk: Desk) -> Iterator[Finding]:
    home = desk.config.home.absolute()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        yield Finding("disk", "error", f"{place} cannot be written to; choose another folder with --home", 6)
        return
    free_bytes = shutil.disk_usage(place).free
    state = "ok" if free_bytes > _ROOM_WANTED_BYTES else "warning" if free_bytes > _ROOM_NEEDED_BYTES else "error"
    yield Finding("disk", state, f"{free_bytes / 1024**3:.1f} GB free for {home}", 6)


def _database(desk: Desk) -> Iterator[Finding]:
    url = desk.config.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield Finding("database", "warning", f"{url.removeprefix('sqlite:///')} does not exist yet; run copydesk init")
        return
    try:
        database = open_database(url)
    except StorageError as error:
        yield Finding("database", "error", str(error), error.exit_code)
        return
    yield Finding("database", "ok", f"{database.name}, schema version {database.revision()}")
    database.close()
