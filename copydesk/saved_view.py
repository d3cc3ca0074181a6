"""What is new in saved searches: found, printed, written as feeds."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from copydesk.context import Desk
    from storage.corpus import Corpus
    from storage.saved import Fresh, News, SavedSearch
    from storage.saved.fresh import Match

FEED_ENTRIES = 50  # that a feed holds at least, as far as there are so many
FIELDS = (
    "search", "what", "id", "url", "title", "portal", "language", "published", "observed", "revision", "snippet",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedRun:
    """One saved search with what is to be shown of it."""

    search: SavedSearch
    news: News
    fresh: list[Match]

    @classmethod
    def of(cls, corpus: Corpus, search: SavedSearch, limit: int) -> SavedRun:
        """What is new in `search`, the newest first; at most `limit`, 0 being all."""
        news = corpus.news(search)
        return cls(search, news, news.fresh[:limit] if limit else news.fresh)

    def told(self, corpus: Corpus, matches: Sequence[Match]) -> Iterator[Fresh]:
        """`matches` with their articles."""
        articles = corpus.articles.iterate(ids=[match.article_id for match in matches])
        return self.news.tell(matches, articles)


def print_runs(desk: Desk, corpus: Corpus, runs: Sequence[SavedRun], output: str) -> None:
    """Print what is new, and see that it has left the process before anything counts as shown."""
    from copydesk.output import print_rows

    if output == "table":
        for run in runs:
            count, last = len(run.fresh), run.search.run_utc
            since = f"since {last:%Y-%m-%d %H:%M:%SZ}" if last else "so far"
            desk.say(f"{run.search.name}: {f'{count:,} new' if count else 'nothing new'} {since}")
            for each in run.told(corpus, run.fresh):
                _print_for_people(desk, each)
    else:
        rows = (_row(run.search.name, each) for run in runs for each in run.told(corpus, run.fresh))
        print_rows(rows, FIELDS, output)
    sys.stdout.flush()


def write_feeds(desk: Desk, corpus: Corpus, runs: Sequence[SavedRun], target: Path) -> None:
    """Write a feed of each search to `target`: a file, a folder for several, or - for stdout."""
    from copydesk.targets import check_target
    from newsroom.config import version
    from storage.saved.atom import atom_feed, write_feed

    for run in runs:
        fresh = set(run.fresh)
        shown = [match for match in run.news.recent(FEED_ENTRIES) if not match.is_new or match in fresh]
        feed = atom_feed(run.search, run.told(corpus, shown), f"copydesk {version()}")
        if str(target) == "-":
            sys.stdout.buffer.write(feed)
            sys.stdout.buffer.flush()
        else:
            file = target / f"{run.search.name}.atom" if target.is_dir() else target
            check_target(desk, file)
            write_feed(feed, file)


def _row(name: str, each: Fresh) -> dict[str, Any]:
    from newsroom.moments import shown_date

    stored = each.stored
    return {
        "search": name,
        "what": "changed" if each.is_changed else "new",
        "id": stored.id,
        "url": stored.url,
        "title": stored.article.title,
        "portal": stored.portal_id,
        "language": stored.article.language,
        "published": shown_date(stored.article.published),
        "observed": stored.observed_utc,
        "revision": stored.revision_number,
        "snippet": each.snippet,
    }


def _print_for_people(desk: Desk, each: Fresh) -> None:
    from copydesk.output import clean
    from copydesk.search_view import marked
    from newsroom.article_fields import NO_HEADLINE
    from newsroom.moments import shown_date

    stored, article = each.stored, each.stored.article
    changed = f"changed, revision {stored.revision_number}: copydesk diff {stored.id}" if each.is_changed else "new"
    about = (shown_date(article.published), stored.portal_id, article.language, stored.url, changed)
    title = click.style(clean(article.title) or NO_HEADLINE, bold=True)
    click.echo(f"{stored.id:>7}  {title}", color=desk.color)
    click.echo(click.style(f"{'':7}  {'  '.join(clean(part) for part in about if part)}", dim=True), color=desk.color)
    click.echo(f"{'':7}  {marked(desk, each.snippet, each.marks)}", color=desk.color)
