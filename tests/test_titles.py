from __future__ import annotations

import time

import pytest

from newsroom.records import Provenance
from pipelines.clues import read_clues
from pipelines.headline.site_names import cut_site, site_in_title, without_site
from pipelines.headline.titles import find_title
from pipelines.markup import drop_hidden, parse

URL = "https://www.example.org/town/bridge-4711234.html"
NAMES = ("examplepost", "example")


def title_of(page: str, url: str = URL) -> tuple[str, Provenance | None]:
    tree = parse(page)
    clues = read_clues(tree)
    drop_hidden(tree)
    return find_title(clues, url)


def headline(page: str) -> str:
    return title_of(page)[0]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The bridge is open | Example Post", "The bridge is open"),
        ("The bridge is open - Example", "The bridge is open"),
        ("The bridge is open › Example Post", "The bridge is open"),
        ("Example Post: the whole story", "Example Post: the whole story"),
        ("大桥今天正式通车_新闻频道_示例网", "大桥今天正式通车"),
        ("A plain title", "A plain title"),
    ],
)
def test_the_sites_name_is_cut_off_a_page_title(title: str, expected: str) -> None:
    assert cut_site(title, NAMES) == expected


def test_only_what_names_the_site_is_cut_off_the_titles_of_meta_elements() -> None:
    assert without_site("Windows reads along // #Privacy", NAMES) == "Windows reads along // #Privacy"
    assert without_site("The town builds a bridge | Example Post", NAMES) == "The town builds a bridge"
    assert without_site("橋が開通した:例の日誌", ("例の日誌",)) == "橋が開通した"


def test_a_heading_is_the_headline_though_the_data_are_worded_otherwise() -> None:
    page = "<meta property=og:title content='You will not believe what opened'><h1>Town opens its bridge</h1><p>x</p>"
    title, place = title_of(page)
    assert title == "Town opens its bridge"
    assert place is not None and place.rule == "heading" and place.place == "the only h1"
    assert [(other.value, other.why) for other in place.rejected] == [
        ("You will not believe what opened", "og:title: not as the heading has it")
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "<h1><a href='/'>The Daily Bugle of the Town</a></h1>",
        "<h1 class=site-title>The Daily Bugle of the Town</h1>",
        "<a href='https://www.example.org/'><h1>The Daily Bugle of the Town</h1></a>",
        "<h1>Sports</h1>",
        "<h1>Example Post</h1>",
        "<nav><h1>Where to go from here</h1></nav>",
        "<h1 class=visually-hidden>Welcome to our pages</h1>",
        "<h1>Home</h1>",
        "<h1>\\</h1>",
    ],
)
def test_a_heading_of_the_site_is_not_the_headline(heading: str) -> None:
    page = f"<meta property=og:title content='Town opens its bridge'>{heading}<p>x</p>"
    title, place = title_of(page)
    assert title == "Town opens its bridge"
    assert place is not None
    assert place.rule == "meta"


def test_a_link_to_the_article_itself_does_not_make_a_heading_the_sites() -> None:
    page = f"<meta property=og:title content='Bridge fever'><h1><a href='{URL}'>Town opens its bridge</a></h1>"
    assert headline(page) == "Town opens its bridge"


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<span>Local news</span> | <span>Town opens its bridge</span>", "Town opens its bridge"),
        ("<span>Town opens its bridge</span> <span>A century of waiting ends</span>", "Town opens its bridge"),
        ("Town opens its bridge <div>Posted on 1 July by <a href=/staff>staff</a></div>", "Town opens its bridge"),
    ],
)
def test_kicker_subtitle_and_date_go_where_the_data_leave_them_out(inner: str, said: str) -> None:
    assert headline(f"<meta property=og:title content='{said}'><h1>{inner}</h1>") == said


def test_a_kicker_stays_where_the_data_have_it() -> None:
    inner = "<span>Traffic</span><span hidden>: </span><span>Town opens its bridge</span>"
    page = f"<meta property=og:title content='Traffic: Town opens its bridge'><h1>{inner}</h1>"
    assert headline(page) == "Traffic: Town opens its bridge"


