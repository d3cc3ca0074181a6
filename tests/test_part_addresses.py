"""Which address is page 2 of which, as far as addresses say."""

from __future__ import annotations

import time

import pytest

from newsroom.part_addresses import as_part, later_page, may_be_part, part_addresses, whole_address

STORY = "https://paper.example/town/story.html"


@pytest.mark.parametrize(
    ("first", "link", "number"),
    [
        (STORY, "https://paper.example/town/story_2.html", 2),
        (STORY, "https://paper.example/town/story-p3.html", 3),
        (STORY, "http://www.paper.example/town/story_2.shtml", 2),
        (STORY, "https://paper.example/town/story.html?page=4", 4),
        (STORY, "https://paper.example/town/story.html/2", 2),
        (STORY, "https://paper.example/town/story/2.html", 2),
        ("https://paper.example/a/story", "https://paper.example/a/story/seite-2", 2),
        ("https://paper.example/a/story/", "https://paper.example/a/story/page/2/", 2),
        ("https://paper.example/show?id=7", "https://paper.example/show?pg=2&id=7", 2),
        ("https://paper.example/a/index.html", "https://paper.example/a/index_2.html", 2),
        ("https://paper.example/a/", "https://paper.example/a/index_2.html", 2),
        ("https://paper.example/a/story_1.html", "https://paper.example/a/story_2.html", 2),
        ("https://paper.example/a/河边_1.html", "https://paper.example/a/%E6%B2%B3%E8%BE%B9_2.html", 2),
    ],
)
def test_a_later_page_is_known_by_its_address(first: str, link: str, number: int) -> None:
    found = later_page(first, link)
    assert found is not None
    assert (found.number, found.sure) == (number, True)
    assert may_be_part(link)
    assert as_part(first, link) == f"page {number} of {first}"


@pytest.mark.parametrize(
    ("first", "link"),
    [
        (STORY, STORY),
        (STORY, "https://paper.example/town/story.html?print=2"),
        (STORY, "https://paper.example/town/another_2.html"),
        (STORY, "https://paper.example/village/story_2.html"),
        (STORY, "https://elsewhere.example/town/story_2.html"),
        (STORY, "https://paper.example/town/story_2026.html"),
        (STORY, "https://paper.example/town/story_1.html"),
        ("https://paper.example/news/12", "https://paper.example/news/13"),
        ("https://paper.example/news/12.html", "https://paper.example/news/13.html"),
        ("https://paper.example/?p=959", "https://paper.example/?p=968"),
        ("https://paper.example/?p=9", "https://paper.example/?p=10"),
        ("https://paper.example/", "https://paper.example/page/2/"),
        ("https://paper.example/", "https://paper.example/2/"),
        ("https://paper.example/", "https://paper.example/?page=2"),
        (STORY, "mailto:desk@paper.example"),
        ("", "https://paper.example/town/story_2.html"),
    ],
)
def test_another_address_is_no_later_page(first: str, link: str) -> None:
    assert later_page(first, link) is None


@pytest.mark.parametrize("name", ["the-fair-2", "top-2", "the-fair,2", "the-fair-part-2"])
def test_a_number_at_the_end_of_a_slug_is_not_sure(name: str) -> None:
    read = part_addresses(f"https://paper.example/a/{name}/")
    assert {(each.number, each.sure) for each in read} == {(2, False)}
    assert f"paper.example/a/{name[:-2]}" in [each.whole for each in read]


def test_one_page_is_the_same_in_all_spellings() -> None:
    spellings = ("http://www.paper.example/a/", "https://paper.example/a", "https://paper.example/a/index.html")
    assert {whole_address(each) for each in spellings} == {"paper.example/a"}
    assert whole_address("not an address") == ""


@pytest.mark.parametrize(
    "tail", ["-" * 50_000, "_2" * 50_000, "-p" * 50_000 + "2", "?page=" * 20_000, "&page=2" * 9_000]
)
def test_hostile_addresses_cost_little(tail: str) -> None:
    begun = time.process_time()
    part_addresses(f"https://paper.example/a/story{tail}")
    later_page(STORY, STORY + tail)
    may_be_part(tail)
    assert time.process_time() - begun < 2
