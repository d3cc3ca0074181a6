from __future__ import annotations

import pytest

from newsroom.records import Declined, Provenance
from pipelines.clues import read_clues
from pipelines.extract import extract_text
from pipelines.facts.candidates import Offer, choose
from pipelines.facts.canonical import find_canonical
from pipelines.facts.metadata import Facts, find_facts
from pipelines.markup import parse

URL = "https://www.example.org/town/bridge-4711234.html"
TITLE = "Bridge opens after ten years"


def read(page: str, title: str = TITLE) -> tuple[Facts, dict[str, Provenance]]:
    tree = parse(page)
    return find_facts(tree, read_clues(tree), title, URL)


def json_ld(node: str) -> str:
    return f'<script type="application/ld+json">{{"@type":"NewsArticle",{node}}}</script>'


def test_the_first_offer_without_a_fault_is_taken_and_the_others_say_why_not() -> None:
    value, place = choose(
        [Offer("a", "meta", "one", "too short"), Offer("bb", "meta", "two"), Offer("cc", "json-ld", "three")]
    )
    assert value == "bb"
    assert place == Provenance(
        "meta", "two", (Declined("a", "one: too short"), Declined("cc", "three: two goes first"))
    )
    assert choose([Offer("a", "meta", "one", "too short")]) == (None, None)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<meta property=og:site_name content='Example Post'>", "Example Post"),
        (json_ld('"publisher":{"name":"Example &amp; Sons"}'), "Example & Sons"),
        (f"<meta property=og:site_name content='{TITLE}'>" + json_ld('"publisher":"Example Post"'), "Example Post"),
        (f"<title>{TITLE} | Example</title>", "Example"),
        (f"<title>{TITLE} | Town news</title>", None),
    ],
)
def test_the_site_is_named_by_meta_publisher_or_what_follows_the_headline(page: str, expected: str | None) -> None:
    assert read(page)[0].site_name == expected


def test_a_chinese_portal_is_named_at_the_end_of_its_title() -> None:
    facts, _ = read("<title>大桥今天正式通车_新闻中心_示例新闻网</title>", "大桥今天正式通车")
    assert facts.site_name == "示例新闻网"


def test_the_section_is_no_word_for_all_articles() -> None:
    facts, places = read(json_ld('"articleSection":"Articles"') + "<meta property=article:section content='Traffic'>")
    assert facts.section == "Traffic"
    assert places["section"].rejected == (Declined("Articles", "articleSection: names no section"),)


def test_the_section_is_the_last_breadcrumb_before_the_article() -> None:
    trail = """<script type="application/ld+json">{"@type":"BreadcrumbList","itemListElement":[
        {"name":"Home"},{"item":{"name":"Regional"}},{"name":"Traffic"},
        {"name":"Bridge opens after ten years"}]}</script>"""
    assert read(trail)[0].section == "Traffic"


def test_a_section_for_all_news_serves_only_where_no_other_is_named() -> None:
    page = json_ld('"articleSection":"News"')
    assert read(page)[0].section == "News"
    assert read(page + "<meta property=article:section content=Traffic>")[0].section == "Traffic"


def test_tags_are_listed_once_without_the_title() -> None:
    page = f"<meta name=keywords content='bridge, traffic,bridge，{TITLE};town'>"
    facts, places = read(page)
    assert facts.tags == ("bridge", "traffic", "town")
    assert places["tags"] == Provenance("meta", "keywords")


def test_the_articles_own_tags_go_before_the_keywords() -> None:
    facts, places = read("<meta property=article:tag content=Bridge><meta name=keywords content='news, latest'>")
    assert facts.tags == ("Bridge",)
    assert places["tags"].rejected == (Declined("news, latest", "keywords: article:tag goes first"),)


def test_a_description_that_repeats_the_title_is_none() -> None:
    assert read(f"<meta property=og:description content='{TITLE}.'>")[0].description is None
    assert (
        read("<meta name=description content='R&amp;amp;D opens &amp;quot;it&amp;quot;'>")[0].description
        == 'R&D opens "it"'
    )


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (json_ld('"isAccessibleForFree":false'), False),
        (json_ld('"isAccessibleForFree":"http://schema.org/True"'), True),
        (json_ld('"hasPart":{"@type":"WebPageElement","isAccessibleForFree":"False"}'), False),
        (json_ld('"isAccessibleForFree":true,"hasPart":[{"isAccessibleForFree":"False"}]'), True),
        ("<meta property=article:content_tier content=locked>", False),
        ("<meta property=article:content_tier content=free>", True),
        ('<script type="application/ld+json">{"@type":"WebPage","isAccessibleForFree":"False"}</script>', False),
        (json_ld('"isAccessibleForFree":"perhaps"'), None),
        ("<p>nothing said</p>", None),
    ],
)
def test_free_access_is_what_the_page_says_of_it(page: str, expected: bool | None) -> None:
    assert read(page)[0].is_accessible_for_free is expected


def test_a_canonical_address_says_why_it_is_not_believed() -> None:
    page = "<link rel=canonical href='https://other.example.net/town/bridge-4711234.html'>"
    found, place = find_canonical(read_clues(parse(page)), URL)
    assert found == URL
    assert place == Provenance(
        "address fetched",
        "",
        (Declined("https://other.example.net/town/bridge-4711234.html", "rel=canonical: another site"),),
    )
    assert find_canonical(read_clues(parse("<p>x</p>")), URL) == (URL, None)
    believed = find_canonical(read_clues(parse(f"<link rel=canonical href='{URL}'>")), URL + "?ref=home")
    assert believed == (URL, Provenance("rel=canonical", URL))


def test_an_article_carries_the_caption_of_its_picture() -> None:
    text = "".join(
        f"<p>The bridge carried its {n}th thousand of cars over the river on Monday morning.</p>" for n in "123456"
    )
    page = (
        "<meta property=og:image content='/p/bridge-opening.jpg'><article><h1>Bridge opens after ten years</h1>"
        f"<figure><img src=/p/bridge-opening.jpg><figcaption>Cars on the bridge</figcaption></figure>{text}</article>"
    )
    article = extract_text(page, URL)
    assert article.lead_image_caption == "Cars on the bridge"  # type: ignore[union-attr]
    assert article.provenance["lead_image_caption"].rule == "caption"  # type: ignore[union-attr]
