"""`copydesk portal test`: try a portal definition on a few pages, and store nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from copydesk.commands.portal import complete_portal, file_of
from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.portals import Portal
    from newsroom.records import Article, Candidate
    from spiders.portal_trial import Trial
    from spiders.samples import Sample
    from spiders.sources import SourceRead

KEYS = (
    "verdict", "kind", "url", "why", "title", "published", "precision", "zone", "date_from", "byline", "language",
    "characters",
)  # fmt: skip
EXAMPLES = 3  # addresses shown for each reason


@click.command("test", cls=DeskCommand)
@click.argument("which", metavar="ID|FILE|URL", shell_complete=complete_portal)
@click.option(
    "--show", type=click.IntRange(min=0), default=0, metavar="N", help="Print the text of the first N articles."
)
@click.option("--delay", type=click.FloatRange(0, 3600), metavar="S", help="With a URL: seconds between two requests.")
@click.option("--allow-private", is_flag=True, help="With a URL: admit private and loopback addresses.")
@output_option
@pass_desk
def test_portal(desk: Desk, which: str, show: int, delay: float | None, allow_private: bool, output: str) -> None:
    """Fetch at most 15 pages of a portal, store nothing, and say what would be taken.

    ID is the portal's id, FILE a portal file anywhere, URL the front page of a site without one.
    Prints each address with what becomes of it and why, the fields that were found, where each date came from, and
    addresses that deserve a deny rule. Exit code 5 when the site keeps us out, 3 when it gives less than expected.

    \b
    Examples:
      copydesk portal test hean-ribao --show 3
      copydesk portal test ./draft.toml -o ndjson
      copydesk portal test https://news.example.org/
    """
    from spiders.portal_trial import run_trial

    portal = _portal(desk, which, delay, allow_private)
    desk.start_logging()
    trial = run_trial(desk.config, portal, datetime.now(UTC))
    if output == "table":
        _print_tables(trial)
    else:
        _print_rows(trial, output)
    for proposal in trial.deny:
        desk.say(f"proposed for [articles]: deny = ['{proposal.pattern}']  ({len(proposal.urls)} samples, no article)")
    for article in trial.articles[:show]:
        _print_article(article, to_stderr=output != "table")
    _judge(desk, trial)


def _portal(desk: Desk, which: str, delay: float | None, allow_private: bool) -> Portal:
    from newsroom.errors import UsageError
    from newsroom.portals import ad_hoc_portal, load_portal

    if "://" not in which:
        if delay is not None or allow_private:
            raise UsageError("--delay and --allow-private go with a URL; a portal file says both in [fetch]")
        return load_portal(file_of(desk, which))
    fetch: dict[str, Any] = {"allow_private": True} if allow_private else {}
    if delay is not None:
        fetch["delay"] = delay
    return ad_hoc_portal(which, fetch=fetch)


def _judge(desk: Desk, trial: Trial) -> None:
    """Say how it went, and end with an exit code when it went badly."""
    from newsroom.errors import BelowExpectation, Blocked, UsageError
    from newsroom.reasons import Reason

    taken, tried, portal = len(trial.articles), len(trial.samples), trial.portal
    text = f"{portal.id}: {taken} of {tried} article pages would be stored"
    if trial.blocked:
        raise Blocked(f"{portal.id}: the site keeps us out: {_first_refusal(trial)}")
    if trial.sources and all(source.fetched.reason is Reason.UNSAFE for source in trial.sources):
        raise UsageError(f"{portal.home}: {_first_refusal(trial)}; with a URL, --allow-private does so")
    if not taken:
        raise BelowExpectation(f"{text}; {_first_refusal(trial)}")
    least = portal.expect.yield_min
    if least is not None and taken < least * tried:
        raise BelowExpectation(f"{text}; [expect] yield_min = {least:g}")
    desk.say(f"{text}; {trial.waiting} more addresses found, {len(trial.refused)} refused by their address")


def _first_refusal(trial: Trial) -> str:
    """The first thing that went wrong, in words."""
    said = [f"{source.url}: {source.problem}" for source in trial.sources if source.problem]
    said += [f"{sample.candidate.url}: {_why(sample)}" for sample in trial.samples if sample.reason]
    return said[0] if said else "no address looks like an article's"


# --- rows ---------------------------------------------------------------------------------------------------------


def rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """One row for each address: sources, pages that were read, and addresses refused unread."""
    yield from map(_source_row, trial.sources)
    yield from map(_sample_row, trial.samples)
    yield from map(_refused_row, trial.refused)


def _source_row(source: SourceRead) -> dict[str, Any]:
    problem, found = source.problem, source.found
    listed = f"{len(source.articles)} articles"
    if source.children:
        listed = f"{len(source.children)} sitemaps"
    elif found.announcements:
        listed += f" in {len(found.announcements)} entries"
    verdict = "failed" if problem else "read"
    return {"verdict": verdict, "kind": source.kind.value, "url": source.url, "why": problem or listed}


def _sample_row(sample: Sample) -> dict[str, Any]:
    article = sample.article
    if article is None:
        return {"verdict": "refused", "kind": "page", "url": sample.candidate.url, "why": _why(sample)}
    when, rule = article.published, article.provenance.get("published")
    return {
        "verdict": "taken",
        "kind": "article",
        "url": article.canonical_url,
        "why": article.title,
        "title": article.title,
        "published": when.utc if when else None,
        "precision": when.precision.value if when else None,
        "zone": when.zone if when else None,
        "date_from": " ".join((rule.rule, rule.place)).strip() if when and rule else None,
        "byline": list(article.byline),
        "language": article.language,
        "characters": len(article.text),
    }


def _refused_row(candidate: Candidate) -> dict[str, Any]:
    why = f"{candidate.reason}: {candidate.detail}" if candidate.detail else str(candidate.reason)
    return {"verdict": "refused", "kind": "address", "url": candidate.url, "why": why}


def _why(sample: Sample) -> str:
    detail = getattr(sample.result, "detail", "")
    return f"{sample.reason}: {detail}" if detail else str(sample.reason)


def _print_rows(trial: Trial, output: str) -> None:
    from copydesk.output import print_rows

    print_rows(rows(trial), KEYS, output)


# --- tables -------------------------------------------------------------------------------------------------------


def _print_tables(trial: Trial) -> None:
    from copydesk.output import Column, print_rows
    from spiders.samples import place_of

    def short(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "url": place_of(row["url"])}

    fetched = [short(row) for row in rows(trial) if row["kind"] != "address"]
    print_rows(
        fetched, [Column("verdict"), Column("kind"), Column("why", cut=True), Column("url", "address", cut=True)]
    )
    if trial.refused:
        click.echo("\nRefused by their address, unread")
        print_rows(
            _by_reason(trial.refused), [Column("reason"), Column("count", right=True), Column("such as", cut=True)]
        )
    if trial.articles:
        click.echo(f"\nFields of {len(trial.articles)} articles")
        counts = [
            {"field": one.field, "found": one.found, "from": ", ".join(f"{rule} {n}" for rule, n in one.rules)}
            for one in trial.field_counts()
        ]
        print_rows(counts, [Column("field"), Column("found", right=True), Column("from", cut=True)])
        click.echo("\nDates")
        dated = [short(row) for row in rows(trial) if row["verdict"] == "taken"]
        print_rows(
            dated, [Column(key, cut=key in ("date_from", "url")) for key in KEYS[5:9]] + [Column("url", cut=True)]
        )


def _by_reason(refused: tuple[Candidate, ...]) -> list[dict[str, Any]]:
    from spiders.samples import place_of

    groups: dict[str, list[str]] = defaultdict(list)
    for candidate in refused:
        groups[str(candidate.reason)].append(place_of(candidate.url))
    return [
        {"reason": reason, "count": len(places), "such as": "  ".join(places[:EXAMPLES])}
        for reason, places in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def _print_article(article: Article, *, to_stderr: bool) -> None:
    """The reading view of one article."""
    from copydesk.output import as_text, clean

    click.echo(f"\n{clean(article.title)}", err=to_stderr)
    about = (", ".join(article.byline), as_text(article.published.utc) if article.published else "", article.url)
    click.echo(clean(" · ".join(part for part in about if part)), err=to_stderr)
    for paragraph in article.text.splitlines():
        click.echo(clean(paragraph), err=to_stderr)
