"""Stories kept up to date: what new pairs and decisions join, what a compilation must not, whose story each is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations, pairwise

import numpy as np

from newsroom.records import CopyKind, Precision
from pipelines.background import Background
from pipelines.cluster import HELD_SHARE, Pair, holds_several, stories
from pipelines.shingles import anchor_runs
from pipelines.text import normalise_for_match
from pipelines.units import UnitText, from_bytes
from pipelines.whose import Facts, credit_of, ranking
from storage.copies import Link
from storage.corpus import Corpus
from storage.stories import Member

ALIKE_RUNS = 4  # runs of words that are unusual in news and stand in both: names, mostly
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
        pairs = [Pair(link.article_id, link.other_id, link.score) for link in links if _joins(link)]
        joined = [(one, other) for group in members.values() for one, other in _chain(group)]
        groups = stories(nodes, pairs, joined)
    else:
        links, same, apart = _closure(corpus, nodes)
        pairs = [Pair(link.article_id, link.other_id, link.score) for link in links if _joins(link)]
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


def _joins(link: Link) -> bool:
    return link.kind != CopyKind.COMPILATION


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
        found = [link for link in corpus.copies.links(ahead) if _joins(link)]
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
        wrong = [link for link in own if _joins(link) == is_one and _is_part(page, link, texts)]
        for link in wrong:
            corpus.copies.rename([link], CopyKind.COMPILATION if is_one else corpus.copies.kind_alone(link))
        if wrong:
            concerned |= {page, *(link.beyond(page) for link in wrong)}
    return concerned


def _is_part(page: int, link: Link, texts: Mapping[int, UnitText]) -> bool:
    """Whether `page` is the longer one; the other side's pages decide for themselves."""
    other = link.beyond(page)
    return page in texts and other in texts and len(texts[other]) <= len(texts[page])


def _is_compilation(
    corpus: Corpus, page: int, own: Collection[Link], texts: Mapping[int, UnitText], background: Background
) -> bool:
    if page not in texts or not len(texts[page]):
        return False
    lengths = {link.beyond(page): texts[link.beyond(page)] for link in own if link.beyond(page) in texts}
    parts = {part: len(text) / len(texts[page]) for part, text in lengths.items()}
    held = [part for part, share in parts.items() if share < HELD_SHARE]
    if len(held) < 2:
        return False
    related: dict[int, set[int]] = {part: set() for part in held}
    for link in corpus.copies.links(held):
        for end in (link.article_id, link.other_id):
            if end in related:
                related[end].add(link.beyond(end))
    titles = {each.article_id: normalise_for_match(each.title) for each in corpus.stories.described(held)}
    alike = {
        pair
        for pair in combinations(sorted(held), 2)
        if (titles.get(pair[0]) and titles.get(pair[0]) == titles.get(pair[1]))
        or tell_of_the_same(texts[pair[0]], texts[pair[1]], background)
    }
    return holds_several(page, parts, related, alike)


def tell_of_the_same(one: UnitText, other: UnitText, background: Background) -> bool:
    """Whether two texts without a sentence in common name the same: runs of words in both that are unusual in news."""
    both = np.intersect1d(anchor_runs(one), anchor_runs(other))
    return int(np.count_nonzero(background.is_unusual(both))) >= ALIKE_RUNS
