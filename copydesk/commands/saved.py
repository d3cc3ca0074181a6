"""`copydesk saved`: searches that are kept, and what is new in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskGroup, output_option, pass_desk
from copydesk.selection import filter_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from copydesk.saved_view import SavedRun
    from storage.corpus import Corpus


def complete_saved(context: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of saved searches, for the shell."""
    from newsroom.errors import CopydeskError
    from storage.database import open_database

    try:
        url = context.ensure_object(Desk).config.database_url
        with open_database(url) as database, database.reading() as corpus:
            return [each.name for each in corpus.saved.list() if each.name.startswith(incomplete)]
    except CopydeskError:
        return []


@click.group(cls=DeskGroup)
def saved() -> None:
    """Keep searches, and see what is new in them since they were last run.

    New are articles that match and were not shown before, and articles that were changed and match now.

    \b
    Examples:
      copydesk saved add ferries 'ferry OR 渡轮'
      copydesk saved run ferries
      copydesk saved run --all -o ndjson --fail-if-empty
      copydesk saved run ferries --atom ferries.atom
    """


@saved.command()
@click.argument("name")
@click.argument("query", nargs=-1, metavar="QUERY...")
@filter_options
@click.option("--from-now", is_flag=True, help="Count everything that matches at present as shown.")
@pass_desk
def add(desk: Desk, /, name: str, query: tuple[str, ...], from_now: bool, **filters: Any) -> None:
    """Save a search under NAME.

    QUERY and the filters are those of `copydesk search`. A --since such as 7d means seven days before now, also when
    the search is run later. NAME is letters, digits, dots, dashes and underscores.

    \b
    Examples:
      copydesk saved add budget 预算 OR budget --portal linjiang
      copydesk saved add corrections title:correction --from-now
    """
    from copydesk.output import counted
    from copydesk.selection import as_options, check_portal, warn_of_waiting
    from newsroom.errors import SchemaError
    from storage.database import open_database

    now = datetime.now(UTC)

    def keep(corpus: Corpus) -> tuple[str, int]:
        check_portal(corpus, filters["portal"])
        if from_now and (waiting := corpus.search.unindexed()):
            raise SchemaError(
                f"saved add: {waiting:,} articles are not in the search index yet, so --from-now cannot count them as "
                "shown; run `copydesk db reindex`"
            )
        kept = corpus.saved.add(name, " ".join(query), filters, now)
        matches = corpus.news(kept).fresh
        if from_now:
            corpus.saved.mark(kept.name, [match.revision_id for match in matches], now)
        return kept.searched_for, len(matches)

    with open_database(desk.config.database_url) as database:
        searched_for, count = database.write(keep)
        with database.reading() as corpus:
            warn_of_waiting(desk, corpus)
    desk.say(f"searched for: {searched_for}{as_options(filters)}")
    found = f"{counted(count, 'article')} {'matches' if count == 1 else 'match'} at present"
    desk.say(f"{found}{', counted as shown' if from_now else ''}; next: copydesk saved run {name}")


@saved.command("list")
@output_option
@pass_desk
def list_saved(desk: Desk, output: str) -> None:
    """List the saved searches.

    \b
    Examples:
      copydesk saved list
      copydesk saved list --json
    """
    from copydesk.output import Column, print_rows
    from storage.database import open_database
    from storage.search.filters import plain_filters

    with open_database(desk.config.database_url) as database, database.reading() as corpus:
        searches = corpus.saved.list()
    columns = [Column("name"), Column("query", cut=True), Column("filters", cut=True), Column("created"), Column("run")]
    rows = (
        {
            "name": each.name,
            "query": each.query,
            "filters": plain_filters(each.filters) if output != "table" or each.filters else "",
            "created": each.created_utc,
            "run": each.run_utc,
        }
        for each in searches
    )
    print_rows(rows, columns, output)
    if not searches:
        desk.say("no search is saved; next: copydesk saved add NAME QUERY")


@saved.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_saved)
@click.option("--all", "every", is_flag=True, help="Run every saved search.")
@click.option("--peek", is_flag=True, help="Show what is new, and leave it new.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="At most N of each search, the newest first; the others stay new. 0 is all.",
)  # fmt: skip
@click.option(
    "--atom",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Also write an Atom feed to FILE: what is new, and what was shown before until there are 50 entries. "
    "With - the feed goes to stdout instead of the rows; with a folder, each search gets its NAME.atom there.",
)
@click.option("--fail-if-empty", is_flag=True, help="Exit with 4 when nothing is new.")
@output_option
@pass_desk
def run(
    desk: Desk,
    names: tuple[str, ...],
    every: bool,
    peek: bool,
    limit: int,
    atom: Path | None,
    fail_if_empty: bool,
    output: str,
) -> int:
    """Show what is new in saved searches since they were last run.

    NAME is that of a saved search; there may be several. What was printed counts as shown once it is written; a run
    that is cut short shows it again.

    \b
    Examples:
      copydesk saved run ferries
      copydesk saved run --all -o ndjson --fail-if-empty
      copydesk saved run ferries --atom /srv/www/ferries.atom
    """
    from copydesk.saved_view import SavedRun, print_runs, write_feeds
    from copydesk.selection import warn_of_waiting
    from newsroom.errors import NothingToDo, UsageError
    from storage.database import open_database

    if bool(names) == every:
        raise UsageError("saved run: say NAME, or --all")
    now, is_feed_alone = datetime.now(UTC), str(atom) == "-"
    with open_database(desk.config.database_url) as database:
        with database.reading(now=now) as corpus:
            warn_of_waiting(desk, corpus)
            searches = corpus.saved.list() if every else [corpus.saved.known(each) for each in dict.fromkeys(names)]
            if atom is not None and len(searches) > 1 and not atom.is_dir():
                raise UsageError(f"saved run: {len(searches)} searches make as many feeds; give --atom a folder")
            runs = [SavedRun.of(corpus, each, limit) for each in searches]
            if not is_feed_alone:
                print_runs(desk, corpus, runs, output)
            if atom is not None:
                write_feeds(desk, corpus, runs, atom)
        if not peek:
            database.write(lambda corpus: _mark(corpus, runs, now))
    return NothingToDo.exit_code if fail_if_empty and not any(run.fresh for run in runs) else 0


@saved.command()
@click.argument("name", shell_complete=complete_saved)
@click.option("--yes", is_flag=True, help="Do it; without it, only what would be done is shown.")
@pass_desk
def rm(desk: Desk, name: str, yes: bool) -> None:
    """Forget a saved search, and what it has shown; a dry run without --yes.

    NAME is one that `copydesk saved list` shows.

    \b
    Examples:
      copydesk saved rm ferries
      copydesk saved rm ferries --yes
    """
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        with database.reading() as corpus:
            known = corpus.saved.known(name)
        if yes:
            database.write(lambda corpus: corpus.saved.remove(known.name))
    said = f'saved search "{known.name}": {known.searched_for}'
    desk.say(f"forgot {said}" if yes else f"would forget {said}; --yes does it")


def _mark(corpus: Corpus, runs: Sequence[SavedRun], now: datetime) -> None:
    for run in runs:
        finished = now if len(run.fresh) == len(run.news.fresh) else None
        corpus.saved.mark(run.search.name, [match.revision_id for match in run.fresh], finished)
