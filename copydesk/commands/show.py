"""`copydesk show`: one article, and how we know."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.records import Capture, Copy, Revision, WarcAddress
    from storage.articles import StoredArticle
    from storage.corpus import Corpus


@dataclass(frozen=True, slots=True)
class _Story:
    """An article with everything that hangs on it."""

    stored: StoredArticle
    captures: list[Capture]
    copies: list[tuple[Copy, str]]  # with the URL of the other article
    revisions: list[Revision]


@click.command(cls=DeskCommand)
@click.argument("which", metavar="ID|URL")
@click.option("--raw", is_flag=True, help="Print the captured page that the current text was read from, byte for byte.")
@click.option("--provenance", is_flag=True, help="Show by which rule each field was found, and what was turned down.")
@output_option
@pass_desk
def show(desk: Desk, which: str, raw: bool, provenance: bool, output: str) -> None:
    """Show one article: what it says, and how we know.

    ID is the number that `copydesk search` prints, or the id an imported article came with; URL is any address of
    the article that was met. A page that is not stored is shown with the reason.

    \b
    Examples:
      copydesk show 17
      copydesk show https://news.example.org/story.html --provenance
      copydesk show 17 --raw > page.html
    """
    from copydesk.finding import find_article
    from copydesk.output import print_record
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        stored = find_article(corpus, which)
        if raw:
            _print_raw(desk, corpus, stored)
            return
        story = _story(corpus, stored)
    if output == "table":
        _print_for_people(desk, story, provenance)
    else:
        print_record(_as_data(story), output)


def _story(corpus: Corpus, stored: StoredArticle) -> _Story:
    copies = []
    for copy in corpus.copies.of(stored.id):
        other = corpus.articles.get(copy.other_id if copy.article_id == stored.id else copy.article_id)
        copies.append((copy, other.url if other else ""))
    return _Story(stored, corpus.captures.by_article(stored.id), copies, corpus.articles.revisions(stored.id))


# --- the captured page --------------------------------------------------------------------------------------------


def _print_raw(desk: Desk, corpus: Corpus, stored: StoredArticle) -> None:
    from newsroom.errors import UsageError
    from storage.captures import payload, read_capture

    capture = _capture(corpus, stored)
    if capture is None:
        raise UsageError(f"article {stored.id}: no captured page; it was imported, or crawled with --no-warc")
    if capture.removed_utc is not None:
        raise UsageError(
            f"article {stored.id}: its captured page was removed by retention on {capture.removed_utc:%Y-%m-%d}; "
            f"{capture.url} answered on {capture.fetched_utc:%Y-%m-%d %H:%M:%SZ} with {capture.payload_digest}"
        )

    def lookup(record_id: str) -> WarcAddress | None:
        original = corpus.captures.by_record(record_id)
        return original.address if original else None

    found = read_capture(Path(desk.config.warc_folder), capture.address, lookup)
    desk.say(f"{capture.url}, fetched {capture.fetched_utc:%Y-%m-%d %H:%M:%SZ}, {capture.content_type or 'no type'}")
    sys.stdout.flush()
    sys.stdout.buffer.write(payload(found))
    sys.stdout.buffer.flush()


def _capture(corpus: Corpus, stored: StoredArticle) -> Capture | None:
    """The capture that the current text was read from; else the newest one with a whole answer."""
    if stored.capture_id is not None and (exact := corpus.captures.get(stored.capture_id)):
        return exact
    whole = [
        capture
        for capture in corpus.captures.by_article(stored.id)
        if capture.status == 200 and capture.removed_utc is None
    ]
    return whole[-1] if whole else None


# --- for people ---------------------------------------------------------------------------------------------------


def _print_for_people(desk: Desk, story: _Story, provenance: bool) -> None:
    from copydesk.article_view import date_lines, reading_view
    from copydesk.explanation import explanation
    from copydesk.output import Column, clean, display_width, print_rows, terminal_width

    article = story.stored.article
    for line in reading_view(article):
        click.echo(line, color=desk.color)
    facts = [*_facts(story), *date_lines(article)]
    click.echo()
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        label = name + " " * (width - display_width(name))
        click.echo(f"{click.style(label, dim=True)}  {clean(value)}", color=desk.color)
    for heading, rows, columns in _tables(story):
        if rows:
            click.echo(f"\n{click.style(heading, bold=True)}", color=desk.color)
            print_rows(rows, [Column(name, cut=name == "url") for name in columns])
    if provenance:
        click.echo(f"\n{click.style('fields', bold=True)}", color=desk.color)
        for line in explanation(article, terminal_width()):
            click.echo(line, color=desk.color)
        if not article.provenance:
            desk.say("no provenance is kept for this text: it was not read from a page")


def _facts(story: _Story) -> list[tuple[str, str]]:
    from copydesk.article_view import instant

    stored, article = story.stored, story.stored.article
    confidence = f" ({article.language_confidence:.2f})" if article.language_confidence is not None else ""
    said = [
        ("id", f"{stored.id}" + (f" (imported as {stored.source_id})" if stored.source_id else "")),
        ("portal", stored.portal_id),
        ("language", f"{article.language}{confidence}" if article.language else ""),
        ("words", f"{article.word_count:,}"),
        ("original title", article.original_title),
        ("source", article.source_name),
        ("editor", article.editor),
        ("tags", ", ".join(article.tags)),
        ("seen", f"{instant(stored.first_seen_utc)} to {instant(stored.last_seen_utc)}"),
        ("gone", instant(stored.gone_utc)),
        ("text", f"revision {stored.revision_number} of {stored.revision_count}"),
        ("captured page", _removal(story)),
    ]
    return [(name, value) for name, value in said if value]


def _removal(story: _Story) -> str:
    """That the page which the text was read from is no longer kept, and what is known of it; "" while it is."""
    from copydesk.article_view import instant

    read = next((each for each in story.captures if each.id == story.stored.capture_id), None)
    if read is None or read.removed_utc is None:
        return ""
    removed, fetched = instant(read.removed_utc), instant(read.fetched_utc)
    return f"removed by retention on {removed}; fetched {fetched} from {read.url}, {read.payload_digest}"


def _tables(story: _Story) -> list[tuple[str, list[dict[str, Any]], list[str]]]:
    return [
        ("captures", _captures(story), _capture_columns(story)),
        ("copies", _copies(story), ["kind", "role", "article", "score", "url"]),
        (
            "revisions",
            _revisions(story) if len(story.revisions) > 1 else [],
            ["number", "observed", "words", "title", "capture"],
        ),
    ]


def _capture_columns(story: _Story) -> list[str]:
    is_any_removed = any(each.removed_utc for each in story.captures)
    return ["id", "fetched", "status", "bytes", "file", "offset", *(["removed"] if is_any_removed else []), "url"]


def _captures(story: _Story) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "fetched": one.fetched_utc,
            "status": one.status,
            "bytes": one.payload_bytes,
            "file": one.address.file,
            "offset": one.address.offset,
            "url": one.url,
            "record_id": one.address.record_id,
            "payload_digest": one.payload_digest,
            "revisit_of": one.revisit_of,
            "removed": one.removed_utc,
        }
        for one in story.captures
    ]


def _copies(story: _Story) -> list[dict[str, Any]]:
    rows = []
    for copy, url in story.copies:
        is_later = copy.article_id == story.stored.id
        rows.append(
            {
                "kind": copy.kind,
                "role": "copies" if is_later else "is copied by",
                "article": copy.other_id if is_later else copy.article_id,
                "score": copy.score,
                "url": url,
            }
        )
    return rows


def _revisions(story: _Story) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "observed": one.observed_utc,
            "words": one.article.word_count,
            "title": one.article.title,
            "capture": one.capture_id,
            "content_digest": one.article.content_digest,
        }
        for one in story.revisions
    ]


def _as_data(story: _Story) -> dict[str, Any]:
    from copydesk.article_view import provenance_record
    from storage.exports import as_json

    return {
        **as_json(story.stored),
        "captures": _captures(story),
        "copies": _copies(story),
        "revision_list": _revisions(story),
        "provenance": provenance_record(story.stored.article),
    }
