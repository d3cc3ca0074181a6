"""`copydesk db`: the database itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from copydesk.context import Desk, DeskGroup, output_option, pass_desk


@click.group(cls=DeskGroup)
def db() -> None:
    """Upgrade, check and measure the database.

    \b
    Examples:
      copydesk db upgrade
      copydesk db check
    """


@db.command()
@pass_desk
def upgrade(desk: Desk) -> None:
    """Bring the schema to the version this copydesk needs.

    Makes an SQLite database where there is none. A second upgrade changes nothing.

    \b
    Examples:
      copydesk db upgrade
      copydesk db upgrade --database postgresql+psycopg://desk@localhost/news
    """
    from storage.database import Database

    with Database(desk.config.database_url) as database:
        before = database.revision() if database.path is None or database.path.exists() else None
        database.upgrade()
        after = database.revision()
        name = database.name
    if before == after:
        desk.say(f"{name}: schema {after}, nothing to do")
    else:
        desk.say(f"{name}: schema {before or 'none'} → {after}")


@db.command()
@output_option
@pass_desk
def check(desk: Desk, output: str) -> int:
    """Check the schema, the tables and the search index.

    Reads the whole database and changes nothing. Exit code 1 when something is damaged, 2 when the schema is of
    another version.

    \b
    Examples:
      copydesk db check
      copydesk db check --json
    """
    from copydesk.output import Column, print_rows
    from storage.database import open_database
    from storage.soundness import examine

    with open_database(desk.config.database_url) as database:
        findings = examine(database)
    rows: list[dict[str, Any]] = [{"check": one.check, "ok": one.ok, "says": one.says} for one in findings]
    print_rows(rows, [Column("check"), Column("ok"), Column("says")], output)
    return 0 if all(one.ok for one in findings) else 1


@db.command()
@output_option
@pass_desk
def stats(desk: Desk, output: str) -> None:
    """Show sizes: rows by table, bytes of database and captures.

    \b
    Examples:
      copydesk db stats
      copydesk db stats -o json
    """
    from copydesk.output import print_record
    from storage.database import open_database
    from storage.soundness import database_bytes

    with open_database(desk.config.database_url) as database:
        with database.reading() as corpus:
            counts = corpus.counts()
        sizes = {
            "database": database.name,
            "schema": database.revision(),
            "database_bytes": database_bytes(database),
            "wal_bytes": database.wal_bytes(),
        }
    files, size = _captures(desk.config.warc_folder)
    print_record({**sizes, **counts, "warc_files": files, "warc_bytes": size}, output)


def _captures(folder: Path) -> tuple[int, int]:
    """WARC files, and their bytes."""
    from storage.captures.files import warc_files

    sizes = [path.stat().st_size for path in warc_files(folder)]
    return len(sizes), sum(sizes)
