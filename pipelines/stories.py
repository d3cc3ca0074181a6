"""Stories kept up to date: what new pairs and decisions join, what a compilation must not, whose story each is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations, pairwise

import numpy as np

from newsroom.records import CopyKind, Precision
from pipelines.background import Background
from pipelines.cluster import HELD_SHARE, MOSTLY, Pair, Part, holds_several, may_hold_several, stories
from pipelines.kinds import joins
from pipelines.shingles import anchor_runs
from pipelines.text import normalise_for_match
from pipelines.units import UnitText, from_bytes
from pipelines.whose import Facts, credit_of, ranking
from storage.copies import Link
from storage.corpus import Corpus
from storage.stories import Member

ALIKE_RUNS = 4  # runs of words that are unusual in news and stand in both: names, mostly
WHOLE = 0.85  # of a text; a page that has as much of it has it whole
ROOM = 0.8  # of a text; a page with less room beside another does not hold both
MOST_MEMBERS = 2_000  # of a story whose source is looked for among all


def put_together(corpus: Corpus, touched: Collection[int], background: Background) -> None:
    """Bring the stories of `touched` articles up to date with their relations and with what curators decided."""
    links = corpus.copies.links(touched)
    around = {end for link in links for end in (link.article_id, link.other_id)} | set(touched)
    affected = set(touched) | _recheck_compilations(corpus, around, background)
    belongs = corpus.stories.story_of(around | affected)
    members = corpus.stories.members(belongs.values())
    nodes = around | affected | {each for group in members.values() for each in group}
    if affected == set(touched) and not corpus.stories.decisions(nodes):  # then nothing can come apart
        pairs = [Pair(link.article_id, link.other_id, link.score) for link in links if joins(link.kind)]
        joined = [(one, other) for group in members.values() for one, other in _chain(group)]
        groups = stories(nodes, pairs, joined)
    else:
        links, same, apart = _closure(corpus, nodes)
        pairs = [Pair(link.article_id, link.other_id, link.score) for link in links if joins(link.kind)]
        nodes = nodes | {end for pair in pairs for end in pair.ids} | {each for pair in same for each in pair}
        groups = stories(nodes, pairs, same, apart)
    _keep(corpus, groups, corpus.stories.story_of({each for group in groups for each in group}))


def facts_of(member: Member, *, is_spun: bool = False) -> Facts:
    """What tells whose story it was, of one of its texts."""
    own = [member.portal_name, member.portal_id, member.site_name or ""]
    return Facts(
        article_id=member.article_id,
        url=member.url,
        units=member.units,
        first_seen_utc=member.first_seen_utc,
        published_utc=member.published_utc,
        is_day=member.published_precision not in (None, Precision.SECOND, Precision.MINUTE),
        fluency=member.fluency,
        is_spun=is_spun,
        credit=credit_of(member.edges, member.source_name, member.original_title, own),
    )


def ranked(corpus: Corpus, articles: Collection[int]) -> list[Facts]:
    """The articles of a story, the likely source first."""
    spun = corpus.copies.spun(articles)
    described = corpus.stories.described(articles)
    return ranking([facts_of(each, is_spun=each.article_id in spun) for each in described])


def _keep(corpus: Corpus, groups: Iterable[Collection[int]], before: Mapping[int, int]) -> None:
    changed = []
    for group in groups:
        was = {before.get(each) for each in group}
        if len(group) == 1:
            if was != {None}:
                changed.append((group, 0))
            continue
        order = ranked(corpus, sorted(group)[:MOST_MEMBERS])
        changed.append((group, order[0].article_id if order else min(group)))
    corpus.stories.put(changed)


def _chain(group: Collection[int]) -> list[tuple[int, int]]:
    ordered = sorted(group)
    return list(pairwise(ordered))


def _closure(corpus: Corpus, start: Collection[int]) -> tuple[list[Link], list[tuple[int, int]], set[tuple[int, int]]]:
    """All that hangs together with `start`: relations that join, and a curator's decisions."""
    seen: set[int] = set()
    links: dict[tuple[int, int], Link] = {}
    same: set[tuple[int, int]] = set()
    apart: set[tuple[int, int]] = set()
    ahead = set(start)
    while ahead:
        seen |= ahead
        found = [link for link in corpus.copies.links(ahead) if joins(link.kind)]
        links |= {(link.article_id, link.other_id): link for link in found}
        said = corpus.stories.decisions(ahead)
        same |= {(each.article_id, each.other_id) for each in said if each.same}
        apart |= {(each.article_id, each.other_id) for each in said if not each.same}
        reached = {end for link in found for end in (link.article_id, link.other_id)}
        ahead = (reached | {end for pair in same for end in pair}) - seen
    return list(links.values()), sorted(same), apart


