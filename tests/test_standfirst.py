from __future__ import annotations

import pytest

from newsroom.records import Article
from pipelines.extract import extract

URL = "https://www.example.org/town/new-bridge-opens-4711.html"
TITLE = "New bridge over the Orle opens after nine years"
ABOUT = (
    "Nine years, three mayors and a flood: how a town of four thousand people built the longest bridge of the county."
)
LINES = tuple(
    f"In year {year} of the works the town waited for the {part} of the bridge, which cost more than anybody had said."
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint"), 1)
)
PROSE = "".join(f"<p>{line}</p>" for line in LINES)


def article(above: str, about: str = ABOUT, body: str = PROSE) -> Article:
    head = f'<title>{TITLE}</title><meta property="og:description" content="{about}">'
    header = f"<header><h1>{TITLE}</h1>{above}</header>"
    page = f"<html><head>{head}</head><body>{header}<div class=article-body>{body}</div></body></html>"
    found = extract(page.encode(), URL, "text/html")
    assert isinstance(found, Article), found
    return found


def test_a_standfirst_outside_the_body_is_the_articles_first_paragraph() -> None:
    found = article(f"<p class=dek>{ABOUT}</p>")
    assert found.text.split("\n") == [ABOUT, *LINES]
    assert found.provenance["text"].place == "balanced, the standfirst before it"


def test_a_description_that_no_reader_sees_is_not_the_articles() -> None:
    assert article("").text.split("\n") == list(LINES)


@pytest.mark.parametrize(
    "above",
    [
        f"<nav><p>{ABOUT}</p></nav>",
        f"<p><a href=/town/4711>{ABOUT}</a></p>",
        f"<figure><figcaption>{ABOUT}</figcaption></figure>",
    ],
)
def test_the_same_words_in_a_menu_a_link_or_a_caption_are_no_standfirst(above: str) -> None:
    assert article(above).text.split("\n") == list(LINES)


def test_a_standfirst_that_the_body_begins_with_is_not_said_twice() -> None:
    found = article(f"<p class=dek>{ABOUT}</p>", body=f"<p>{ABOUT}</p>{PROSE}")
    assert found.text.count(ABOUT) == 1


def test_a_few_words_over_a_story_are_a_label() -> None:
    assert article("<p class=dek>Bridges, rivers, mayors</p>", "Bridges, rivers, mayors").text.split("\n") == list(
        LINES
    )
