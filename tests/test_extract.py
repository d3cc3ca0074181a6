from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Precision, Rejected
from pipelines.extract import extract

NOW = datetime(2026, 11, 1, tzinfo=UTC)
URL = "https://www.example.org/town/new-bridge-opens-after-nine-years-4711.html"
PROSE = "".join(
    f"<p>In year {year} of the works the town waited for the {part} of the bridge, which cost more than anybody had "
    "said it would when the first stone was laid by the mayor on a rainy morning.</p>"
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint"), 1)
)
TITLE = "New bridge opens after nine years"


def page(body: str, head: str = "", title: str = f"{TITLE} - Example Post") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def article(html: bytes, url: str = URL, **options: object) -> Article:
    found = extract(html, url, "text/html", now=NOW, **options)  # type: ignore[arg-type]
    assert isinstance(found, Article), found
    return found


def refusal(html: bytes, url: str = URL, content_type: str | None = "text/html") -> Rejected:
    found = extract(html, url, content_type, now=NOW)
    assert isinstance(found, Rejected), found
    return found


LD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2026-03-04T09:30:00+02:00",
    "dateModified": "2026-03-05T10:00:00Z",
    "author": [{"@type": "Person", "name": "Jane Roe"}, {"@type": "Person", "name": "Reuters"}],
    "articleSection": "Town",
    "keywords": ["bridge", "river"],
    "isAccessibleForFree": "False",
    "publisher": {"@type": "Organization", "name": "Example Post"},
}


def test_structured_data_fill_the_fields_and_say_where_they_came_from() -> None:
    head = f'<script type="application/ld+json">{json.dumps(LD)}</script><meta property="og:image" content="/i/a.jpg">'
    found = article(page(f"<article><h1>{TITLE}</h1>{PROSE}</article>", head))
    assert found.title == TITLE
    assert found.byline == ("Jane Roe",)
    assert found.source_name == "Reuters"
    assert found.published is not None
    assert found.published.utc == datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
    assert found.modified is not None
    assert (found.section, found.tags, found.is_accessible_for_free) == ("Town", ("bridge", "river"), False)
    assert found.lead_image == "https://www.example.org/i/a.jpg"
    assert found.language == "en"
    assert "rainy morning" in found.text
    assert found.provenance["published"].rule == "json-ld"
    assert found.provenance["title"].rule == "heading"
    assert found.extractor == "trafilatura"


def test_a_page_without_data_gives_up_its_date_author_and_title_from_what_is_seen() -> None:
    body = f'<h1>{TITLE}</h1><p class="byline">By John Doe</p><span class="pub-date">2026-03-04 09:30</span>{PROSE}'
    found = article(page(body))
    assert found.byline == ("John Doe",)
    assert found.published is not None
    assert found.published.utc.date().isoformat() == "2026-03-04"
    assert found.published.precision is Precision.MINUTE
    assert found.provenance["byline"].rule == "byline class"


def test_a_date_in_the_future_is_not_believed() -> None:
    found = article(
        page(f"<h1>{TITLE}</h1>{PROSE}", '<meta property="article:published_time" content="2031-01-01T00:00:00Z">')
    )
    assert found.published is None or found.published.utc <= NOW


def test_the_portals_zone_is_used_for_dates_without_one() -> None:
    head = '<meta property="article:published_time" content="2026-03-04 09:30">'
    found = article(page(f"<h1>{TITLE}</h1>{PROSE}", head), zone="Asia/Shanghai")
    assert found.published is not None
    assert found.published.utc == datetime(2026, 3, 4, 1, 30, tzinfo=UTC)


def test_a_chinese_portal_page_gives_source_editor_original_title_and_reporter() -> None:
    prose = "".join(
        f"<p>市政府第{n}次会议决定，全市将继续推进大桥建设，并要求各部门加强配合。</p>" for n in "一二三四五"
    )
    body = (
        "<div class=top><h1>大桥建设继续推进 年底有望通车</h1>"
        "<div class=info>2018-06-05 10:31 来源：示例日报</div></div>"
        f"<div class=content><p>（原标题：大桥年底有望通车）</p>{prose}<p>（示例日报记者 张三丰）</p>"
        "<p>责任编辑：李小四</p></div>"
    )
    found = article(
        page(body, title="大桥建设继续推进 年底有望通车_新闻频道_示例网").decode().encode("gb18030"),
        "http://news.example.cn/a/20180605/1.html",
    )
    assert found.title == "大桥建设继续推进 年底有望通车"
    assert found.original_title == "大桥年底有望通车"
    assert found.source_name == "示例日报"
    assert found.editor == "李小四"
    assert found.byline == ("张三丰",)
    assert found.language == "zh-Hans"
    assert found.published is not None


