"""An article for people and as data: its fields, and the rule that gave each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from copydesk.output import clean
from newsroom.article_fields import NO_HEADLINE, as_said
from newsroom.records import Article, Moment, Precision
from newsroom.zones import written_time

_RECORD = (
    "url", "canonical_url", "title", "text", "authors", "date", "date_origin", "modified", "language",
    "language_confidence", "original_title", "source", "editor", "section", "tags", "image", "image_caption",
    "description", "site_name", "is_accessible_for_free", "injected_links", "parts", "words", "extractor",
)  # fmt: skip
_DATES = {Precision.DAY: "%Y-%m-%d", Precision.MONTH: "%Y-%m", Precision.YEAR: "%Y"}


def written_date(moment: Moment | None) -> str | None:
    """ISO 8601, only as exact as it is known, in the zone it was written in; no offset where the page gave none."""
    if moment is None:
        return None
    if pattern := _DATES.get(moment.precision):
        return moment.utc.strftime(pattern)
    exact = "minutes" if moment.precision is Precision.MINUTE else "seconds"
    told = written_time(moment) if moment.zone else moment.utc.replace(tzinfo=None)
    return told.isoformat(timespec=exact).replace("+00:00", "Z")


def as_record(article: Article) -> dict[str, Any]:
    """What extraction found, as plain values: the fields of an export, and what only the page shows."""
    read = {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "date": written_date(article.published),
        "date_origin": article.published.origin if article.published else None,
        "modified": written_date(article.modified),
        "injected_links": [{"text": link.text, "reason": link.reason} for link in article.injected_links],
        "extractor": f"{article.extractor} {article.extractor_version}".strip(),
    }
    return {name: read[name] if name in read else as_said(article, name) for name in _RECORD}


def provenance_record(article: Article) -> dict[str, Any]:
    """By field, the rule that gave it, where, and what was turned down."""
    return {
        name: {"rule": said.rule, "place": said.place, "rejected": [asdict(each) for each in said.rejected]}
        for name, said in article.provenance.items()
    }


def reading_view(article: Article) -> Iterator[str]:
    """Lines for a terminal: headline, who and when, text."""
    yield click.style(clean(article.title) or NO_HEADLINE, bold=True)
    who = ", ".join(article.byline)
    about = [who, article.source_name, written_date(article.published), article.section, article.language]
    if line := " · ".join(clean(part) for part in about if part):
        yield line
    yield clean(article.canonical_url or article.url)
    yield ""
    for paragraph in article.text.split("\n"):
        yield clean(paragraph)


def date_lines(article: Article) -> Iterator[tuple[str, str]]:
    """Each date with how exact it is and who said so."""
    for name, moment in (("published", article.published), ("modified", article.modified)):
        if moment is None:
            continue
        said = [f"to the {moment.precision.value}", f"from {moment.origin}" if moment.origin else ""]
        zone = f"written in {moment.zone}" if moment.zone else "no zone given"
        exact = moment.precision in (Precision.SECOND, Precision.MINUTE)
        yield name, f"{written_date(moment)}  ({', '.join(filter(None, [*said, zone if exact else '']))})"


def instant(when: datetime | None) -> str:
    """A stored time for people."""
    return f"{when:%Y-%m-%d %H:%M:%SZ}" if when else ""
