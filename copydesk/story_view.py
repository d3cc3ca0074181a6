"""A story and its articles, for people and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from copydesk.context import Desk
from copydesk.output import Column, clean, counted, print_rows
from newsroom.article_fields import NO_HEADLINE
from newsroom.records import Copy
from pipelines.stories import facts_of, ranked
from pipelines.whose import Verdict, Why, ranking, source_of
from storage.articles import StoredArticle
from storage.copies import Link
from storage.copy_statistics import Copying, PortalShare
from storage.corpus import Corpus
from storage.stories import Member

KINDS = {
    "identical": "word for word",
    "near": "a few words or sentences differ",
    "spun": "words exchanged throughout",
    "excerpt": "part of it",
    "script": "in the other script of Chinese",
    "passage": "a passage in common",
    "compilation": "one of several stories on a page",
}
DIRECTIONS = {
    Why.FLUENCY: "the copy's words are less usual ones",
    Why.CREDIT: "by what the texts say of where they come from",
    Why.TIME: "published later",
    Why.LENGTH: "the shorter text",
    Why.SEEN: "seen later; which was first cannot be known",
}
_EXCHANGES = 8


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it is shown: the likely source first, then by time."""

    asked: int  # the article that was asked for
    verdict: Verdict
    members: list[Member]
    ranks: dict[int, int]  # by member: 1 for the likely source, then who likely had it next
    links: dict[int, Copy | Link]  # by member: the relation to the source, else to the member it is likest
    beside: list[tuple[Copy, Member]]  # relations of the asked article that make no story
    decisions: list[str]


def read_story(corpus: Corpus, stored: StoredArticle) -> Story:
    """The story that an article belongs to, even one of a single article."""
    story = corpus.stories.story_of([stored.id]).get(stored.id)
    ids = corpus.rights.given_out(corpus.stories.members([story])[story] if story else {stored.id})
    spun = corpus.copies.spun(ids)
    described = {member.article_id: member for member in corpus.stories.described(ids)}
    facts = [facts_of(member, is_spun=member.article_id in spun) for member in described.values()]
    verdict = source_of(facts)
    ordered = [described[each.article_id] for each in ranking(facts)]
    by_time = sorted(ordered[1:], key=lambda each: (each.published_utc or each.first_seen_utc, each.article_id))
    links = _likest(corpus, ids, verdict.article_id)
    beside = [copy for copy in corpus.copies.of(stored.id) if not {copy.article_id, copy.other_id} <= ids]
    others = {end for copy in beside for end in (copy.article_id, copy.other_id)} - {stored.id}
    shown = corpus.rights.given_out(others) | {stored.id}
    beside = [copy for copy in beside if {copy.article_id, copy.other_id} <= shown]
    known = {member.article_id: member for member in corpus.stories.described(others)}
    said = [
        f"{each.article_id} and {each.other_id} {'are' if each.same else 'are not'} one story"
        f"{f': {each.note}' if each.note else ''} ({each.decided_utc:%Y-%m-%d})"
        for each in corpus.stories.decisions(ids)
    ]
    ends = [(copy, known[copy.other_id if copy.article_id == stored.id else copy.article_id]) for copy in beside]
    ranks = {member.article_id: rank for rank, member in enumerate(ordered, 1)}
    return Story(stored.id, verdict, [*ordered[:1], *by_time], ranks, links, ends, said)


def _likest(corpus: Corpus, ids: set[int], source: int) -> dict[int, Copy | Link]:
    found: dict[int, Copy | Link] = {}
    for link in sorted(corpus.copies.links(ids), key=lambda each: each.score):
        ends = {link.article_id, link.other_id}
        if ends <= ids:
            for end in ends:
                known = found.get(end)
                if known is None or source not in (known.article_id, known.other_id) or source in ends:
                    found[end] = link
    own = {end: link for end, link in found.items() if end != source}
    return {end: corpus.copies.between(link.article_id, link.other_id) or link for end, link in own.items()}


# --- for people -----------------------------------------------------------------------------------------------------


def print_story(desk: Desk, story: Story) -> None:
    """The story, its members and what is known of each, on stdout."""
    if len(story.members) == 1:
        click.echo(f"{story.asked}: {'in no story with others' if story.beside else 'no copy of it is known'}")
    else:
        _print_members(desk, story)
    for copy, member in story.beside:
        kind = KINDS.get(copy.kind, copy.kind)
        click.echo(
            f"beside it    {member.article_id}  {kind}, not one story: {clean(member.title)}  {clean(member.url)}"
        )
    for said in story.decisions:
        click.echo(f"decided      {clean(said)}")


def _print_members(desk: Desk, story: Story) -> None:
    source, verdict = story.members[0], story.verdict
    portals = len({member.portal_id for member in story.members})
    click.echo(click.style(clean(source.title) or NO_HEADLINE, bold=True), color=desk.color)
    click.echo(f"{len(story.members)} articles of {counted(portals, 'portal')}")
    click.echo(
        f"likely source: {source.article_id}, {clean(source.portal_name)} ({verdict.confidence:.0%}: {verdict.reason})"
    )
    click.echo()
    columns = [Column("id", right=True), Column("portal"), Column("date"), Column("kind"), Column("of", right=True)]
    more = [Column("score", right=True), Column("same", right=True), Column("title", cut=True)]
    print_rows([_row(story, member) for member in story.members], [*columns, *more])
    for member in story.members[1:]:
        link = story.links.get(member.article_id)
        if isinstance(link, Copy) and link.article_id == member.article_id and (changes := exchanges(link)):
            click.echo()
            click.echo(f"{member.article_id}  {changes}")


