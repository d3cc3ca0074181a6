from __future__ import annotations

import pytest

from newsroom.records import Article
from pipelines.body.places import find_places
from pipelines.body.trimming import Trimmed, trim
from pipelines.extract import extract
from pipelines.markup import parse

URL = "https://www.example.org/town/new-bridge-opens-4711.html"
TITLE = "New bridge over the Orle opens after nine years"
LINES = tuple(
    f"In year {year} of the works the town waited for the {part} of the bridge, which cost more than anybody had said."
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint"), 1)
)
PROSE = "".join(f"<p>{line}</p>" for line in LINES)


def trimmed(body: str, text: str, names: tuple[str, ...] = ()) -> Trimmed:
    tree = parse(f"<html><body>{body}</body></html>")
    return trim(text, TITLE, tree, URL, names)


def around(*, before: str = "", middle: str = "", after: str = "", names: tuple[str, ...] = ()) -> dict[str, str]:
    """What is taken out, with the reason, when lines stand around an article's own words."""
    lines = (before, *LINES[:3], middle, *LINES[3:], after)
    body = "".join(f"<p>{line}</p>" for line in lines if line)
    return dict(trimmed(f"<div class=story>{body}</div>", "\n".join(line for line in lines if line), names).taken)


def test_an_article_of_its_own_words_only_stays_as_it_is() -> None:
    assert around() == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (TITLE, "the title again"),
        (f"Town and river: {TITLE}", "the title again"),
        ("Updated 4 May 2024, 10:15 am", "date line"),
        ("Stand: 22.04.2024, 06:00 Uhr", "date line"),
        ("5 min read", "date line"),
        ("By Jane Roe and John Doe", "byline"),
        ("Von Erika Mustermann", "byline"),
        ("Erika Mustermann", "author's name"),
    ],
)
def test_what_stands_over_an_article_is_taken_out(line: str, why: str) -> None:
    assert around(before=line, names=("Erika Mustermann",)) == {line: why}


@pytest.mark.parametrize(
    "line",
    [
        "By the time the piers stood, the mayor had been voted out of office.",
        "On 4 May 2024 the mayor laid the first stone",
        "Erika Mustermann crossed first",
    ],
)
def test_a_first_line_that_says_something_stays(line: str) -> None:
    assert around(before=line, names=("Erika Mustermann",)) == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Advertisement", "advertisement's label"),
        ("- Anzeige -", "advertisement's label"),
        ("Sign up for our newsletter and get the news in your inbox every day.", "promotion"),
        ("Follow us on Facebook, Twitter and Instagram.", "promotion"),
        ("Photo: Jane Roe/Example Agency", "photo credit"),
        ("Bild: Beispielagentur", "photo credit"),
        ("Auch interessant", "related"),
        ("À lire aussi", "related"),
    ],
)
def test_what_a_site_puts_between_paragraphs_is_taken_out(line: str, why: str) -> None:
    assert around(middle=line) == {line: why}


@pytest.mark.parametrize(
    "line",
    [
        "The advertisement that the town had paid for showed a bridge that nobody had built.",
        "Readers can sign up for a walk over the bridge with the woman who drew it.",
        "The photo: a bridge without a deck, and under it the mayor who had promised one to every voter for nine "
        "years, in rain, without an umbrella, looking at the piers that had cost what the whole bridge was to cost.",
        "Related costs came to nine million, as the auditors found when they read the books of the works.",
    ],
)
def test_a_sentence_about_such_things_stays(line: str) -> None:
    assert around(middle=line) == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("(Reporting by Jane Roe; editing by John Doe)", "who contributed"),
        ("Jane Roe contributed to this report.", "who contributed"),
        ("Source: Example Press", "sign-off"),
        ("(jro)", "sign-off"),
        ("jane.roe@example.org", "sign-off"),
        ("___", "sign-off"),
        ("Jane Roe is a senior reporter for the Example Post. Follow her on Twitter.", "about the writer"),
    ],
)
def test_what_closes_an_article_is_taken_out(line: str, why: str) -> None:
    assert around(after=line) == {line: why}
    assert around(middle=line) == {}  # the same words inside an article are the article's


def test_a_line_that_is_nothing_but_a_link_to_the_same_site_is_taken_out() -> None:
    inside = "<p><a href=/town/4712.html>The old bridge comes down at last</a></p>"
    outside = "<p><a href=https://other.example.net/a>The old bridge comes down at last</a></p>"
    contents = "<p><a href=#old>The old bridge comes down at last</a></p>"
    partly = "<p><a href=/town/4712.html>The old bridge</a> comes down at last</p>"
    text = f"{LINES[0]}\nThe old bridge comes down at last\n{LINES[1]}"
    for html, taken in ((inside, 1), (outside, 0), (contents, 0), (partly, 0)):
        assert len(trimmed(f"<div>{LINES[0]}{html}<p>{LINES[1]}</p></div>", text).taken) == taken, html


