from __future__ import annotations

from datetime import UTC, datetime

from newsroom.records import Article
from pipelines.body.links import MAX_LINKS, body_links
from pipelines.extract import extract
from pipelines.markup import parse
from pipelines.text import without_headline

URL = "https://www.example.org/town/mills.html"
FIRST = "The owners of the last two mills by the river wrote to the council on Monday, and asked it for help again."
SECOND = "A report of last year says that the river carries less water every summer than the mills would need."
TEXT = f"{FIRST}\n{SECOND}"


def page(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


def linked(text: str, words: str, href: str) -> str:
    return f"<p>{text.replace(words, f'<a href={href!r}>{words}</a>')}</p>"


BODY = linked(FIRST, "the council", "/council") + linked(SECOND, "A report", "../report.pdf?a=1#p2")


def test_links_of_the_text_are_kept_and_those_around_it_are_not() -> None:
    around = (
        "<nav><a href=/>Home</a><a href=/river>the river</a></nav><p><a href=/more>The owners of another mill</a></p>"
    )
    assert body_links(parse(page(around + BODY)), TEXT, URL) == (
        "https://www.example.org/council",
        "https://www.example.org/report.pdf?a=1#p2",
    )


def test_the_base_of_the_page_counts() -> None:
    found = body_links(parse(page(BODY, "<base href='/archive/2026/'>")), TEXT, URL)
    assert found[1] == "https://www.example.org/archive/report.pdf?a=1#p2"


def test_mail_scripts_and_jumps_are_no_links() -> None:
    hrefs = ("mailto:a@example.org", "javascript:void(0)", "#top", "", "http://[")
    body = "".join(linked(FIRST, "the council", href) for href in hrefs)
    assert body_links(parse(page(body)), TEXT, URL) == ()


def test_there_is_an_end_to_them() -> None:
    body = "".join(linked(FIRST, "the council", f"/{number}") for number in range(500))
    assert len(body_links(parse(page(body)), TEXT, URL)) == MAX_LINKS


def test_an_article_has_them_and_its_text_does_not_begin_with_its_headline() -> None:
    title = "Mill owners ask the council for help"
    html = page(f"<article><h1>{title}</h1>{BODY}<p>{FIRST[::-1]}</p></article>", f"<title>{title}</title>")
    found = extract(html.encode(), URL, "text/html", now=datetime(2026, 11, 1, tzinfo=UTC))
    assert isinstance(found, Article)
    assert found.title == title
    assert found.text.startswith("The owners")
    assert "https://www.example.org/council" in found.links


def test_only_a_line_that_is_the_headline_again_is_dropped() -> None:
    assert without_headline("Mills: “Help!”\n\nText follows.", "MILLS: help") == "Text follows."
    assert without_headline("Mills ask for help\nText follows.", "Mills") == "Mills ask for help\nText follows."
    assert without_headline("Mills", "Mills") == "Mills"
    assert without_headline("", "") == ""
    assert without_headline("…\nText follows.", "") == "…\nText follows."
