from __future__ import annotations

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Rejected
from pipelines.extract import extract

SLUG = "https://www.example.org/news/all-that-happened-in-our-town-this-week"
WHO = (
    "mayor",
    "baker",
    "school",
    "ferry",
    "choir",
    "library",
    "market",
    "museum",
    "harbour",
    "bridge",
    "park",
    "theatre",
)
STANDFIRST = "What the {0} did on Tuesday, and why half of the town came to see it, although nobody had said it would."


def page(body: str) -> bytes:
    return f"<!doctype html><html><head><title>The week in our town</title></head><body>{body}</body></html>".encode()


def read(body: str, url: str = SLUG) -> Article | Rejected:
    return extract(page(f"<h1>The week in our town</h1>{body}"), url, "text/html")


def cards(card: str) -> str:
    return "<div>" + "".join(card.format(who, STANDFIRST.format(who)) for who in WHO) + "</div>"


@pytest.mark.parametrize(
    "card",
    [
        "<article><h3><a href=/s/{0}>News of the {0} and its friends</a></h3><p>{1}</p></article>",
        "<article><a href=/s/{0}></a><h3>News of the {0} and its friends</h3><p>{1}</p></article>",
        "<a href=/s/{0}><h2>News of the {0} and its friends</h2><p>{1}</p></a>",
        "<div><div><a href=/s/{0}>News of the {0} and its friends</a></div><p>{1}</p></div>",
        "<div><h4>News of the {0} and its friends</h4><p>{1}</p><p><a href=/s/{0}>More</a></p></div>",
    ],
)
def test_teasers_with_standfirsts_are_a_listing_whatever_the_address_says(card: str) -> None:
    found = read(cards(card))
    assert isinstance(found, Rejected), found.text
    assert found.reason is Reason.NO_ARTICLE
    assert "teasers of 12 pages" in found.detail


def test_an_article_with_teasers_around_it_is_an_article() -> None:
    prose = "".join(f"<p>{STANDFIRST.format(who)} {STANDFIRST.format('rest of the ' + who)}</p>" for who in WHO)
    aside = cards("<article><h3><a href=/s/{0}>News of the {0} and its friends</a></h3></article>")
    assert isinstance(read(f"<article>{prose}</article><section>{aside}</section>"), Article)


def test_an_article_whose_paragraphs_have_links_and_headings_is_an_article() -> None:
    parts = "".join(
        f"<h2>The {who}</h2><p>{STANDFIRST.format(who)} <a href=/s/{who}>The report</a> says more of it.</p>"
        f"<p>{STANDFIRST.format('rest of the ' + who)} It is the second time, as <a href=/t/{who}>we wrote</a>.</p>"
        for who in WHO
    )
    assert isinstance(read(f"<article>{parts}</article>"), Article)
