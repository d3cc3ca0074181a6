from __future__ import annotations

import pytest

from newsroom.records import Declined
from pipelines.clues import read_clues
from pipelines.facts.pictures import find_caption, find_picture
from pipelines.markup import parse

URL = "https://www.example.org/town/bridge-4711234.html"
IMAGE = "https://img.example.org/photos/bridge-opening-1200x630.jpg"


def picture(page: str) -> str | None:
    return find_picture(read_clues(parse(page)), URL)[0]


def caption(page: str, image: str | None = IMAGE, title: str = "Bridge opens") -> str | None:
    tree = parse(page)
    return find_caption(tree, read_clues(tree), image, title)[0]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"<meta property=og:image content='{IMAGE}'>", IMAGE),
        ("<meta property=og:image content='/p/bridge.jpg'>", "https://www.example.org/p/bridge.jpg"),
        ("<link rel=image_src href='/p/bridge.jpg'>", "https://www.example.org/p/bridge.jpg"),
        ("<meta property=og:image content='/img/site-logo.png'>", None),
        ("<meta property=og:image content='/img/placeholder.jpg'>", None),
        ("<meta property=og:image content='/img/default-share.png'>", None),
        ("<meta property=og:image content='data:image/gif;base64,R0lGOD'>", None),
        ("<meta property=og:image content='/p/catalogue.jpg'>", "https://www.example.org/p/catalogue.jpg"),
        ("<p>no picture</p>", None),
    ],
)
def test_the_picture_is_the_articles_own(page: str, expected: str | None) -> None:
    assert picture(page) == expected


def test_a_logo_in_json_ld_gives_way_to_the_picture_in_meta_and_says_why() -> None:
    page = (
        '<script type="application/ld+json">{"@type":"NewsArticle","image":{"url":"https://x.example.org/logo.png"}}'
        f"</script><meta property=og:image content='{IMAGE}'>"
    )
    found, place = find_picture(read_clues(parse(page)), URL)
    assert found == IMAGE
    assert place is not None
    assert place.rejected == (
        Declined("https://x.example.org/logo.png", "image: the site's own picture, not the article's"),
    )


def test_a_picture_named_by_its_id_is_looked_up() -> None:
    page = """<script type="application/ld+json">{"@graph":[
        {"@type":"Article","headline":"Bridge","image":{"@id":"#pic"}},
        {"@type":"ImageObject","@id":"#pic","url":"https://img.example.org/b.jpg","caption":"The bridge at noon"}
        ]}</script>"""
    assert picture(page) == "https://img.example.org/b.jpg"
    assert caption(page, "https://img.example.org/b.jpg") == "The bridge at noon"


def test_the_caption_is_what_stands_under_that_picture_in_another_size() -> None:
    page = """<figure><img src=/photos/harbour-600x400.jpg><figcaption>The harbour</figcaption></figure>
        <figure><picture><source srcset="https://cdn.example.org/w600/bridge-opening-600x315.webp 600w"><img></picture>
        <figcaption>The bridge <span>Photo: J. Roe</span></figcaption></figure>"""
    assert caption(page) == "The bridge Photo: J. Roe"
    assert caption(page, "https://img.example.org/other.jpg") is None


def test_a_caption_needs_no_figure_but_a_picture_beside_it() -> None:
    page = "<div class=box><img src=/bridge-opening.jpg><p class=photo-caption>The bridge</p></div>"
    assert caption(page) == "The bridge"
    assert caption("<article><img src=/bridge-opening.jpg><p class=caption>A table</p></article>") is None


def test_the_alternative_text_in_meta_serves_where_nothing_stands_under_the_picture() -> None:
    assert caption("<meta property=og:image:alt content='The bridge at noon'>") == "The bridge at noon"


@pytest.mark.parametrize("alt", ["bridge-final-2.jpg", "Bridge opens", "x" * 1_500, ""])
def test_a_file_name_or_the_title_is_no_caption(alt: str) -> None:
    assert caption(f"<meta property=og:image:alt content='{alt}'>") is None


def test_one_picture_at_two_addresses_is_known_by_its_number() -> None:
    page = "<figure><img src=/img/91234567/small/a.jpg><figcaption>The bridge</figcaption></figure>"
    assert caption(page, "https://cdn.example.org/91234567/share.jpg") == "The bridge"
    assert caption(page, "https://cdn.example.org/91234568/share.jpg") is None
