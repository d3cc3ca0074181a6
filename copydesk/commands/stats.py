"""`copydesk stats`: how many articles there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from copydesk.context import Desk, DeskCommand, embargo_option, output_option, pass_desk

if TYPE_CHECKING:
    from storage.search.about import Copied
    from storage.statistics import Key

NUMBERS = ("articles", "changed", "copies", "gone", "words")


@click.command(cls=DeskCommand)
@click.option(
    "--by",
    type=click.Choice(["portal", "day", "month", "language", "lang", "source"]),
    help="One row for each portal, day or month of first sight (UTC), language, or credited source.",
)
@click.option("--unique", is_flag=True, help="Each story once, as its likely source.")
@click.option(
    "--originals", "copied", flag_value="originals", help="Only articles that are likely their story's first."
)
@click.option("--copies", "copied", flag_value="copies", help="Only articles whose story another had first.")
@embargo_option
@output_option
@pass_desk
def stats(desk: Desk, by: Key | Literal["lang"] | None, unique: bool, copied: Copied | None, output: str) -> None:
    """Count the articles of the corpus.

    Changed articles have more than one text, copies repeat another article, gone ones are no longer
    on their site. Words are characters for Chinese and Japanese.

    \b
    Examples:
      copydesk stats
      copydesk stats --by day -o csv
      copydesk stats --by source --originals
    """
    from copydesk.output import Column, print_record, print_rows
    from newsroom.errors import UsageError
    from storage.database import open_database

    key: Key | None = "language" if by == "lang" else by
    if unique and copied == "copies":
        raise UsageError("stats: --unique counts likely sources and --copies none of them; give one of the two")
    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        counts = corpus.statistics.articles(key, "originals" if unique else copied)
        whole = {**corpus.counts(), "revisions": corpus.statistics.revisions()} if key is None else {}
    rows = [
        {
            **({key: count.key} if key else {}),
            **{name: getattr(count, name) for name in NUMBERS},
            "first_seen": count.first_seen_utc,
            "last_seen": count.last_seen_utc,
        }
        for count in counts
    ]
    if key is None:
        more = {name: whole[name] for name in ("portals", "pages", "captures", "revisions", "runs", "quarantine")}
        print_record({**rows[0], **more}, output)
        return
    numbers = [Column(name, right=True) for name in NUMBERS]
    columns = [Column(key, cut=key == "source"), *numbers, Column("first_seen"), Column("last_seen")]
    print_rows(rows, columns, output)
