"""What must come out of the crawls, since the portals are made up and everything about them is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from copydesk.demo.site import FORBIDDEN, Site
from copydesk.demo.stories import Oddity, Story
from newsroom.reasons import Reason
from newsroom.records import Copy, CopyKind, Revision
from newsroom.urls import canonical_url
from storage.articles import StoredArticle
from storage.corpus import Corpus
from storage.coverage import CoveredUrl
from storage.database import open_database

TROUBLE = (Reason.FAILED, Reason.QUARANTINED, Reason.RESOURCE_LIMIT, Reason.UNDECODABLE, Reason.TRUNCATED)
SPEAKS = {"harbour": "en", "linjiang": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the corpus holds after a crawl."""

    articles: Mapping[str, StoredArticle]  # by canonical URL
    ledger: Mapping[str, CoveredUrl]  # by canonical URL
    copies: tuple[Copy, ...]
    revisions: Mapping[str, tuple[Revision, ...]]  # of the articles with more than one text


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must be so, and what was found instead when it is not."""

    text: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


def look(database_url: str) -> Snapshot:
    """Read the whole corpus; it is a small one."""
    with open_database(database_url) as database, database.reading() as corpus:
        articles = {each.url: each for each in corpus.articles.iterate()}
        return Snapshot(
            articles=articles,
            ledger={each.url: each for each in corpus.coverage.urls()},
            copies=tuple(_copies(corpus, articles)),
            revisions={
                url: tuple(corpus.revisions.iterate(each.id))
                for url, each in articles.items()
                if each.revision_count > 1
            },
        )


def claims_of_first(sites: Mapping[str, Site], seen: Snapshot) -> list[Claim]:
    """What must be so after the first crawl."""
    return [
        Claim("every story is stored, and nothing else", _stored(sites, seen, fresh=False)),
        Claim("title, text, author, date and language are as printed", _as_printed(sites, seen, edition=1)),
        Claim("everything else has the right reason in the ledger", _reasons(sites, seen)),
        Claim("nothing was asked for that needed no answer", _needless(sites)),
    ]


def claims_of_second(sites: Mapping[str, Site], seen: Snapshot) -> list[Claim]:
    """What must be so after the second crawl, a day of printing later."""
    return [
        Claim("every new story is stored, and none is lost", _stored(sites, seen, fresh=True)),
        Claim("title, text, author, date and language are as printed now", _as_printed(sites, seen, edition=2)),
        Claim("exactly the edited stories have a second text", _edited(sites, seen)),
        Claim("exactly the withdrawn stories are marked as gone", _gone(sites, seen)),
        Claim("exactly the copied stories are related to their originals", _copied(sites, seen)),
        Claim(
            "the spun stories are named as spun copies of the right articles, with changed words", _spun(sites, seen)
        ),
        Claim("nothing else is taken for a copy", _unrelated(sites, seen)),
        Claim("no page failed or had to be set aside", _in_trouble(seen)),
        Claim("nothing was asked for that needed no answer", _needless(sites)),
    ]


def stories_of(sites: Mapping[str, Site]) -> Iterator[tuple[Site, Story]]:
    """Every story of every portal, with its site."""
    for site in sites.values():
        for story in site.paper.stories:
            yield site, story


def oddity_url(site: Site, oddity: Oddity) -> str:
    """The address under which the ledger knows an oddity."""
    address = site.press.address(oddity)
    return canonical_url(address if "://" in address else site.base + address)


# --- the claims -------------------------------------------------------------------------------------------------


def _stored(sites: Mapping[str, Site], seen: Snapshot, *, fresh: bool) -> tuple[str, ...]:
    wanted = {site.url(story) for site, story in stories_of(sites) if fresh or not story.fresh}
    missing = (f"missing: {url}" for url in sorted(wanted - seen.articles.keys()))
    return (*missing, *(f"stored, but no story: {url}" for url in sorted(seen.articles.keys() - wanted)))


def _as_printed(sites: Mapping[str, Site], seen: Snapshot, *, edition: int) -> tuple[str, ...]:
    wrong = []
    for site, story in stories_of(sites):
        stored = seen.articles.get(site.url(story))
        if stored is None:
            continue
        printed = story.edited() if edition == 2 and not story.withdrawn else story
        article, language = stored.article, SPEAKS.get((story.copy_of or story.key)[0], "en")
        found = {
            "title": article.title == printed.title,
            "text": tuple(line for line in article.text.split("\n") if line) == printed.paragraphs,
            "author": article.byline == (printed.byline,),
            "date": article.published is not None and article.published.utc == printed.published_utc,
            "language": article.language == language,
        }
        wrong += [f"{stored.url}: another {name}" for name, right in found.items() if not right]
    return tuple(wrong)


def _reasons(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    wrong = []
    for site in sites.values():
        for oddity in site.paper.oddities:
            url = oddity_url(site, oddity)
            line = seen.ledger.get(url)
            reason = line.reason if line else None
            if reason is not oddity.reason:
                wrong.append(f"{url}: {reason or 'not in the ledger'}, not {oddity.reason}")
    return tuple(wrong)


def _in_trouble(seen: Snapshot) -> tuple[str, ...]:
    """Pages with a reason that says more about us than about the portal."""
    lines = (line for line in seen.ledger.values() if line.reason in TROUBLE)
    return tuple(f"{line.url}: {line.reason}: {line.detail}" for line in lines)


def _needless(sites: Mapping[str, Site]) -> tuple[str, ...]:
    """Requests that a careful crawler does not make: forbidden, endless, doubled or tracked."""
    wrong = []
    for site in sites.values():
        unasked = {site.press.address(each) for each in site.paper.oddities if each.unasked}
        for hit in site.hits:
            forbidden = hit.path.startswith(FORBIDDEN[site.paper.id])
            if forbidden or hit.path in unasked or "utm_" in hit.path:
                wrong.append(f"{site.base}{hit.path} was asked for")
    return tuple(wrong)


def _edited(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    wanted = {site.url(story) for site, story in stories_of(sites) if story.edits}
    wrong = [f"no second text: {url}" for url in sorted(wanted - seen.revisions.keys())]
    for url, revisions in sorted(seen.revisions.items()):
        if url not in wanted:
            wrong.append(f"not edited, but has {len(revisions)} texts: {url}")
        elif len(revisions) != 2:
            wrong.append(f"edited once, but has {len(revisions)} texts: {url}")
    return tuple(wrong)


def _gone(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    wanted = {site.url(story) for site, story in stories_of(sites) if story.withdrawn}
    marked = {url for url, each in seen.articles.items() if each.gone_utc is not None}
    return tuple(f"withdrawn or marked as gone, but not both: {url}" for url in sorted(wanted ^ marked))


def _copied(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    """Copies word for word that are not named as such, and what is named so and is none."""
    found = _pairs(seen, CopyKind.IDENTICAL)
    wanted = _copies_printed(sites, spun=False)
    missing = (f"not noticed: {later} copies {earlier}" for later, earlier in sorted(wanted - found.keys()))
    return (*missing, *(f"no copy: {later} of {earlier}" for later, earlier in sorted(found.keys() - wanted)))


def _spun(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    """Spun copies not named as such, or without words that were exchanged, and what is named so and is none."""
    found = _pairs(seen, CopyKind.SPUN)
    wanted = _copies_printed(sites, spun=True)
    wrong = [f"not noticed: {later} is spun from {earlier}" for later, earlier in sorted(wanted - found.keys())]
    wrong += [f"not spun: {later} from {earlier}" for later, earlier in sorted(found.keys() - wanted)]
    for later, earlier in sorted(wanted & found.keys()):
        changes = _changed_words(found[later, earlier])
        texts = seen.articles[earlier].article.text, seen.articles[later].article.text
        false = [
            f"{later}: {old!r} was not exchanged for {new!r}" for old, new in changes if not _true(old, new, *texts)
        ]
        wrong += false if changes else [f"{later}: no changed words are told"]
    return tuple(wrong)


def _unrelated(sites: Mapping[str, Site], seen: Snapshot) -> tuple[str, ...]:
    """Relations, of whatever kind, of articles that do not go back to one story.

    Between those that do any kind may be right: an original that is edited after it was copied is near its copies.
    """
    origin = {site.url(story): story.copy_of or story.key for site, story in stories_of(sites)}
    return tuple(
        f"{copy.kind}, but another story: {later} and {earlier}"
        for (later, earlier), copy in sorted(_pairs(seen).items(), key=lambda pair: pair[0])
        if origin.get(later) is None or origin.get(later) != origin.get(earlier)
    )


def _pairs(seen: Snapshot, kind: CopyKind | None = None) -> dict[tuple[str, str], Copy]:
    """The relations, of one kind or all, by the addresses of the copy and of its source."""
    urls = {each.id: url for url, each in seen.articles.items()}
    return {(urls[copy.article_id], urls[copy.other_id]): copy for copy in seen.copies if kind in (None, copy.kind)}


def _copies_printed(sites: Mapping[str, Site], *, spun: bool) -> set[tuple[str, str]]:
    """The addresses of what was printed as a copy, each with that of its original."""
    address = {story.key: site.url(story) for site, story in stories_of(sites)}
    copies = (story for _, story in stories_of(sites) if story.spun == spun)
    return {(address[story.key], address[story.copy_of]) for story in copies if story.copy_of}


def _changed_words(copy: Copy) -> list[tuple[str, str]]:
    """Words of the source with what the copy has instead, as the evidence tells them."""
    changes = copy.evidence.get("changes")
    return [(str(old), str(new)) for old, new in changes] if isinstance(changes, list) else []


def _true(old: str, new: str, source: str, copy: str) -> bool:
    """Whether `old` gave way to `new` from `source` to `copy`: there is less of the one then, or more of the other."""
    if old not in source or new not in copy:
        return False
    return source.count(old) > copy.count(old) or copy.count(new) > source.count(new)


def _copies(corpus: Corpus, articles: Mapping[str, StoredArticle]) -> Iterator[Copy]:
    for each in articles.values():
        for copy in corpus.copies.of(each.id):
            if copy.article_id == each.id:  # told once, by the later one
                yield copy
