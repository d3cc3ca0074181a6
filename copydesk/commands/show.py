"""`copydesk show`: one article, and how we know."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.records import Capture, WarcAddress
    from storage.articles import StoredArticle
    from storage.corpus import Corpus


@click.command(cls=DeskCommand)
@click.argument("which", metavar="ID|URL")
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show an older text, by the number that `copydesk history` gives it; default: what the article says now.",
)
@click.option("--raw", is_flag=True, help="Print the captured page that the text was read from, byte for byte.")
@click.option("--provenance", is_flag=True, help="Show by which rule each field was found, and what was turned down.")
@embargo_option
@output_option
@pass_desk
def show(desk: Desk, which: str, revision: int | None, raw: bool, provenance: bool, output: str) -> None:
    """Show one article: what it says, and how we know.

    ID is the number that `copydesk search` prints, or the id an imported article came with; URL is any address of
    the article that was met. A page that is not stored is shown with the reason.

    \b
    Examples:
      copydesk show 17
      copydesk show https://news.example.org/story.html --provenance
      copydesk show 17 --revision 1
      copydesk show 17 --raw > page.html
    """
    from copydesk.finding import find_article
    from copydesk.output import print_record
    from copydesk.show_view import as_data, gather, print_for_people
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        stored = find_article(corpus, which)
        if revision is not None:
            stored = corpus.revisions.of(stored, revision)
        else:
            stored = corpus.articles.get(stored.id) or stored  # however it was found, with its provenance
        if raw:
            _print_raw(desk, corpus, stored)
            return
        shown = gather(corpus, stored)
    if output == "table":
        print_for_people(desk, shown, provenance)
    else:
        print_record(as_data(shown), output)


def _print_raw(desk: Desk, corpus: Corpus, stored: StoredArticle) -> None:
    from newsroom.errors import UsageError
    from storage.captures import payload, read_capture

    text = f"article {stored.id}, revision {stored.revision_number}"
    capture = _capture(corpus, stored)
    if capture is None:
        raise UsageError(f"{text}: no captured page; it was imported, or crawled with --no-warc")
    if capture.removed_utc is not None:
        raise UsageError(
            f"{text}: its captured page was removed by retention on {capture.removed_utc:%Y-%m-%d}; "
            f"{capture.url} answered on {capture.fetched_utc:%Y-%m-%d %H:%M:%SZ} with {capture.payload_digest}"
        )

    def lookup(record_id: str) -> WarcAddress | None:
        original = corpus.captures.by_record(record_id)
        return original.address if original else None

    found = read_capture(Path(desk.config.warc_folder), capture.address, lookup)
    is_read = capture.id == stored.capture_id
    what = f"revision {stored.revision_number} of {stored.revision_count} was read from it" if is_read else "the newest"
    kind = capture.content_type or "no type"
    desk.say(f"{capture.url}, fetched {capture.fetched_utc:%Y-%m-%d %H:%M:%SZ}, {kind}; {what}")
    sys.stdout.flush()
    sys.stdout.buffer.write(payload(found))
    sys.stdout.buffer.flush()


def _capture(corpus: Corpus, stored: StoredArticle) -> Capture | None:
    """The capture that the text was read from; for a current text that does not say, the newest whole answer."""
    if stored.capture_id is not None:
        return corpus.captures.get(stored.capture_id)
    if stored.revision_number != stored.revision_count:
        return None
    whole = [
        capture
        for capture in corpus.captures.by_article(stored.id)
        if capture.status == 200 and capture.removed_utc is None
    ]
    return whole[-1] if whole else None
