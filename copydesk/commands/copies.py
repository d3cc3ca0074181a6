"""`copydesk copies`: which articles are copies, of which, how, and whose story it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copydesk.commands import copies_upkeep
from copydesk.context import Desk, DeskGroup, embargo_option, output_option, pass_desk

if TYPE_CHECKING:
    from copydesk.story_view import Story
    from newsroom.records import Copy
    from storage.articles import StoredArticle
    from storage.corpus import Corpus


@click.group(cls=DeskGroup)
def copies() -> None:
    """See which articles are copies, of which, how, and whose story it was.

    Every stored text is compared with all others: word for word, edited, cut short, with its words exchanged, in the
    other script of Chinese. Articles that tell one story in one text are put together.

    \b
    Examples:
      copydesk copies show 17
      copydesk copies explain 17 4
      copydesk copies stats
    """


@copies.command()
@click.argument("which", metavar="ID|URL")
@embargo_option
@output_option
@pass_desk
def show(desk: Desk, which: str, output: str) -> None:
    """Show the story of an article: who printed it when, how alike, and whose it likely was.

    ID is the number that `copydesk search` prints, or the id an imported article came with; its URL does as well.

    \b
    Examples:
      copydesk copies show 17
      copydesk copies show https://news.example.org/story.html -o json
    """
    from copydesk.finding import find_article
    from copydesk.output import print_record
    from copydesk.story_view import as_data, print_story, read_story
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        story: Story = read_story(corpus, find_article(corpus, which))
        waiting = corpus.fingerprints.count_waiting()
    if output == "table":
        print_story(desk, story)
    else:
        print_record(as_data(story), output)
    say_waiting(desk, waiting)


def say_waiting(desk: Desk, waiting: int) -> None:
    """Say that not everything has been compared."""
    if waiting:
        desk.say(f"{waiting:,} texts wait to be compared; next: copydesk copies rebuild")


@copies.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--passages", type=click.IntRange(min=1), default=30, show_default=True, metavar="N", help="Show so many passages."
)
@embargo_option
@output_option
@pass_desk
def explain(desk: Desk, one: str, other: str, passages: int, output: str) -> None:
    """Lay two articles beside each other, passage by passage, with what differs marked.

    The copy, as far as can be told, is read against its source, whichever is named first. [-words-] stand in the
    source, {+words+} in the copy. Any two articles can be compared, copies or not.

    \b
    Examples:
      copydesk copies explain 17 4
      copydesk copies explain 17 4 -o json
    """
    from copydesk.finding import find_article
    from copydesk.output import print_record
    from copydesk.passages_view import as_data, show_comparison
    from copydesk.story_view import heading
    from pipelines.passages.compare import compare_texts
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        copy, source = find_article(corpus, one), find_article(corpus, other)
        relation = corpus.copies.between(copy.id, source.id)
        if relation is not None and relation.article_id == source.id:
            copy, source = source, copy
        copy_text, source_text = _texts(corpus, relation, copy, source)
    comparison = compare_texts(copy_text, source_text)
    if output != "table":
        about = {"copy": copy.id, "source": source.id, "kind": relation.kind if relation else None}
        score = relation.score if relation else None
        print_record({**about, "score": score, **as_data(comparison)}, output)
        return
    for line in heading(relation, copy, source):
        click.echo(line, color=desk.color)
    show_comparison(desk, comparison, copy_text, source_text, passages)


def _texts(corpus: Corpus, relation: Copy | None, copy: StoredArticle, source: StoredArticle) -> tuple[str, str]:
    """The texts that were found to be copies; the present ones of articles that are not related."""
    said: dict[str, Any] = dict(relation.evidence) if relation else {}
    mine, theirs = said.get("revision_id", copy.revision_id), said.get("other_revision_id", source.revision_id)
    texts = corpus.fingerprints.texts([mine, theirs])
    return texts.get(mine, copy.article.text), texts.get(theirs, source.article.text)


@copies.command()
@click.option(
    "--largest", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Show so many in a table."
)
@embargo_option
@output_option
@pass_desk
def clusters(desk: Desk, largest: int, output: str) -> None:
    """List the stories: as a table the largest, as data every article with the story that it belongs to.

    As data, a line is {"id", "cluster", "source"}: an id that the article was imported under (one line each), else
    our own; the story; and whether the article is likely the first that printed it. An article of which no copy is
    known is a story of its own.

    \b
    Examples:
      copydesk copies clusters
      copydesk copies clusters -o ndjson > clusters.ndjson
    """
    from copydesk.output import Column, print_rows
    from copydesk.story_view import story_rows
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        waiting = corpus.fingerprints.count_waiting()
        if output == "table":
            rows = story_rows(corpus, largest)
            columns = [Column("story", right=True), Column("articles", right=True), Column("portals", right=True)]
            print_rows(rows, [*columns, Column("first"), Column("source"), Column("title", cut=True)], output)
            stories, articles = corpus.copy_statistics.stories()
            desk.say(f"{stories:,} stories in {articles:,} articles; all others stand alone")
        else:
            every = corpus.stories.clusters()
            lines = ({"id": one, "cluster": story, "source": first} for one, story, first in every)
            print_rows(lines, ["id", "cluster", "source"], output)
    say_waiting(desk, waiting)


@copies.command()
@click.option("--pairs", is_flag=True, help="Who copies whom, and how long after.")
@embargo_option
@output_option
@pass_desk
def stats(desk: Desk, pairs: bool, output: str) -> None:
    """Count copied news: by portal, or with --pairs who copies whom and how fast.

    Copied articles belong to a story that another portal likely had first; repeated ones to a story that their own
    portal had first. Delays are between publication times, where pages give them.

    \b
    Examples:
      copydesk copies stats
      copydesk copies stats --pairs -o csv
    """
    from copydesk.output import Column, print_rows
    from copydesk.story_view import copying_row, share_row
    from storage.database import open_database

    with open_database(desk.config.database_url) as database, database.reading(embargoed=desk.embargoed) as corpus:
        waiting = corpus.fingerprints.count_waiting()
        if pairs:
            rows = [copying_row(each, output) for each in corpus.copy_statistics.pairs()]
            keys = ["copier", "source", "articles", "median_delay", "dated"]
        else:
            rows = [share_row(each, output) for each in corpus.copy_statistics.portals()]
            keys = ["portal", "articles", "copied", "share", "repeated", "copied_by_others"]
    print_rows(rows, [Column(key, right=key not in ("copier", "source", "portal")) for key in keys], output)
    if not rows:
        desk.say("no portal copies another, as far as is known" if pairs else "no articles yet; next: copydesk crawl")
    say_waiting(desk, waiting)


for command in (copies_upkeep.rebuild, copies_upkeep.background, copies_upkeep.merge, copies_upkeep.split):
    copies.add_command(command)