def test_the_label_over_such_links_goes_with_them() -> None:
    links = "<h3>Also from the river</h3><ul><li><a href=/a>The old bridge comes down at last</a></li></ul>"
    found = trimmed(
        f"<div>{PROSE}{links}</div>",
        "\n".join((*LINES, "Also from the river", "- The old bridge comes down at last")),
    )
    assert [why for _, why in found.taken] == ["announces links", "nothing but a link"]
    assert found.text == "\n".join(LINES)


def test_what_comes_after_the_container_of_the_article_is_not_the_article() -> None:
    body = f"<div class=story>{PROSE}</div><div class=foot><p>We ask our readers for money now and then.</p></div>"
    found = trimmed(body, "\n".join((*LINES, "We ask our readers for money now and then.")))
    assert found.taken == (("We ask our readers for money now and then.", "after the article's container"),)


def test_readers_comments_are_not_the_article_but_an_article_in_the_comment_section_is() -> None:
    comment = "<div class=comment_text><p>What a bridge, what a morning, what a rain it was</p></div>"
    text = "\n".join((*LINES, "What a bridge, what a morning, what a rain it was"))
    assert [why for _, why in trimmed(f"<div>{PROSE}{comment}</div>", text).taken] == ["in a block called comment"]
    assert trimmed(f"<div class='page comment'>{PROSE}</div>", "\n".join(LINES)).taken == ()


def test_a_second_article_under_the_first_is_not_the_first() -> None:
    first = f"<article><h1>{TITLE}</h1>{''.join(f'<p>{line}</p>' for line in LINES[:2])}</article>"
    second = f"<article><h1>The county votes on Sunday</h1>{''.join(f'<p>{line}</p>' for line in LINES[2:])}</article>"
    assert trimmed(first + second, "\n".join(LINES)).text == "\n".join(LINES[:2])
    unheaded = second.replace("h1", "h2")
    assert trimmed(first + unheaded, "\n".join(LINES)).taken == ()


def test_a_last_paragraph_in_a_container_like_the_first_stays() -> None:
    parts = [f"<div class=part><p>{line}</p></div>" for line in LINES]
    body = f"<section>{''.join(parts[:4])}</section>{parts[4]}"
    assert trimmed(body, "\n".join(LINES)).taken == ()


def test_embedded_posts_and_captions_are_not_the_articles_words() -> None:
    post = '<blockquote class="twitter-tweet"><p>What a bridge, what a morning, what a rain it was</p></blockquote>'
    quote = "<blockquote><p>What a bridge, what a morning, what a rain it was</p></blockquote>"
    caption = "<figure><figcaption>What a bridge, what a morning, what a rain it was</figcaption></figure>"
    text = "\n".join((LINES[0], "What a bridge, what a morning, what a rain it was", LINES[1]))
    for html, taken in ((post, 1), (quote, 0), (caption, 1)):
        assert len(trimmed(f"<p>{LINES[0]}</p>{html}<p>{LINES[1]}</p>", text).taken) == taken, html


def test_a_text_is_never_trimmed_to_nothing() -> None:
    assert trimmed("<p>Advertisement</p>", "Advertisement") == Trimmed("Advertisement")


def test_the_article_keeps_who_a_trimmed_line_names_and_why_it_went() -> None:
    page = f"<html><body><article><h1>{TITLE}</h1><p>By Jane Roe</p>{PROSE}</article></body></html>"
    found = extract(page.encode(), URL, "text/html")
    assert isinstance(found, Article)
    assert found.text == "\n".join(LINES)
    assert found.byline == ("Jane Roe",)
    assert [(line.value, line.why) for line in found.provenance["text"].rejected] == [("By Jane Roe", "byline")]


def test_of_two_places_with_the_same_words_the_one_in_the_article_counts() -> None:
    menu = f"<ul><li><a href=/x>{LINES[0]}</a></li></ul>"
    tree = parse(f"<html><body>{menu}<div>{PROSE}</div></body></html>")
    first = find_places(tree, LINES, URL)[0]
    assert first is not None
    assert first.within
    assert first.link_share == 0.0


def test_places_are_found_in_bounded_time() -> None:
    deep = "<div>In " * 1_500 + PROSE + "</div>" * 1_500
    tree = parse(f"<html><body>{deep}{'<p>In year</p>' * 20_000}</body></html>")
    assert any(find_places(tree, ["In year", *LINES], URL))
