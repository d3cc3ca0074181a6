"""What must come out of the crawls, since the portals are made up and everything about them is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from copydesk.demo.site import FORBIDDEN, Site
from copydesk.demo.stories import Oddity, Story
from newsroom.reasons import Reason
from newsroom.records import Copy, Revision
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
                url: tuple(corpus.articles.revisions(each.id))
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
    urls = {each.id: url for url, each in seen.articles.items()}
    address = {story.key: site.url(story) for site, story in stories_of(sites)}
    wanted = {(address[story.key], address[story.copy_of]) for _, story in stories_of(sites) if story.copy_of}
    found = {(urls[copy.article_id], urls[copy.other_id]) for copy in seen.copies if copy.kind == "identical"}
    missing = (f"not noticed: {later} copies {earlier}" for later, earlier in sorted(wanted - found))
    return (*missing, *(f"no copy: {later} of {earlier}" for later, earlier in sorted(found - wanted)))


def _copies(corpus: Corpus, articles: Mapping[str, StoredArticle]) -> Iterator[Copy]:
    for each in articles.values():
        for copy in corpus.copies.of(each.id):
            if copy.article_id == each.id:  # told once, by the later one
                yield copy
