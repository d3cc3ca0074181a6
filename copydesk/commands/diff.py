"""`copydesk diff`: what is different between two texts of an article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk

if TYPE_CHECKING:
    from storage.articles import StoredArticle

_SPAN = re.compile(r"(?:(\d{1,9})\.\.)?(\d{1,9})", re.ASCII)


@click.command(cls=DeskCommand)
@click.argument("which", metavar="ID|URL")
@click.argument("span", metavar="[A..B]", required=False)
@click.option("--full", is_flag=True, help="Show what is unchanged, too.")
@embargo_option
@output_option
@pass_desk
def diff(desk: Desk, which: str, span: str | None, full: bool, output: str) -> None:
    """Show what is different between two texts of an article.

    ID is the number that `copydesk search` prints, or the id an imported article came with; URL is any address of
    the article that was met. A..B are the numbers of two revisions, as `copydesk history` gives them; B alone is
    compared with the one before it. Default: the last two.

    Paragraphs are told apart first, and one that was only moved is shown as moved; then words, or characters where a
    script has no spaces. [-this-] was taken out, {+this+} was put in; with colour, red and green stand for the marks.

    \b
    Examples:
      copydesk diff 17
      copydesk diff https://news.example.org/story.html 1..3 --full
      copydesk diff 17 -o json
    """
    from copydesk.difference_view import print_difference
    from copydesk.finding import find_article
    from newsroom.differences import compare
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        stored = find_article(corpus, which)
        numbers = _numbers(stored, span)
        before, after = (corpus.revisions.of(stored, number) for number in numbers)
    if before.revision_number == after.revision_number:
        desk.say(f"article {stored.id} has one revision, captured {after.observed_utc:%Y-%m-%d %H:%M:%SZ}; no changes")
    print_difference(desk, before, after, compare(before.article, after.article), full, output)


def _numbers(stored: StoredArticle, span: str | None) -> tuple[int, int]:
    """The numbers of the two texts. Raises UsageError when `span` is none of an article with so many."""
    from newsroom.errors import UsageError

    if span is None:
        return max(1, stored.revision_count - 1), stored.revision_count
    found = _SPAN.fullmatch(span)
    if found is None:
        raise UsageError(f'diff: {span!r} names no revisions; write "1..2", or "2" for what it changed')
    last = int(found[2])
    first = int(found[1]) if found[1] is not None else last - 1
    if found[1] is None and last <= 1:
        raise UsageError(f'diff: nothing comes before revision 1; write "1..{max(stored.revision_count, 2)}"')
    if first == last:
        raise UsageError(f"diff: {span!r} is one revision, not two; see copydesk history {stored.id}")
    return first, last
