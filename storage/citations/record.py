"""What a reference says of an article, whatever the format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from newsroom.article_fields import NO_HEADLINE
from newsroom.moments import plain_time
from newsroom.records import Capture, Moment, Precision
from newsroom.zones import written_time
from storage.articles import StoredArticle

_NO_TEXT = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\s]+"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One text of an article, as it is cited. Every string is one line without control characters."""

    key: str  # unique in a corpus: portal, year, id, and the revision when it is not the current one
    title: str
    authors: tuple[str, ...]
    publication: str  # what the page calls its site, else the portal's name
    published: str | None  # ISO 8601, to the day at most: 2026, 2026-03, 2026-03-01
    url: str
    language: str | None
    obtained_utc: datetime  # when this text was captured, or imported
    captured_url: str | None  # the address that was captured; None when the text was imported
    revision: int
    revisions: int
    archive: str | None  # by which name the archive is known

    @property
    def note(self) -> str:
        """Which of the article's texts it is, and when it was obtained."""
        verb = "captured" if self.captured_url else "imported"
        return f"revision {self.revision} of {self.revisions}, {verb} {plain_time(self.obtained_utc)}"


def cited(
    stored: StoredArticle, portal_name: str, capture: Capture | None = None, archive: str | None = None
) -> Citation:
    """The reference to the text that `stored` has; `capture` is the one it was read from."""
    article = stored.article
    day = _published(article.published)
    return Citation(
        key=_key(stored, day),
        title=one_line(article.title) or NO_HEADLINE,  # every reader of these formats wants a title
        authors=tuple(name for name in map(one_line, article.byline) if name),
        publication=one_line(article.site_name or "") or one_line(portal_name),
        published=day,
        url=one_line(stored.url),
        language=one_line(article.language) if article.language else None,
        obtained_utc=capture.fetched_utc if capture else stored.observed_utc,
        captured_url=one_line(capture.url) if capture else None,
        revision=stored.revision_number,
        revisions=stored.revision_count,
        archive=archive,
    )


def one_line(text: str) -> str:
    """`text` on one line, without characters that a reader does not see."""
    return _NO_TEXT.sub(" ", text).strip()


def _published(moment: Moment | None) -> str | None:
    """The day in the zone that the page wrote it in, or less where less is known."""
    if moment is None:
        return None
    exact = moment.precision in (Precision.SECOND, Precision.MINUTE)
    day = (written_time(moment) if exact and moment.zone else moment.utc).date().isoformat()
    return {Precision.YEAR: day[:4], Precision.MONTH: day[:7]}.get(moment.precision, day)


def _key(stored: StoredArticle, day: str | None) -> str:
    portal = re.sub(r"[^A-Za-z0-9]+", "-", stored.portal_id).strip("-") or "article"
    version = "" if stored.revision_number == stored.revision_count else f"-r{stored.revision_number}"
    return f"{portal}-{day[:4] if day else 'undated'}-{stored.id}{version}"
