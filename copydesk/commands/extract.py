"""`copydesk extract`: articles out of pages, without a corpus."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal
from copydesk.context import Desk, DeskCommand, pass_desk

if TYPE_CHECKING:
    from copydesk.page_sources import SourcePage
    from newsroom.portals import Portal
    from newsroom.records import Article, Rejected


@dataclass(frozen=True, slots=True)
class _Read:
    """A page and what came of reading it; None when it could not be opened."""

    page: SourcePage
    found: Article | Rejected | None


@click.command(cls=DeskCommand)
@click.argument("sources", metavar="[URL|FILE|WARC|-]...", nargs=-1)
@click.option(
    "--batch", "listing", is_flag=True, help="The argument is a list of pages; prints one JSON line for each."
)
@click.option("--url", metavar="URL", help="Address of the page that FILE or - is: dates and links are read by it.")
@click.option(
    "--portal", "portal_id", metavar="ID", shell_complete=complete_portal, help="Read as this portal's file says."
)
@click.option("--explain", is_flag=True, help="Show by which rule each field was found, and what was turned down.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or one JSON object a line.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Pages read at the same time.  [default: cores]")
@pass_desk
def extract(
    desk: Desk,
    sources: tuple[str, ...],
    listing: bool,
    url: str | None,
    portal_id: str | None,
    explain: bool,
    form: str,
    jobs: int | None,
) -> int:
    """Read articles out of pages, and store nothing.

    A URL is fetched as politely as in a crawl, with the later pages of its article; a FILE is one HTML page, perhaps
    gzip, and read alone; a WARC file gives every HTML answer in it; - is a page on stdin. With --batch the FILE is a
    list of lines {"id", "url", "file"} and perhaps "content_type", files relative to the list. Exit code 3 when
    nothing but refusals came of it, 5 when the site refuses us; a batch that was read to its end is 0.

    \b
    Examples:
      copydesk extract https://news.example.org/story.html --explain
      copydesk extract page.html --url https://news.example.org/story.html --format json
      copydesk extract --batch pages.jsonl --jobs 4 > articles.jsonl
    """
    from newsroom.errors import UsageError

    if not sources or (listing and len(sources) > 1):
        raise UsageError("which list? name one file of pages" if listing else "which page? name a URL, a file or -")
    portal = _portal(desk, portal_id)
    if listing:
        return _batch(desk, Path(sources[0]), portal, jobs)
    jobs = jobs or _jobs_for(sources)
    pages, blocked = _pages(desk, sources, url, portal, jobs)
    articles = [_print(desk, each, explain, form) for each in _read(pages, portal, jobs)]
    if not articles:
        desk.say("no HTML page in it")
    if any(articles):
        return 0
    return 5 if blocked else 3


def _portal(desk: Desk, portal_id: str | None) -> Portal | None:
    from newsroom.portals import find_portal, load_portal

    if portal_id is None:
        return None
    is_path = portal_id.endswith(".toml") or "/" in portal_id
    return load_portal(portal_id) if is_path else find_portal(desk.config.portals, portal_id)


def _jobs_for(sources: tuple[str, ...]) -> int:
    """One worker for one page; a WARC file may hold many."""
    from pipelines.workers import available_cores

    many = len(sources) > 1 or ".warc" in sources[0]
    return available_cores() if many else 1


# --- pages --------------------------------------------------------------------------------------------------------


def _pages(
    desk: Desk, sources: tuple[str, ...], url: str | None, portal: Portal | None, jobs: int
) -> tuple[Iterable[SourcePage], bool]:
    """The pages of every source, in order, and whether a site refused to give one."""
    from copydesk.page_sources import pages_of

    addresses = [source for source in sources if _is_address(source)]
    fetched, blocked = _fetch(desk, addresses, portal, jobs) if addresses else ({}, False)

    def each() -> Iterator[SourcePage]:
        for source in sources:
            if source in fetched:
                yield fetched[source]
            else:
                yield from pages_of(source, url)

    return each(), blocked


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _fetch(desk: Desk, addresses: list[str], portal: Portal | None, jobs: int) -> tuple[dict[str, SourcePage], bool]:
    """Ask the sites, as a crawl would; a Twisted reactor runs once a process, so all portals' pages go in one go."""
    from copydesk.page_sources import SourcePage
    from newsroom.portals import ad_hoc_portal
    from newsroom.reasons import Reason
    from spiders.whole_pages import read_addresses

    desk.start_logging()
    asked_of = portal or ad_hoc_portal(addresses[0])
    answers = read_addresses(desk.config, asked_of, addresses, _options(portal), jobs)
    pages = {}
    for asked, (got, found) in zip(addresses, answers, strict=True):
        fault = f"{got.reason.value}: {got.detail}" if got.reason else None
        pages[asked] = SourcePage(asked, got.url, error=fault, found=found)
    return pages, any(got.reason in (Reason.BLOCKED, Reason.ROBOTS) for got, _ in answers)


