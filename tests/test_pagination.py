"""Where an article goes on: both the address and the pager must say so."""

from __future__ import annotations

import time

import pytest

from pipelines.clues import read_clues
from pipelines.markup import parse
from pipelines.pagination import Pager, find_pager

URL = "https://paper.example/2026/03/04/serial-5.html"
TWO = "https://paper.example/2026/03/04/serial-5_2.html"
FAIR, FAIR_2 = "https://paper.example/the-town-fair/", "https://paper.example/the-town-fair-2/"


def pager(body: str, url: str = URL, head: str = "", first: str | None = None) -> Pager:
    tree = parse(f"<html><head>{head}</head><body><p>A story.</p>{body}</body></html>")
    return find_pager(tree, read_clues(tree), url, first)


def later(body: str, url: str = URL, head: str = "", first: str | None = None) -> list[tuple[int, str]]:
    return [(page.number, page.url) for page in pager(body, url, head, first).later]


@pytest.mark.parametrize(
    "words",
    ["下一页", "阅读下一页", "下页 &gt;", "次のページへ", "다음 페이지", "第2页", "2页", "2", "[2]", "&#8250;",
     "Next page", "next &raquo;", "Weiter", "Page suivante", "Nächste Seite", "Weiterlesen auf Seite 2",
     "Página siguiente", "Следующая страница", "Seite 2", "Page 2", "2. The harbour at night"],
)  # fmt: skip
def test_a_pager_speaks_many_languages(words: str) -> None:
    assert later(f'<div><a href="serial-5_2.html">{words}</a></div>') == [(2, TWO)]


def test_numbers_name_all_pages_and_the_present_one_is_none_of_them() -> None:
    links = "".join(f'<a href="{URL[:-5]}_{number}.html">{number}</a>' for number in (1, 2, 3, 4, 99))
    assert [number for number, _ in later(links)] == [2, 3, 4]


@pytest.mark.parametrize(
    "href", ["2.html", "?page=2", "serial-5.html?page=2", "/2026/03/04/serial-5/2/", "./serial-5-p2.html"]
)
def test_relative_addresses_are_resolved(href: str) -> None:
    url = "https://paper.example/2026/03/04/serial-5/" if href == "2.html" else URL
    ((number, found),) = later(f'<a href="{href}">下一页</a>', url)
    assert number == 2
    assert found.startswith("https://paper.example/2026/03/04/")


def test_a_link_element_speaks_for_an_address_that_says_page() -> None:
    assert later("", head=f'<link rel="next" href="{TWO}">') == [(2, TWO)]
    assert pager("", head=f'<link rel="next" href="{TWO}">').evidence == "rel=next"


def test_the_base_element_is_heeded_and_the_page_keeps_its_own_scheme() -> None:
    head = '<base href="http://paper.example/2026/03/04/">'
    assert later('<a href="serial-5_2.html">2</a>', head=head) == [(2, TWO)]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="next" href="/2026/03/04/another-story.html">',
        '<a rel="next" href="/2026/03/04/serial-6.html">Next</a>',
        '<a href="https://elsewhere.example/2026/03/04/serial-5_2.html">2</a>',
        '<p>See <a href="serial-5_2.html">what the harbour board said</a>.</p>',
        '<a href="?page=2#comments">2</a>',
        '<div class="comments"><ul><li><a href="?page=2">2</a></li></ul></div>',
        '<div id="comment-pager"><a rel="next" href="?page=2">Next</a></div>',
        '<a rel="next" href="?print=2">Next</a>',
        '<a href="javascript:page(2)">2</a>',
        '<a href="serial-5_2.html">3</a>',
    ],
)
def test_what_is_no_later_page(link: str) -> None:
    assert later(link) == []


def test_a_pager_with_a_telling_class_needs_no_words() -> None:
    assert later('<div class="article-pagination"><a href="?page=2"><i></i></a></div>') != []
    assert later('<div class="article-body"><a href="?page=2">what the board said in full</a></div>') == []


def test_next_years_fair_needs_a_number_or_the_word_page() -> None:
    neighbour = f'<link rel="next" title="The town fair" href="{FAIR_2}">'
    assert later(f'<div class="pagination"><a rel="next" href="{FAIR_2}">Next</a></div>', FAIR, neighbour) == []
    assert later(f'<a href="{FAIR_2}">2</a>', FAIR) == [(2, FAIR_2)]


def test_a_live_blog_has_no_pages() -> None:
    live = '<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>'
    assert later(f'<a href="{TWO}">2</a>', head=live) == []


def test_a_section_has_none_either() -> None:
    assert later('<a rel="next" href="/blog/page/2/">2</a>', "https://paper.example/blog/") == []


# --- on a later page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ('<a href="serial-5.html">1</a> <b>2</b>', ""),
        ('<a href="serial-5_1.html">1</a> <b>2</b>', ""),
        ('<a href="serial-5.html">上一页</a>', ""),
        ("", f'<link rel="prev" href="{URL}">'),
        ("", f'<link rel="canonical" href="{URL}">'),
    ],
)
def test_a_later_page_names_the_first(body: str, head: str) -> None:
    found = pager(body, TWO, head)
    assert found.number == 2
    assert found.first in (URL, URL.replace("5.html", "5_1.html"))
    assert "page 2 of https://paper.example/" in found.provenance().place


@pytest.mark.parametrize(
    ("body", "head", "url"),
    [
        ("", "", TWO),
        (f'<p>Read <a href="{URL}">the first report</a>.</p>', "", TWO),
        (f'<a rel="prev" href="{FAIR}">Previous</a>', f'<link rel="prev" href="{FAIR}">', FAIR_2),
        ("", f'<link rel="canonical" href="{FAIR}">', FAIR_2),
        ('<a rel="prev" href="/news/11">Previous</a>', "", "https://paper.example/news/12"),
        ('<a href="/news/">1</a>', "", "https://paper.example/news/a-story-of-2026.html"),
    ],
)
def test_an_article_is_not_taken_for_a_page_of_another(body: str, head: str, url: str) -> None:
    assert pager(body, url, head).first is None


def test_known_as_a_later_page_it_names_those_behind_it() -> None:
    links = "".join(f'<a href="serial-5_{number}.html">{number}</a>' for number in (1, 2, 3))
    found = pager(links, TWO, first=URL)
    assert (found.number, found.first, [page.number for page in found.later]) == (2, URL, [3])


def test_a_page_of_a_thousand_links_costs_little() -> None:
    links = "".join(f'<a href="serial-5_{number % 90}.html">{"»" * 300} {"第" * 300}</a>' for number in range(1_000))
    tree = parse(f"<html><body>{links}</body></html>")
    clues = read_clues(tree)
    begun = time.process_time()
    find_pager(tree, clues, URL)
    assert time.process_time() - begun < 1