# --- compilations ---------------------------------------------------------------------------------------------------


def _recheck_compilations(corpus: Corpus, articles: Collection[int], background: Background) -> set[int]:
    """Mark the pages that have turned out to hold several stories, and those that do not; whom it concerns."""
    links = corpus.copies.links(articles)
    by_page: dict[int, list[Link]] = {}
    for link in links:
        for end in {link.article_id, link.other_id} & set(articles):
            by_page.setdefault(end, []).append(link)
    several = {page: own for page, own in by_page.items() if len(own) > 1}
    ends = {end for own in several.values() for link in own for end in (link.article_id, link.other_id)}
    texts = {each: from_bytes(stored.units) for each, stored in corpus.fingerprints.current(ends).items()}
    concerned: set[int] = set()
    for page, own in sorted(several.items()):
        is_one = _is_compilation(corpus, page, own, texts, background)
        marked = [link for link in own if link.kind == CopyKind.COMPILATION]
        wrong = [link for link in own if link not in marked] if is_one else marked
        wrong = [link for link in wrong if _is_part(page, link, texts)]
        for link in wrong:
            corpus.copies.rename([link], CopyKind.COMPILATION if is_one else corpus.copies.kind_alone(link))
        if wrong:
            concerned |= {page, *(link.beyond(page) for link in wrong)}
    return concerned


def _is_part(page: int, link: Link, texts: Mapping[int, UnitText]) -> bool:
    """Whether the other end is something that `page` holds: shorter, or held for a part of the page only."""
    other = link.beyond(page)
    if page not in texts or other not in texts:
        return False
    return len(texts[other]) <= len(texts[page]) or _part(page, link, texts).covers <= MOSTLY


def _part(page: int, link: Link, texts: Mapping[int, UnitText]) -> Part:
    mine, theirs = max(len(texts[page]), 1), max(len(texts[link.beyond(page)]), 1)
    common = link.same * min(mine, theirs)
    return Part(length=theirs / mine, covers=common / mine, whole=common >= WHOLE * theirs)


def _is_compilation(
    corpus: Corpus, page: int, own: Collection[Link], texts: Mapping[int, UnitText], background: Background
) -> bool:
    if page not in texts or not len(texts[page]):
        return False
    parts = {link.beyond(page): _part(page, link, texts) for link in own if link.beyond(page) in texts}
    if not may_hold_several(parts.values()):
        return False
    related = _related(corpus, parts, texts)
    titles = {each.article_id: normalise_for_match(each.title) for each in corpus.stories.described(parts)}
    alike = {
        pair
        for pair in combinations(sorted(parts), 2)
        if (titles.get(pair[0]) and titles.get(pair[0]) == titles.get(pair[1]))
        or tell_of_the_same(texts[pair[0]], texts[pair[1]], background)
    }
    return holds_several(page, parts, related, alike)


def _related(corpus: Corpus, parts: Mapping[int, Part], texts: Mapping[int, UnitText]) -> dict[int, set[int]]:
    """By part, its other copies that are no longer than it could be together with the shortest other part."""
    links = corpus.copies.links(parts)
    beyond = {end for link in links for end in (link.article_id, link.other_id)} - texts.keys()
    lengths = {each: len(text) for each, text in texts.items()} | corpus.fingerprints.article_lengths(beyond)
    related: dict[int, set[int]] = {part: set() for part in parts}
    for part in parts:
        least = min((len(texts[other]) for other in parts if other != part), default=0)
        for link in links:
            if part in (link.article_id, link.other_id):
                other = link.beyond(part)
                is_held = other in parts and parts[other].length < HELD_SHARE
                if is_held or lengths.get(other, 0) < len(texts[part]) + ROOM * least:
                    related[part].add(other)
    return related


def tell_of_the_same(one: UnitText, other: UnitText, background: Background) -> bool:
    """Whether two texts without a sentence in common name the same: runs of words in both that are unusual in news."""
    both = np.intersect1d(anchor_runs(one), anchor_runs(other))
    return int(np.count_nonzero(background.is_unusual(both))) >= ALIKE_RUNS