def test_a_spun_copy_gives_up_its_fields_and_its_text_is_clean() -> None:
    paragraphs = [f"市政府第{n}次会议决定，全市将持续推动大桥建设，并要求各部分加强合作。" for n in "一二三四五六"]
    lines = [
        "原题目:大桥年底有望通车",
        paragraphs[0],
        paragraphs[1].replace("，并", "，www.q7k2p.cn,并"),
        f"[示例日报记者 张三丰]{paragraphs[2]}",
        "义务编纂:李小四",
        *paragraphs[3:],
    ]
    prose = "".join(f"<div>　　{line}</div>" for line in lines)
    found = article(
        page(f"<h1>大桥年底有望 快讯</h1><div>{prose}</div>", title="大桥年底有望 快讯_示例门户"),
        "http://news.example.cn/a/20180605/1.html",
    )
    assert (found.original_title, found.source_name, found.editor) == ("大桥年底有望通车", "示例日报", "李小四")
    assert found.byline == ("张三丰",)
    assert [link.text for link in found.injected_links] == ["www.q7k2p.cn"]
    assert found.text.split("\n") == [*paragraphs[:2], f"[示例日报记者 张三丰]{paragraphs[2]}", *paragraphs[3:]]
    assert {"injected_links", "original_title", "source_name", "editor"} <= set(found.provenance)


def test_a_front_page_is_not_an_article() -> None:
    teasers = "".join(
        f'<article><h2><a href="/town/story-{n}">A headline about matter number {n} in town</a></h2>'
        f'<p><a href="/town/story-{n}">What happened in matter {n}, and who said what about it.</a></p></article>'
        for n in range(40)
    )
    head = '<meta property="og:type" content="website">'
    for url in ("https://www.example.org/", "https://www.example.org/politics/"):
        assert refusal(page(f"<h1>Politics</h1>{teasers}", head), url).reason is Reason.NO_ARTICLE


@dataclass(frozen=True)
class Refused:
    body: bytes
    reason: Reason
    content_type: str | None = "text/html"


REFUSED = {
    "pdf": Refused(b"%PDF-1.7\n%\xe2\xe3", Reason.NOT_HTML, "text/html"),
    "image type": Refused(page(PROSE), Reason.NOT_HTML, "image/png"),
    "json": Refused(b'{"a": "<p>b</p>"}', Reason.NOT_HTML, "application/json"),
    "feed": Refused(b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', Reason.NOT_HTML, "text/xml"),
    "plain": Refused(b"just words", Reason.NOT_HTML, "text/plain"),
    "nothing": Refused(b"", Reason.NO_ARTICLE),
    "short": Refused(page(f"<h1>{TITLE}</h1><p>The bridge opened on Monday, at noon.</p>"), Reason.TOO_SHORT),
    "soft 404": Refused(
        page("<h1>Page not found</h1><p>Try the search.</p>", title="404 - Not Found"), Reason.ERROR_PAGE
    ),
    "login": Refused(page("<h1>Members</h1><p>Please log in to continue reading this story.</p>"), Reason.WALL),
    "shell": Refused(
        page('<div id="root"></div><script src="/app.js"></script>', title="Example"), Reason.CLIENT_RENDERED
    ),
    "attributes": Refused(page("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">x</p>"), Reason.RESOURCE_LIMIT),
    "noise": Refused(b"<p>" + bytes(range(256)) * 8, Reason.UNDECODABLE, "text/html; charset=euc-kr"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_refusal_has_its_reason(name: str) -> None:
    case = REFUSED[name]
    assert refusal(case.body, content_type=case.content_type).reason is case.reason


def test_a_long_attribute_is_not_many() -> None:
    data = "x=1 " * 30_000
    assert article(page(f'<h1>{TITLE}</h1><div data-state="{data}"></div>{PROSE}')).title == TITLE


def test_an_article_about_missing_pages_is_still_an_article() -> None:
    title = "Why the museum's archive page was not found for years"
    assert article(page(f"<h1>{title}</h1>{PROSE * 3}", title=title)).title == title


@dataclass(frozen=True)
class Layout:
    title: str | None = None
    body: str | None = None
    byline: str | None = None
    published: str | None = None
    remove: tuple[str, ...] = ()


def test_a_portals_selectors_overrule_the_general_rules() -> None:
    html = page(
        f"<h1>{TITLE}</h1><div class=kicker>Bridge, at last</div>"
        "<div class=who>Mary Major</div>"
        f"<div class=when>4 March 2026</div>"
        f"<div class=story>{PROSE}<p class=ad>Buy lamps now</p></div><p>{'other ' * 90}</p>"
    )
    found = article(html, select=Layout(".kicker", ".story", ".who", ".when", (".ad",)))
    assert found.title == "Bridge, at last"
    assert found.byline == ("Mary Major",)
    assert found.published is not None
    assert found.published.utc.date().isoformat() == "2026-03-04"
    assert found.text.count("\n") == 4
    assert "other" not in found.text
    assert "lamps now" not in found.text
    assert found.provenance["title"].rule == "select"


def test_nul_and_surrogates_do_not_reach_the_record() -> None:
    found = article(page(f"<h1>{TITLE}</h1>{PROSE}").replace(b"rainy", b"rai\x00ny&#xD800;&#0;"))
    assert "\x00" not in found.text
    found.text.encode()


def test_deep_nesting_keeps_its_article() -> None:
    assert "rainy morning" in article(page("<div>" * 1_500 + f"<h1>{TITLE}</h1>{PROSE}" + "</div>" * 1_500)).text
