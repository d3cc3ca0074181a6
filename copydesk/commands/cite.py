"""`copydesk cite`: articles as references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copydesk.context import Desk, DeskCommand, embargo_option, pass_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.citations import Citation

FORMATS = ("plain", "bibtex", "ris", "csl", "pwid")


@click.command(cls=DeskCommand)
@click.argument("which", nargs=-1, required=True, metavar="ID|URL...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="plain",
    show_default=True,
    help="A line for a footnote, BibTeX, RIS, a list of CSL-JSON items, or PWIDs, which name what an archive holds.",
)
@click.option(
    "--revision", type=click.IntRange(min=1), metavar="N", help="The Nth text of the article, not its current one."
)
@embargo_option
@pass_desk
def cite(desk: Desk, which: tuple[str, ...], form: str, revision: int | None) -> None:
    """Print references to articles, for footnotes and reference managers.

    ID is the number that `copydesk search` prints, or the id an import gave the article; URL is any of its addresses.
    A reference names the text that was read: its number among the article's texts, and when it was captured, which is
    the date of access. A date is as exact as the page gave it. Set `archive` in copydesk.toml to the name of your
    archive. `copydesk export --format bibtex|ris` writes those of many articles.

    \b
    Examples:
      copydesk cite 17
      copydesk cite 17 21 --format bibtex
      copydesk cite https://news.example.org/story.html --revision 1 --format pwid
    """
    from copydesk.finding import find_article
    from newsroom.errors import UsageError
    from storage.citations.lookup import citation
    from storage.database import open_database

    if revision is not None and len(which) > 1:
        raise UsageError("--revision goes with one article")
    archive = desk.config.archive
    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        found = [citation(corpus, find_article(corpus, each), revision, archive) for each in which]
    click.echo(_writer(form)(found), nl=False)
    if form == "pwid" and archive is None:
        desk.warn('no name of this archive is configured; put archive = "archive.example" into copydesk.toml')


def _writer(form: str) -> Callable[[Sequence[Citation]], str]:
    from copydesk.output import to_json
    from storage.citations import bibtex, csl, plain, pwid, ris

    writers: dict[str, Callable[[Sequence[Citation]], str]] = {
        "plain": lambda found: "".join(f"{plain(each)}\n" for each in found),
        "bibtex": lambda found: "".join(map(bibtex, found)),
        "ris": lambda found: "".join(map(ris, found)),
        "csl": lambda found: to_json([csl(each) for each in found], indent=2) + "\n",
        "pwid": lambda found: "".join(f"{pwid(each)}\n" for each in found),
    }
    return writers[form]