# --- reading ------------------------------------------------------------------------------------------------------


def _read(pages: Iterable[SourcePage], portal: Portal | None, jobs: int) -> Iterator[_Read]:
    """Read every page in worker processes; results in the order of `pages`."""
    from collections import deque

    from pipelines.workers import PageBytes, extract_many

    options = _options(portal)
    waiting: deque[SourcePage] = deque()

    def readable() -> Iterator[PageBytes]:
        for page in pages:
            waiting.append(page)
            if page.is_unread:
                yield PageBytes(page.body, page.url, page.content_type, options)

    def unread() -> Iterator[_Read]:
        while waiting and not waiting[0].is_unread:
            page = waiting.popleft()
            yield _Read(page, page.found)

    for found in extract_many(readable(), jobs):
        yield from unread()
        yield _Read(waiting.popleft(), found)
    yield from unread()


def _options(portal: Portal | None) -> dict[str, Any]:
    """What the portal file says of reading, and that dates in the future are not believed."""
    now = datetime.now(UTC)
    if portal is None:
        return {"now": now}
    from pipelines.reading import read_options

    return read_options(portal, now)


def _batch(desk: Desk, listing: Path, portal: Portal | None, jobs: int | None) -> int:
    from copydesk.counting import Counting
    from copydesk.output import to_json
    from copydesk.page_sources import listed_pages
    from newsroom.errors import UsageError
    from pipelines.workers import available_cores

    if str(listing) != "-" and not listing.is_file():
        raise UsageError(f"{listing}: no such file")
    with Counting(desk, "pages") as counting:
        done = 0
        for done, each in enumerate(_read(listed_pages(listing), portal, jobs or available_cores()), start=1):
            sys.stdout.write(to_json({"id": each.page.name, **_as_data(each, explain=False)}) + "\n")
            counting.show(done)
    desk.say(f"{done:,} pages read")
    return 0


# --- printing -----------------------------------------------------------------------------------------------------


def _as_data(each: _Read, explain: bool) -> dict[str, Any]:
    """What came of one page: status ok with the article, rejected or error with the reason."""
    from copydesk.article_view import as_record, provenance_record
    from newsroom.reasons import Reason
    from newsroom.records import Article

    if isinstance(each.found, Article):
        more = {"provenance": provenance_record(each.found)} if explain else {}
        return {"status": "ok", "reason": None, **as_record(each.found), **more}
    if each.found is None:
        return {"status": "error", "reason": "unreadable", "detail": each.page.error, "url": each.page.url}
    status = "error" if each.found.reason is Reason.QUARANTINED else "rejected"
    return {"status": status, "reason": each.found.reason.value, "detail": each.found.detail, "url": each.page.url}


def _print(desk: Desk, each: _Read, explain: bool, form: str) -> bool:
    """Print one page; whether it was an article."""
    from copydesk.output import to_json
    from newsroom.reasons import REASON_HELP
    from newsroom.records import Article

    if form == "json":
        click.echo(to_json(_as_data(each, explain)))
    elif isinstance(each.found, Article):
        _print_for_people(desk, each.found, explain)
    elif each.found is None:
        desk.fail(f"{each.page.name}: {each.page.error}")
    else:
        detail = f" ({each.found.detail})" if each.found.detail else ""
        desk.fail(f"{each.page.name}: no article: {REASON_HELP[each.found.reason]}{detail}")
    return isinstance(each.found, Article)


def _print_for_people(desk: Desk, article: Article, explain: bool) -> None:
    from copydesk.article_view import reading_view
    from copydesk.explanation import explanation
    from copydesk.output import terminal_width

    for line in reading_view(article):
        click.echo(line, color=desk.color)
    if explain:
        click.echo()
        for line in explanation(article, terminal_width()):
            click.echo(line, color=desk.color)
    click.echo()
