"""`copydesk copies rebuild|background|merge|split`: what changes stories other than new articles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.corpus import Corpus
    from storage.database import Database


@click.command(cls=DeskCommand)
@click.option("--all", "everything", is_flag=True, help="Compare every text anew, also those that were compared.")
@click.option("--yes", is_flag=True, help="Do it; without it, --all only says what it would do.")
@output_option
@pass_desk
def rebuild(desk: Desk, everything: bool, yes: bool, output: str) -> None:
    """Compare the texts that were not compared yet.

    Those are texts stored before copydesk looked for copies, and what a killed crawl left. It can be stopped and goes
    on where it was. With --all, every relation found by comparing is dropped and looked for again; what curators
    decided stays.

    \b
    Examples:
      copydesk copies rebuild
      copydesk copies rebuild --all --yes
    """
    from copydesk.counting import Counting
    from copydesk.output import print_record
    from pipelines.match import Matcher
    from pipelines.rematch import read_missing, start_over
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        if everything:
            with database.reading(embargoed=True) as corpus:
                stories, articles = corpus.copy_statistics.stories()
                texts = corpus.counts()["revisions"]
            if not yes:
                desk.say(
                    f"would forget {stories:,} stories of {articles:,} articles and compare {texts:,} texts anew; "
                    "--yes does it"
                )
                return
            start_over(database)
        with Counting(desk, "texts") as counting:
            read = read_missing(database, counting.show)
        with Counting(desk, "texts compared") as counting:
            progress = counting
            report = Matcher().match_all(database, _now, lambda so_far: progress.show(so_far.texts))
    print_record({"read": read, "compared": report.texts, "pairs": report.compared, "copies": report.related}, output)


@click.command(cls=DeskCommand)
@click.option("--rebuild", "make", is_flag=True, help="Count the words of this corpus and use that from now on.")
@output_option
@pass_desk
def background(desk: Desk, make: bool, output: str) -> None:
    """Show or make the table of common words that fingerprints leave out.

    The table that comes with copydesk was counted on news in Chinese and English. One made of your own corpus knows
    what your portals write under every story. A language needs 10,000 stories; of others the shipped counts are kept.
    Stored texts get their new hashes one after the other; until the last has them, both tables are looked through, so
    nothing is missed meanwhile. It can be stopped: the same command without --rebuild says what is left, and goes on
    with it.

    \b
    Examples:
      copydesk copies background
      copydesk copies background --rebuild
    """
    from copydesk.counting import Counting
    from copydesk.output import print_record
    from newsroom.errors import UsageError
    from pipelines import background as backgrounds
    from pipelines.match import Matcher
    from pipelines.rematch import make_background, migrate
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        if make:
            now = _now()
            version = f"own-{now:%Y%m%dT%H%M%SZ}"
            with database.reading() as corpus:
                made = make_background(corpus, version)
                languages = corpus.backgrounds.languages()
            if made is None:
                told = ", ".join(f"{name} {count:,}" for name, count in sorted(languages.items())) or "none"
                raise UsageError(
                    f"no language has {backgrounds.SAMPLE:,} stories yet (compared so far: {told}); the shipped "
                    "background stays in use"
                )
            packed = made.to_bytes()
            database.write(lambda corpus: corpus.backgrounds.add(version, made.texts, packed, now))
        matcher = Matcher()
        with Counting(desk, "texts have new hashes") as counting:
            migrated = migrate(database, matcher, _now, counting.show)
        with database.reading() as corpus:
            current = matcher.backgrounds(corpus)[0]
            older = corpus.backgrounds.count_older(current.version)
    print_record(
        {"version": current.version, "texts": current.texts, "migrated": migrated, "still_older": older}, output
    )


@click.command(cls=DeskCommand)
@click.argument("articles", nargs=-1, required=True, metavar="ID ID...")
@click.option("--note", default="", metavar="TEXT", help="Why; kept with the decision.")
@pass_desk
def merge(desk: Desk, articles: tuple[str, ...], note: str) -> None:
    """Decide that articles tell one story, whatever their texts say.

    Their stories become one, with all that is in them, whatever was split before. Later crawls and imports respect
    it. `copydesk copies split` takes it back.

    \b
    Example:
      copydesk copies merge 17 4 --note "same release, rewritten from scratch"
    """
    from newsroom.errors import UsageError
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        ids = _ids(database, articles)
        if len(ids) < 2:
            raise UsageError("copies merge: name at least two articles")

        def work(corpus: Corpus) -> int:
            whole = set(ids).union(*corpus.stories.members(corpus.stories.story_of(ids).values()).values())
            for said in corpus.stories.decisions(whole):
                if not said.same and {said.article_id, said.other_id} <= whole:
                    corpus.stories.undecide(said.article_id, said.other_id)
            for other in ids[1:]:
                corpus.stories.decide(ids[0], other, same=True, note=note, now=_now())
            _put_together(corpus, whole)
            return len(whole)

        articles_in_all = database.write(work)
    desk.say(f"one story of {articles_in_all} articles; next: copydesk copies show {ids[0]}")


@click.command(cls=DeskCommand)
@click.argument("articles", nargs=-1, required=True, metavar="ID...")
@click.option("--note", default="", metavar="TEXT", help="Why; kept with the decision.")
@pass_desk
def split(desk: Desk, articles: tuple[str, ...], note: str) -> None:
    """Decide that articles do not belong to the story they are in.

    All that are named leave it together; every other article of the story is held apart from them. Later crawls and
    imports respect it, and put new copies with those that they are most like. `copydesk copies merge` takes it back.

    \b
    Examples:
      copydesk copies split 17
      copydesk copies split 17 23 --note "another ceremony a year later"
    """
    from newsroom.errors import UsageError
    from storage.database import open_database

    with open_database(desk.config.database_url) as database:
        ids = _ids(database, articles)

        def work(corpus: Corpus) -> int:
            stories = corpus.stories.story_of(ids)
            for one, which in zip(ids, articles, strict=False):
                if stories.get(one) is None or stories[one] != stories.get(ids[0]):
                    said = "is in no story with others" if one not in stories else "is in another story"
                    raise UsageError(f"copies split: {which} {said}; see copydesk copies show {one}")
            (whole,) = corpus.stories.members(stories.values()).values()
            if not (others := whole - set(ids)):
                raise UsageError(f"copies split: {', '.join(articles)}: no other article is in the story")
            for one in ids:
                for other in sorted(others):
                    corpus.stories.decide(one, other, same=False, note=note, now=_now())
            _put_together(corpus, whole)
            return len(whole)

        before = database.write(work)
    desk.say(f"taken out of a story of {before} articles; next: copydesk copies show {ids[0]}")


def _put_together(corpus: Corpus, articles: Collection[int]) -> None:
    from pipelines.match import Matcher
    from pipelines.stories import put_together

    corpus.fingerprints.take_turn()
    put_together(corpus, set(articles), Matcher().backgrounds(corpus)[0])


def _ids(database: Database, articles: tuple[str, ...]) -> list[int]:
    from copydesk.finding import find_article

    with database.reading() as corpus:
        return list(dict.fromkeys(find_article(corpus, which, even_withheld=True).id for which in articles))


def _now() -> datetime:
    return datetime.now(UTC)