def exchanges(copy: Copy, most: int = _EXCHANGES) -> str:
    """Some words of the source with what stands for them in the copy; "" when the evidence has none."""
    changes: Any = copy.evidence.get("changes") or []
    return ", ".join(f"{clean(str(old))} → {clean(str(new))}" for old, new in changes[:most])


def _row(story: Story, member: Member) -> dict[str, Any]:
    link = story.links.get(member.article_id)
    when = member.published_utc or member.first_seen_utc
    exact = member.published_precision in ("second", "minute") or member.published_utc is None
    return {
        "id": member.article_id,
        "portal": member.portal_id,
        "date": f"{when:%Y-%m-%d %H:%M}Z" if exact else f"{when:%Y-%m-%d}",
        "kind": "likely source" if member is story.members[0] else KINDS.get(link.kind, link.kind) if link else "",
        "of": _beyond(link, member.article_id) if link else "",
        "score": f"{link.score:.3f}" if link else "",
        "same": f"{link.same:.0%}" if link else "",
        "title": clean(member.title),
    }


def _beyond(link: Copy | Link, article: int) -> int:
    return link.other_id if link.article_id == article else link.article_id


def heading(relation: Copy | None, copy: StoredArticle, source: StoredArticle) -> Iterator[str]:
    """What two articles are to each other, above the passages."""
    for name, stored in (("copy", copy), ("source", source)):
        told = f"{stored.id}  {clean(stored.article.title)}  ({stored.portal_id})  {clean(stored.url)}"
        yield f"{name:8}{told}"
    if relation is None:
        yield "        not known to be copies"
        return
    why = DIRECTIONS.get(Why(relation.decided_by))
    yield f"{'kind':8}{KINDS.get(relation.kind, relation.kind)}, score {relation.score:.3f}{f'; {why}' if why else ''}"
    yield ""


# --- as data --------------------------------------------------------------------------------------------------------


def as_data(story: Story) -> dict[str, Any]:
    """The story with everything that is known of its members."""
    return {
        "article": story.asked,
        "story": min(member.article_id for member in story.members),
        "source": story.verdict.article_id,
        "reason": story.verdict.reason,
        "decided_by": story.verdict.why.value,
        "confidence": story.verdict.confidence,
        "members": [_member_data(story, member) for member in story.members],
        "beside": [_copy_data(copy) for copy, _ in story.beside],
        "decisions": story.decisions,
    }


def _member_data(story: Story, member: Member) -> dict[str, Any]:
    link = story.links.get(member.article_id)
    return {
        "rank": story.ranks[member.article_id],
        "id": member.article_id,
        "portal": member.portal_id,
        "url": member.url,
        "title": member.title,
        "language": member.language,
        "published": member.published_utc,
        "first_seen": member.first_seen_utc,
        "units": member.units,
        "fluency": member.fluency,
        "relation": _copy_data(link) if isinstance(link, Copy) else None,
    }


def _copy_data(copy: Copy) -> dict[str, Any]:
    return {
        "copy": copy.article_id,
        "source": copy.other_id,
        "kind": copy.kind,
        "score": copy.score,
        "same": copy.same,
        "decided_by": copy.decided_by,
        "evidence": dict(copy.evidence),
    }


def story_rows(corpus: Corpus, largest: int) -> list[dict[str, Any]]:
    """The largest stories, a row each."""
    rows = []
    for story, articles in corpus.stories.largest(largest):
        ids = corpus.rights.given_out(corpus.stories.members([story])[story])
        members = {member.article_id: member for member in corpus.stories.described(ids)}
        first = next((one for one, member in members.items() if member.is_source), None)
        source = members[first or ranked(corpus, ids)[0].article_id]  # the likely source may be withheld
        when = source.published_utc or source.first_seen_utc
        rows.append(
            {
                "story": story,
                "articles": articles,
                "portals": len(Counter(member.portal_id for member in members.values())),
                "first": f"{when:%Y-%m-%d}",
                "source": source.portal_id,
                "title": clean(source.title),
            }
        )
    return rows


def share_row(share: PortalShare, output: str) -> dict[str, Any]:
    """A portal's copied news."""
    return {
        "portal": share.portal_id,
        "articles": share.articles,
        "copied": share.copied,
        "share": f"{share.share:.1%}" if output == "table" else round(share.share, 4),
        "repeated": share.repeated,
        "copied_by_others": share.copied_by_others,
    }


def copying_row(copying: Copying, output: str) -> dict[str, Any]:
    """Who copies whom; the delay in seconds as data, in words for people."""
    delay = copying.median_delay_s
    return {
        "copier": copying.copier,
        "source": copying.source,
        "articles": copying.articles,
        "median_delay": _spoken(delay) if output == "table" else delay,
        "dated": copying.dated,
    }


def _spoken(seconds: float | None) -> str:
    if seconds is None:
        return ""
    sign, minutes = "-" if seconds < 0 else "", abs(round(seconds / 60))
    if minutes < 120:
        return f"{sign}{minutes} min"
    return f"{sign}{minutes / 60:.0f} h" if minutes < 2880 else f"{sign}{minutes / 1440:.0f} d"
