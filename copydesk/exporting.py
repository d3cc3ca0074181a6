"""Writing a slice of the corpus in any format, with its manifest, and checking it later."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from copydesk.context import Desk
from copydesk.counting import Counting
from copydesk.output import counted
from copydesk.selection import as_options, check_portal
from newsroom.config import version
from newsroom.errors import BelowExpectation, StorageError, UsageError
from storage.corpus import Corpus
from storage.database import Database, open_database
from storage.exports import Slice, csv_lines, json_lines
from storage.exports.choosing import chosen_ids, count_withheld
from storage.exports.files import disk_trouble, text_file, whole_file
from storage.search.filters import Filters, read_filters

if TYPE_CHECKING:
    from storage.exports.warc import WarcSlice

_OPTIONAL = "needs pyarrow ({error}); run pip install 'copydesk[parquet]', or choose --format jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """One export as it was asked for."""

    query: str
    filters: Filters
    form: str
    file: Path | None  # None: stdout
    rows: Slice
    with_copies: bool
    embargoed: bool
    hint: str = ""  # for when nothing answers


@dataclass(slots=True)
class Written:
    """What an export came to."""

    articles: int
    rows: int  # lines, or records of an answer in a WARC file
    withheld: int
    left_out: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def export_slice(desk: Desk, asked: Asked, manifest: Path | None) -> int:
    """Find the articles, write them, and say so; the exit code."""
    from copydesk.signals import ended_by_sigterm

    with (
        ended_by_sigterm(),
        open_database(desk.config.database_url) as database,
        database.reading(embargoed=asked.embargoed) as corpus,
    ):
        check_portal(corpus, asked.filters.get("portal"))
        asked = replace(asked, rows=replace(asked.rows, ids=chosen_ids(corpus, asked.query, asked.filters)))
        withheld = count_withheld(corpus, asked.query, asked.filters)
        articles = corpus.slices.count(replace(asked.rows, every_revision=False))
        written = Written(articles, articles, withheld)
        with whole_file(manifest) if manifest else nullcontext() as beside:
            _write(desk, corpus, asked, written)
            if manifest and beside:
                _describe(database, corpus, manifest, asked, written, beside)
    _say(desk, asked, written)
    return BelowExpectation.exit_code if written.problems else 0


def _write(desk: Desk, corpus: Corpus, asked: Asked, written: Written) -> None:
    total = corpus.slices.count(asked.rows)
    with Counting(desk, "rows" if asked.rows.every_revision else "articles", total) as counting:
        if asked.file is None:
            written.rows = _print(_lines(desk, corpus, asked), sys.stdout, counting)
        else:
            with whole_file(asked.file) as path:
                written.rows = _write_file(desk, corpus, asked, path, counting, written)
    if asked.form == "csv":
        written.rows -= 1  # its header
    if asked.form == "sqlite" and asked.file:
        _write_metadata(desk, asked.file)


def _write_file(desk: Desk, corpus: Corpus, asked: Asked, path: Path, counting: Counting, written: Written) -> int:
    assert asked.file is not None
    if asked.form == "parquet":
        write_parquet = _parquet()
        return int(write_parquet(counting.over(corpus.slices.typed(asked.rows)), asked.rows.fields, path))
    if asked.form == "sqlite":
        return _write_sqlite(corpus, asked, path, counting)
    if asked.form == "warc":
        return _write_warc(desk, corpus, asked, path, counting, written)
    with text_file(path, gzipped=asked.file.suffix == ".gz") as out:
        return _print(_lines(desk, corpus, asked), out, counting)


def _lines(desk: Desk, corpus: Corpus, asked: Asked) -> Iterator[str]:
    if asked.form == "csv":
        return csv_lines(corpus, asked.rows)
    if asked.form == "jsonl":
        return json_lines(corpus, asked.rows)
    from storage.citations import bibtex, ris
    from storage.citations.lookup import citations

    as_text = bibtex if asked.form == "bibtex" else ris
    return map(as_text, citations(corpus, asked.rows, desk.config.archive))


def _print(lines: Iterable[str], out: IO[str], counting: Counting) -> int:
    number = 0
    for number, line in enumerate(lines, start=1):
        out.write(line)
        counting.show(number)
    return number


def _parquet() -> Any:
    try:
        from storage.exports.parquet import write_parquet
    except ImportError as error:
        raise UsageError(f"--format parquet {_OPTIONAL.format(error=error)}") from None
    return write_parquet


def _write_sqlite(corpus: Corpus, asked: Asked, path: Path, counting: Counting) -> int:
    from storage.exports.manifest import searched_for
    from storage.exports.sqlite import write_sqlite

    about = {"query": asked.query, "searched_for": searched_for(asked.query), "software": f"copydesk/{version()}"}
    written = 0
    for written in write_sqlite(corpus, asked.rows, path, about):
        counting.show(written)
    return written


def _write_metadata(desk: Desk, slice_file: Path) -> None:
    """Write what Datasette is to know beside an SQLite slice; what somebody has changed there stays."""
    from storage.exports.datasette import first_difference, metadata

    path, ours = slice_file.with_suffix(".metadata.yml"), metadata(slice_file.stem)
    if not path.exists():
        with whole_file(path) as beside:
            beside.write_text(ours, "utf-8")
        return
    try:
        line = first_difference(path, ours)
    except OSError as error:
        raise disk_trouble(path, error) from error
    if line is not None:
        desk.warn(f"kept your {path}, which differs from ours from line {line} on; delete it to have it written anew")


def _write_warc(desk: Desk, corpus: Corpus, asked: Asked, path: Path, counting: Counting, written: Written) -> int:
    from storage.exports.manifest import searched_for
    from storage.exports.warc import write_warc

    assert asked.file is not None
    info = {
        "software": f"copydesk/{version()}",
        "format": "WARC File Format 1.1",
        "description": f"captures of the articles of a slice, copied as they are: {searched_for(asked.query)}",
    }
    ids = corpus.slices.article_ids(asked.rows)
    done: WarcSlice | None = None
    for done in write_warc(
        corpus, ids, desk.config.warc_folder, path, name=asked.file.name, info=info, now=datetime.now(UTC)
    ):
        counting.show(done.articles)
    assert done is not None
    written.problems = done.unreadable
    written.left_out = {
        "removed_captures": done.removed,
        "articles_without_capture": done.without_capture,
        "unreadable_captures": len(done.unreadable),
        "withheld_captures": done.withheld,
    }
    return done.captures


def _say(desk: Desk, asked: Asked, written: Written) -> None:
    from storage.exports.manifest import searched_for

    where = f" to {asked.file}" if asked.file else ""
    if asked.form == "warc":
        desk.say(f"{counted(written.rows, 'capture')} of {counted(written.articles, 'article')} written{where}")
    elif asked.rows.every_revision:
        desk.say(f"{counted(written.rows, 'text')} of {counted(written.articles, 'article')} written{where}")
    else:
        desk.say(f"{counted(written.articles, 'article')} written{where}")
    filters = as_options(asked.filters)
    if (asked.query or filters) and not written.articles:
        desk.say(f"nothing answers {searched_for(asked.query)}{filters}{asked.hint}")
    for name, count in written.left_out.items():
        if count:
            desk.say(f"left out: {count:,} {name.replace('_', ' ')}")
    for problem in written.problems[:20]:
        desk.warn(problem)
    if written.withheld:
        are, were = ("is", "was") if written.withheld == 1 else ("are", "were")
        articles = counted(written.withheld, "article")
        desk.warn(f"{articles} {are} under an embargo and {were} withheld; see copydesk hold list")


# --- the manifest ---------------------------------------------------------------------------------------------------


def _describe(database: Database, corpus: Corpus, path: Path, asked: Asked, written: Written, beside: Path) -> None:
    """Write the manifest of the slice, which is to lie at `path`, to `beside`."""
    from storage.exports.contents import contents
    from storage.exports.manifest import Manifest, file_digest, name_from, searched_for, write_manifest
    from storage.exports.sqlite import ARTICLE_COLUMNS
    from storage.search.analyser import ANALYSER_VERSION
    from storage.search.filters import plain_filters

    assert asked.file is not None
    size, digest = file_digest(asked.file)
    fields = {"sqlite": list(ARTICLE_COLUMNS), "warc": [], "bibtex": [], "ris": []}
    every = asked.rows.every_revision or asked.form == "sqlite"
    said = contents(corpus, replace(asked.rows, every_revision=every))
    manifest = Manifest(
        file=name_from(path.parent, asked.file),
        format=asked.form,
        count=written.articles,
        bytes=size,
        sha256=digest,
        fields=fields.get(asked.form, list(asked.rows.fields)),
        query=asked.query,
        searched_for=searched_for(asked.query),
        filters=plain_filters(asked.filters),
        written_utc=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        copydesk=version(),
        schema=database.revision() or "",
        analyser=ANALYSER_VERSION,
        database=database.url.get_backend_name(),
        rows=written.rows,
        revisions="all" if every else "current",
        with_copies=asked.with_copies or asked.form == "sqlite",
        embargoed=asked.embargoed,
        withheld=written.withheld,
        left_out=written.left_out,
        contents_sha256=said.sha256,
        contents=said.packed,
    )
    write_manifest(manifest, beside)


def check(desk: Desk, path: Path) -> int:
    """Compare a slice with its manifest; 3 when something differs."""
    from copydesk.output import Column, print_rows
    from storage.exports.manifest import Check, check_corpus, check_file, read_manifest

    manifest = read_manifest(path)
    checks = check_file(manifest, path.parent)
    try:
        with (
            open_database(desk.config.database_url) as database,
            database.reading(embargoed=manifest.embargoed) as corpus,
        ):
            checks += check_corpus(manifest, corpus)
    except StorageError as error:
        checks.append(Check("count", None, f"not compared: {error}"))
    rows = [
        {"check": one.check, "ok": "" if one.ok is None else "yes" if one.ok else "no", "says": one.says}
        for one in checks
    ]
    print_rows(rows, [Column("check"), Column("ok"), Column("says")], "table")
    differs = any(one.ok is False for one in checks)
    is_whole = all(one.ok for one in checks)
    found = "differs" if differs else "as it was written" if is_whole else "as it was written, as far as compared"
    try:
        filters = as_options(read_filters(manifest.filters))
    except ValueError:  # a check has said so
        filters = ""
    desk.say(f"{path}: {found}: {manifest.searched_for}{filters}")
    return BelowExpectation.exit_code if differs else 0
