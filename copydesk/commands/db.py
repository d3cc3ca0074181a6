"""`copydesk db`: the database itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from storage.database import Database


@click.group(cls=DeskGroup)
def db() -> None:
    """Upgrade, check and measure the database; index it anew.

    \b
    Examples:
      copydesk db upgrade
      copydesk db check
      copydesk db reindex
    """


@db.command()
@pass_desk
def upgrade(desk: Desk) -> None:
    """Bring the schema to the version this copydesk needs.

    Makes an SQLite database where there is none. Where the search index of an older version has to be made anew, that
    is done at once; stopped, it goes on with the next `copydesk db upgrade` or `copydesk db reindex`. A second upgrade
    changes nothing.

    \b
    Examples:
      copydesk db upgrade
      copydesk db upgrade --database postgresql+psycopg://desk@localhost/news
    """
    from storage.database import Database

    with Database(desk.config.database_url) as database:
        before = database.revision() if database.path is None or database.path.exists() else None
        name = database.name
        if before and not database.at_head():
            desk.say(f"{name}: upgrading schema {before}; may take minutes where there are many articles")
        database.upgrade()
        after = database.revision()
        if before != after:
            desk.say(f"{name}: schema {before or 'none'} → {after}")
        indexed = _index(desk, database)
    if before == after and not indexed:
        desk.say(f"{name}: schema {after}, nothing to do")


@db.command()
@click.option("--all", "anew", is_flag=True, help="Index every article anew, even when the index is whole.")
@pass_desk
def reindex(desk: Desk, anew: bool) -> None:
    """Index the articles that are not in the search index, or all of them.

    A whole index is left as it is, but with --all. An index by another version of the analyser, or one that does not
    fit the articles, is made anew. It can be stopped at any moment, and goes on when it is started again; until it is
    done, searches miss what is not indexed and say so.

    \b
    Examples:
      copydesk db reindex
      copydesk db reindex --all
    """
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        if not _index(desk, database, anew=anew):
            desk.say(f"{database.name}: every article is in the search index, nothing to do")


def _index(desk: Desk, database: Database, *, anew: bool = False) -> int:
    """Index what waits to be indexed; how many articles that was."""
    from copydesk.counting import Counting
    from storage.cleanup.upkeep import merge_index

    waiting = database.write(lambda corpus: corpus.rebuilding.begin(anew=anew))
    done = 0
    with Counting(desk, "articles indexed") as counting:
        while waiting and (more := database.write(lambda corpus: corpus.rebuilding.go_on())):
            done += more
            counting.show(done, f" of {waiting:,}")
            database.checkpoint()
        for _ in merge_index(database) if done else ():
            counting.show(done, ", merging")
    if done:
        desk.say(f"{database.name}: {done} articles indexed")
    return done


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
