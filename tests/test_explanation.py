from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copydesk.explanation import explanation, wrapped
from copydesk.output import display_width
from newsroom.records import Article, Declined, InjectedLink, Moment, Precision, Provenance

ARTICLE = Article(
    url="https://www.example.org/1",
    canonical_url="https://www.example.org/1",
    title="Harbour opens",
    text="The harbour opened on Monday.\nBoats came.",
    byline=("Jane Roe",),
    published=Moment(datetime(2026, 3, 4, 7, 30, tzinfo=UTC), Precision.MINUTE, "+02:00", "json-ld datePublished"),
    language="en",
    language_confidence=0.99,
    lead_image="https://www.example.org/" + "very-long-name/" * 12 + "a.jpg",
    injected_links=(InjectedLink("www.cheap.example", "bare domain in a sentence"),),
    word_count=7,
    provenance={
        "language": Provenance("langdetect", "the first 43 characters", (Declined("de", "<html lang> says so"),)),
        "lead_image": Provenance("meta", "og:image"),
        "published": Provenance("json-ld", "datePublished"),
        "injected_links": Provenance("injected", "bare domain in a sentence"),
        "editor": Provenance("credit line", "", (Declined("编辑部", "names no one"), Declined("本站", "names no one"))),
        "title": Provenance("heading", "h1", (Declined("Example Post\x1b[2J", "names the site"),)),
        "text": Provenance("trafilatura", "balanced"),
        "byline": Provenance("json-ld", "author"),
    },
)


def test_every_field_says_value_rule_place_and_each_candidate_with_why() -> None:
    lines = list(explanation(ARTICLE))
    said = "\n".join(lines)
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        "title",
        "authors",
        "editor",
        "date",
        "text",
        "language",
        "image",
        "injected_links",
    ]
    for part in (
        "Harbour opens",
        "by heading: h1",
        "not Example Post[2J (names the site)",
        "2026-03-04T09:30+02:00  (to the minute, from json-ld datePublished, written in +02:00)",
        "en (0.99)",
        "not de (<html lang> says so)",
        "(none)",
        "not 编辑部 (names no one)",
        "not 本站 (names no one)",
        "41 characters, 7 words",
        "www.cheap.example",
    ):
        assert part in said
    assert "\x1b" not in said


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal_and_lose_nothing(width: int) -> None:
    long = Provenance("heading", "h1", (Declined("新桥通车" * 30, "unlike what the page calls itself " * 4),))
    article = replace(ARTICLE, provenance={**ARTICLE.provenance, "title": long})
    lines = list(explanation(article, width))
    assert max(map(display_width, lines)) <= width
    assert "".join("".join(lines).split()) == "".join("".join(explanation(article)).split())


def test_wrapping_keeps_every_character() -> None:
    assert wrapped("", 20) == [""]
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("a" * 45, 20) == ["a" * 20, "a" * 20, "a" * 5]
    assert wrapped("大桥今天通车", 5) == ["大桥", "今天", "通车"]
