from __future__ import annotations

import json

import pytest

from newsroom.records import Article
from pipelines.extract import extract

URL = "https://www.example.org/town/council-vote-live-4711.html"
TITLE = "Council vote: live updates from the town hall"
LEAD = (
    "The council votes today on the new harbour, after eleven years of debate and two petitions. "
    "We follow the session from the first speech to the last hand in the air."
)
EVENTS = (
    ("2026-03-04T16:40:00+01:00", "The vote is over", "Twenty hands went up for the harbour, nineteen against it."),
    ("2026-03-04T15:10:00+01:00", "A break for coffee", "The members left the hall, and the urns were empty at once."),
    (
        "2026-03-04T14:05:00+01:00",
        "The session begins",
        "The mayor rang her bell and read out the list of those absent.",
    ),
)
PROSE = "".join(
    f"<p>In year {year} of the debate the town waited for the {part} of the harbour, which cost more than anybody had "
    "said it would when the first plan was shown in the library.</p>"
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint"), 1)
)


def page(body: str, head: str = "", title: str = TITLE) -> bytes:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<main><h1>{title}</h1>{body}</main><footer>About us</footer></body></html>"
    ).encode()


def read(html: bytes) -> Article:
    found = extract(html, URL, "text/html")
    assert isinstance(found, Article), found
    return found


def data(updates: list[dict[str, str]], **more: str) -> str:
    node = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": updates}
    return f'<script type="application/ld+json">{json.dumps({**node, **more})}</script>'


UPDATES = [
    {"@type": "BlogPosting", "headline": head, "datePublished": when, "articleBody": words}
    for when, head, words in EVENTS
]
SHOWN = "\n\n".join(f"{when[:10]} {when[11:16]} +01:00\n{head}\n{words}" for when, head, words in EVENTS)


def entries(time: str = '<time datetime="{0}">{1}</time>', tag: str = "div", name: str = "x1") -> str:
    return "".join(
        f"<{tag} class={name}>{time.format(when, when[11:16])}<h2>{head}</h2><p>{words}</p>"
        f"<figure><img src=a.jpg><figcaption>Photo: Jane Roe</figcaption></figure>"
        f"<div class=share><a href=/s>Share</a></div></{tag}>"
        for when, head, words in EVENTS
    )


def test_entries_that_the_data_name_are_kept_in_order_each_led_by_its_time() -> None:
    found = read(page(f"<p>{LEAD}</p><div>{entries()}</div>", data(UPDATES)))
    assert found.text == f"{LEAD}\n\n{SHOWN}"
    assert found.provenance["text"].rule == "live blog"
    assert "3 entries" in found.provenance["text"].place


def test_a_blog_without_data_is_told_by_the_names_of_its_blocks() -> None:
    body = f"<p>{LEAD}</p><section class=live-blog>{entries(tag='article', name='post')}</section>"
    assert read(page(body, title="Council votes on the harbour")).text == f"{LEAD}\n\n{SHOWN}"


@pytest.mark.parametrize("clock", ["<span class=time>{1}</span>", "<b>{1} Uhr</b>"])
def test_a_clock_in_words_is_a_time_where_the_title_says_live(clock: str) -> None:
    text = read(page(f"<p>{LEAD}</p><div>{entries(clock)}</div>", title="Council vote: liveblog")).text
    at = [text.index(part) for part in ("16:40", "The vote is over", "15:10", "A break", "14:05", "The session begins")]
    assert at == sorted(at)
    assert "Jane Roe" not in text
    assert "Share" not in text


LAYOUTS = {
    "clock in the heading": "<li><h3><span class=clock>{1}</span> <span>{2}</span></h3><p>{3}</p></li>",
    "time beside its entry": "<time datetime={0}>{1}</time><h3>{2}</h3><p>{3}</p>",
    "clock in a paragraph": "<p><strong>{1} Uhr</strong></p><h3>{2}</h3><p>{3}</p>",
    "list of terms": "<dt>{1}</dt><dd><h4>{2}</h4><p>{3}</p></dd>",
    "table": "<tr><td>{1}</td><td><h4>{2}</h4><p>{3}</p></td></tr>",
    "plugin": "<li class=live-blog-entry><p><span>{1}</span></p><div><h4>{2}</h4><p>{3}</p></div></li>",
    "microdata": (
        "<div itemprop=liveBlogUpdate itemscope><meta itemprop=datePublished content={0}><h3>{2}</h3><p>{3}</p></div>"
    ),
}
WRAPPERS = {"list of terms": "dl", "table": "table", "plugin": "ul", "clock in the heading": "ol"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_time_headline_and_words_once_and_in_order(layout: str) -> None:
    tag = WRAPPERS.get(layout, "div")
    rows = "".join(LAYOUTS[layout].format(when, when[11:16], head, words) for when, head, words in EVENTS)
    found = read(page(f"<p>{LEAD}</p><{tag}>{rows}</{tag}>", title="Council vote: liveblog"))
    assert found.provenance["text"].rule == "live blog"
    parts = [part for when, head, words in EVENTS for part in (when[11:16], head, words)]
    assert [found.text.count(part) for part in parts] == [1] * 9
    assert [found.text.index(part) for part in parts] == sorted(found.text.index(part) for part in parts)


def test_the_lead_is_cleaned_like_any_text() -> None:
    head = f"<h2>{TITLE}</h2><p>{LEAD}</p><p>Advertisement</p>"
    assert read(page(f"{head}<div>{entries()}</div>", data(UPDATES))).text == f"{LEAD}\n\n{SHOWN}"


def test_a_clock_gets_its_day_from_the_data() -> None:
    assert SHOWN in read(page(f"<p>{LEAD}</p><div>{entries('<time>{1}</time>')}</div>", data(UPDATES))).text


def test_entries_that_only_the_data_hold_are_read_from_there() -> None:
    marked = [{**update, "articleBody": f"<p>{update['articleBody']}&nbsp;</p>"} for update in UPDATES]
    assert read(page("<div id=blog></div>", data(marked))).text == SHOWN


def test_data_cut_short_do_not_replace_what_the_page_says() -> None:
    short = [{**update, "articleBody": update["articleBody"][:20]} for update in UPDATES]
    assert "paint of the harbour" in read(page(PROSE, data(short))).text


def test_a_ticker_beside_an_article_is_not_its_text() -> None:
    ticker = "".join(f"<li><time datetime={when}>{when[11:16]}</time> {words}</li>" for when, _, words in EVENTS)
    found = read(page(f"<article>{PROSE}</article><ul class=live-ticker>{ticker}</ul>", title="Harbour opens at last"))
    assert found.provenance["text"].rule != "live blog"
    assert "the urns were empty" not in found.text


def test_readers_comments_under_a_live_report_are_no_entries() -> None:
    remarks = f"<div class=comments>{entries(name='comment')}</div>"
    assert read(page(f"<article>{PROSE}</article>{remarks}")).provenance["text"].rule != "live blog"


def test_an_article_that_gives_times_of_day_stays_as_it_is() -> None:
    timed = PROSE.replace("In year", "At <time datetime=2026-03-04T10:00Z>10:00</time> in year")
    found = read(page(f"<article>{timed}</article>", title="How the council went live on the radio"))
    assert found.provenance["text"].rule != "live blog"
    assert "\n2026" not in found.text