def test_emphasis_in_a_heading_is_not_a_kicker() -> None:
    page = "<meta property=og:title content='opens its bridge'><h1><em>Town</em> opens its bridge</h1>"
    assert headline(page) == "Town opens its bridge"


def test_a_kicker_that_json_ld_and_meta_agree_on_is_put_before_the_heading() -> None:
    json_ld = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Traffic: Town opens it"}</script>'
    meta = "<meta property=og:title content='Traffic: Town opens it'>"
    assert headline(json_ld + meta + "<h1>Town opens it</h1>") == "Traffic: Town opens it"
    assert headline(json_ld + "<h1>Town opens it</h1>") == "Town opens it"


def test_a_heading_unlike_the_headline_of_json_ld_gives_way_to_it() -> None:
    json_ld = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Fire &amp; water"}</script>'
    assert headline(json_ld + "<h1>All of today in our live ticker</h1>") == "Fire & water"


def test_the_heading_in_the_article_goes_before_those_around_it() -> None:
    page = "<title>News</title><div><h1>Choose your town</h1></div><main><h1>Bridge is open</h1></main>"
    assert headline(page) == "Bridge is open"


def test_a_blogs_front_page_below_the_host_is_a_front_page() -> None:
    page = "<title>Up the hill - My walks</title><h1><a href=/anna/>My walks</a></h1><p>x</p>"
    assert title_of(page, "https://blog.example.org/anna/e/12ab")[0] == "Up the hill"


@pytest.mark.parametrize("nothing", ["\\", "-", "Home", "首页", "Example", "| Example Post"])
def test_a_title_that_names_nothing_is_none(nothing: str) -> None:
    page = f"<meta property=og:site_name content='Example Post'><title>{nothing}</title><p>x</p>"
    assert title_of(page) == ("", None)


def test_the_site_named_only_in_the_title_is_known_by_what_follows_the_headline() -> None:
    assert site_in_title("大桥今天正式通车_新闻频道_示例网", "大桥今天正式通车", ()) == "示例网"
    assert site_in_title("Bridge is open - Example Post", "Bridge is open", ("example",)) == "Example Post"
    assert site_in_title("Bridge is open - at last", "Bridge is open", ("example",)) is None


def test_hostile_titles_cost_little() -> None:
    page = f"<title>{'a | ' * 50_000}</title><h1>{'<span> - </span>' * 5_000}</h1><h1>{'<b>' * 1_500}x y z</h1>"
    started = time.process_time()
    headline(page)
    assert time.process_time() - started < 1.0


def test_of_two_headings_the_one_like_the_data_is_the_headline() -> None:
    page = (
        "<meta property=og:title content='The town opens a bridge on Monday morning'><main><h1>All about traffic</h1>"
        "<h1>The town opens its new bridge on Monday</h1></main>"
    )
    assert headline(page) == "The town opens its new bridge on Monday"


def test_a_heading_inside_the_text_does_not_stand_for_the_article() -> None:
    page = "<meta property=og:title content='Bridge fever'><div class=entry-content><p>x</p><h1>How it began</h1></div>"
    assert headline(page) == "Bridge fever"
    assert headline(page.replace("Bridge fever", "How it began")) == "How it began"


def test_a_heading_in_the_breadcrumbs_counts_where_the_data_say_the_same() -> None:
    trail = "<nav><ol class=breadcrumb><li><h1>Town opens its bridge</h1></ol></nav>"
    assert headline("<title>Town opens its bridge</title>" + trail) == "Town opens its bridge"
    assert headline("<title>A century of waiting ends</title>" + trail) == "A century of waiting ends"


def test_a_paper_named_behind_a_strong_separator_is_cut_off_a_chinese_title() -> None:
    assert without_site("大桥今天上午正式建成通车--某某报", ()) == "大桥今天上午正式建成通车"
    assert without_site("深度|大桥今天上午正式建成通车", ()) == "深度|大桥今天上午正式建成通车"
