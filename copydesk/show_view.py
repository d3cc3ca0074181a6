"""One article for people and as data: what it says, and everything that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from copydesk.context import Desk
    from newsroom.records import Capture, Copy
    from storage.articles import StoredArticle
    from storage.corpus import Corpus
    from storage.revisions import RevisionOutline


@dataclass(frozen=True, slots=True)
class Shown:
    """An article, with the text that is to be shown, and everything that hangs on it."""

    stored: StoredArticle
    captures: list[Capture]
    copies: list[tuple[Copy, str]]  # with the URL of the other article; none for one that is withheld
    revisions: list[RevisionOutline]

    @property
    def is_current(self) -> bool:
        """Whether the text that is shown is what the article says now."""
        return self.stored.revision_number == self.stored.revision_count


def gather(corpus: Corpus, stored: StoredArticle) -> Shown:
    """What hangs on an article."""
    copies = []
    for copy in corpus.copies.of(stored.id):
        other = corpus.articles.get(copy.other_id if copy.article_id == stored.id else copy.article_id)
        is_withheld = other is None or (corpus.rights.is_withholding and corpus.rights.embargo(other.id) is not None)
        copies.append((copy, "" if other is None or is_withheld else other.url))
    return Shown(stored, corpus.captures.by_article(stored.id), copies, corpus.revisions.outlines(stored.id))


def print_for_people(desk: Desk, shown: Shown, provenance: bool) -> None:
    """The reading view, the facts, the tables."""
    from copydesk.article_view import date_lines, reading_view
    from copydesk.explanation import explanation
    from copydesk.output import Column, clean, display_width, print_rows, terminal_width

    article = shown.stored.article
    if not shown.is_current:
        click.echo(click.style(_label(shown), fg="yellow", bold=True), color=desk.color)
    for line in reading_view(article):
        click.echo(line, color=desk.color)
    facts = [*_facts(shown), *date_lines(article)]
    click.echo()
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        label = name + " " * (width - display_width(name))
        click.echo(f"{click.style(label, dim=True)}  {clean(value)}", color=desk.color)
    for heading, rows, columns in _tables(shown):
        if rows:
            click.echo(f"\n{click.style(heading, bold=True)}", color=desk.color)
            print_rows(rows, [Column(name, cut=name == "url") for name in columns])
    if provenance:
        click.echo(f"\n{click.style('fields', bold=True)}", color=desk.color)
        for line in explanation(article, terminal_width()):
            click.echo(line, color=desk.color)
        if not article.provenance:
            desk.say("no provenance is kept for this text: it was not read from a page")


def as_data(shown: Shown) -> dict[str, Any]:
    """The same as plain values."""
    from copydesk.article_view import provenance_record
    from storage.exports import as_json

    return {
        **as_json(shown.stored),
        "captures": _captures(shown),
        "copies": _copies(shown),
        "revision_list": _revisions(shown),
        "provenance": provenance_record(shown.stored.article),
    }


def _label(shown: Shown) -> str:
    from copydesk.article_view import instant

    stored, latest = shown.stored, shown.revisions[-1]
    is_back = latest.content_digest == stored.article.content_digest
    now = "says the same again" if is_back else "says something else"
    return (
        f"An older text: revision {stored.revision_number} of {stored.revision_count}, "
        f"captured {instant(stored.observed_utc)}. The article {now} now."
    )


def _facts(shown: Shown) -> list[tuple[str, str]]:
    from copydesk.article_view import instant

    stored, article = shown.stored, shown.stored.article
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
        ("captured page", _removal(shown)),
    ]
    return [(name, value) for name, value in said if value]


def _removal(shown: Shown) -> str:
    """That the page which the text was read from is no longer kept, and what is known of it; "" while it is."""
    from copydesk.article_view import instant

    read = next((each for each in shown.captures if each.id == shown.stored.capture_id), None)
    if read is None or read.removed_utc is None:
        return ""
    removed, fetched = instant(read.removed_utc), instant(read.fetched_utc)
    return f"removed by retention on {removed}; fetched {fetched} from {read.url}, {read.payload_digest}"


def _tables(shown: Shown) -> list[tuple[str, list[dict[str, Any]], list[str]]]:
    return [
        ("captures", _captures(shown), _capture_columns(shown)),
        ("copies", _copies(shown), ["kind", "role", "article", "score", "url"]),
        (
            "revisions",
            _revisions(shown) if len(shown.revisions) > 1 else [],
            ["number", "observed", "words", "title", "capture"],
        ),
    ]


def _capture_columns(shown: Shown) -> list[str]:
    is_any_removed = any(each.removed_utc for each in shown.captures)
    return ["id", "fetched", "status", "bytes", "file", "offset", *(["removed"] if is_any_removed else []), "url"]


def _captures(shown: Shown) -> list[dict[str, Any]]:
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
        for one in shown.captures
    ]


def _copies(shown: Shown) -> list[dict[str, Any]]:
    rows = []
    for copy, url in shown.copies:
        is_later = copy.article_id == shown.stored.id
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


def _revisions(shown: Shown) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "observed": one.observed_utc,
            "words": one.word_count,
            "title": one.title,
            "capture": one.capture_id,
            "content_digest": one.content_digest,
            "same_as": one.same_as,
        }
        for one in shown.revisions
    ]
