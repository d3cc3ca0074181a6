"""The well-behaved part: a small newspaper with front page, feed, sitemaps and validators, in English and Chinese.

Every text was made up for these tests. Article `n` always has the same words, and no two have the same.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from tests.site.server import HTML, Reply, Request, page

ARTICLES = 12
FIRST_DAY = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
XML = "application/xml"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"

WHO = (
    "The harbour board",
    "A retired teacher",
    "The night train crew",
    "The island council",
    "A team of surveyors",
    "The guild of bakers",
)
DID = (
    "has counted",
    "wants to repair",
    "was asked to sell",
    "will open",
    "argued over",
    "has mapped",
    "quietly closed",
)
WHAT = (
    "the old ferry pier",
    "two hundred street lamps",
    "a school garden",
    "the tram depot",
    "a forgotten well",
    "the town clock",
)
WHERE = (
    "near the river mouth",
    "behind the fish market",
    "on the northern ridge",
    "beside the glass factory",
    "under the viaduct",
)
WHY = (
    "after a wet spring",
    "despite thin budgets",
    "because visitors keep asking",
    "before the harvest fair",
    "since nobody objected",
)
谁 = ("港务委员会", "一位退休教师", "夜班列车组", "岛上议会", "测绘小队", "面包师公会")
做 = ("清点了", "打算修复", "被要求出售", "即将开放", "争论着", "悄悄关闭了")
什么 = ("旧渡口码头", "两百盏路灯", "学校菜园", "电车车库", "一口被遗忘的水井", "镇上的大钟")
哪里 = ("在河口附近", "在鱼市后面", "在北边的山脊上", "在玻璃厂旁边", "在高架桥下")
为何 = ("在多雨的春天之后", "尽管预算紧张", "因为游客总在打听", "赶在丰收集市之前", "既然没有人反对")


def published(number: int) -> datetime:
    """When article `number` appeared: one every seven hours."""
    return FIRST_DAY + timedelta(hours=7 * number)


def headline(number: int, language: str = "en") -> str:
    """The title of article `number`."""
    draw = random.Random(f"headline {number}")
    if language == "zh":
        return f"{draw.choice(谁)}{draw.choice(做)}{draw.choice(什么)}（第{number}号）"
    return f"{draw.choice(WHO)} {draw.choice(DID)} {draw.choice(WHAT)}, report {number}"


def paragraphs(number: int, language: str = "en", edition: int = 0) -> list[str]:
    """The body of article `number`: eight paragraphs; a later `edition` changes the last one."""
    body = []
    for place in range(8):
        draw = random.Random(f"{number} {place} {edition if place == 7 else 0}")
        body.append(("" if language == "zh" else " ").join(_sentence(draw, language) for _ in range(4)))
    return body


def _sentence(draw: random.Random, language: str) -> str:
    if language == "zh":
        parts = [draw.choice(bank) for bank in (为何, 谁, 哪里, 做, 什么)]
        return f"{parts[0]}，{parts[1]}{parts[2]}{parts[3]}{parts[4]}，共{draw.randint(2, 9000)}人参加。"
    parts = [draw.choice(bank) for bank in (WHO, DID, WHAT, WHERE, WHY)]
    return f"{' '.join(parts)}, and {draw.randint(2, 9000)} people came to see it."


def article_html(number: int, url: str, *, language: str = "en", charset: str = "utf-8", edition: int = 0) -> str:
    """The page of article `number`, with JSON-LD, canonical link, navigation and a footer."""
    title, when = escape(headline(number, language)), published(number)
    facts = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": headline(number, language),
             "datePublished": when.isoformat(), "author": {"@type": "Person", "name": "Mara Lindqvist"}}  # fmt: skip
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs(number, language, edition))
    return f"""<!DOCTYPE html>
<html lang="{language}"><head><meta charset="{charset}"><title>{title} - The Daily Misbehaviour</title>
<link rel="canonical" href="{escape(url)}"><meta property="og:type" content="article">
<script type="application/ld+json">{json.dumps(facts)}</script></head>
<body><nav><a href="/">Front page</a> <a href="/section/town/">Town</a> <a href="/about">About</a></nav>
<main><article><h1>{title}</h1><p class="byline">By Mara Lindqvist, {when:%d %B %Y %H:%M} UTC</p>
{body}
</article></main><footer><a href="/privacy">Privacy</a> <a href="/login">Log in</a></footer></body></html>
"""


def _validated(request: Request, body: str | bytes, kind: str = HTML) -> Reply:
    """`body` with an ETag, or 304 when the client has it."""
    data = body.encode() if isinstance(body, str) else body
    etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == etag:
        return Reply(status=304, type=None, headers=[("ETag", etag)])
    return Reply(data, type=kind, headers=[("ETag", etag)])


def _path(number: int) -> str:
    return f"/2026/{published(number):%m/%d}/story-{number}.html"


@page("/")
def front(request: Request) -> Reply:
    """The front page: every article, the feed, and the usual noise."""
    teasers = "\n".join(
        f'<article><h2><a href="{_path(number)}">{escape(headline(number))}</a></h2>'
        f"<p>{escape(paragraphs(number)[0][:80])}</p>"
        f'<a rel="nofollow" href="{_path(number)}?print=1">Print</a></article>'
        for number in range(ARTICLES)
    )
    return _validated(request, f"""<!DOCTYPE html>
<html lang="en"><head><title>The Daily Misbehaviour</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>
<body><nav><a href="/section/town/">Town</a> <a href="/calendar/2026/03/">Calendar</a>
<a href="/search?q=pier">Search</a></nav>
<main>{teasers}</main><footer><a href="/about">About</a> <a href="mailto:desk@news.test">Mail</a></footer></body></html>
""")  # fmt: skip


@page("/section/{word}/")
def section(request: Request) -> Reply:
    """A section page in three leaves of four articles."""
    leaf = int(request.query.get("page", "1"))
    numbers = range((leaf - 1) * 4, min(leaf * 4, ARTICLES))
    items = "".join(f'<li><a href="{_path(number)}">{escape(headline(number))}</a></li>' for number in numbers)
    more = f'<a rel="next" href="?page={leaf + 1}">Older</a>' if leaf * 4 < ARTICLES else ""
    return _validated(request, f"<html><head><title>Section</title></head><body><ul>{items}</ul>{more}</body></html>")


@page("/{year}/{month}/{day}/story-{n}.html")
def story(request: Request) -> Reply:
    """One article; `?print=1` and tracking parameters serve twins with the same canonical link."""
    number, path = int(request.match["n"]), request.target.partition("?")[0]
    if number >= ARTICLES or path != _path(number):
        return Reply("<h1>Not found</h1>", 404)
    return _validated(request, article_html(number, request.absolute(path)))


@page("/feed.xml")
def feed(request: Request) -> Reply:
    """RSS 2.0 with the newest ten articles."""
    items = "".join(
        f"<item><title>{escape(headline(number))}</title><link>{escape(request.absolute(_path(number)))}?utm_source=rss</link>"
        f"<pubDate>{format_datetime(published(number), usegmt=True)}</pubDate></item>"
        for number in range(ARTICLES - 1, ARTICLES - 11, -1)
    )
    head = f"<title>The Daily Misbehaviour</title><link>{escape(request.absolute('/'))}</link><language>en</language>"
    return _validated(request, f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>', XML)


@page("/sitemap.xml")
def sitemap_index(request: Request) -> Reply:
    """An index of a news sitemap and a compressed one."""
    names = ("/sitemap-news.xml", "/sitemap-all.xml.gz")
    refs = "".join(f"<sitemap><loc>{escape(request.absolute(name))}</loc></sitemap>" for name in names)
    return _validated(request, f'<?xml version="1.0"?><sitemapindex xmlns="{SITEMAP}">{refs}</sitemapindex>', XML)


@page("/sitemap-news.xml")
def sitemap_news(request: Request) -> Reply:
    """The newest four articles with the news extension."""
    urls = "".join(
        f"<url><loc>{escape(request.absolute(_path(number)))}</loc><news:news><news:publication><news:name>Misbehaviour</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>{published(number).isoformat()}"
        f"</news:publication_date><news:title>{escape(headline(number))}</news:title></news:news></url>"
        for number in range(ARTICLES - 4, ARTICLES)
    )
    names = f'xmlns="{SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return _validated(request, f'<?xml version="1.0"?><urlset {names}>{urls}</urlset>', XML)


@page("/sitemap-all.xml.gz")
def sitemap_all(request: Request) -> Reply:
    """Every article with its lastmod, as a gzip file."""
    urls = "".join(
        f"<url><loc>{escape(request.absolute(_path(number)))}</loc><lastmod>{published(number):%Y-%m-%d}</lastmod></url>"
        for number in range(ARTICLES)
    )
    body = f'<?xml version="1.0"?><urlset xmlns="{SITEMAP}">{urls}</urlset>'
    return _validated(request, gzip.compress(body.encode(), mtime=0), "application/gzip")


@page("/about", "/privacy", "/login")
def service(_: Request) -> Reply:
    """Pages every site has that are no articles."""
    return Reply("<html><head><title>Service</title></head><body><h1>Service</h1><p>How to reach us.</p></body></html>")


@page("/last-modified")
def last_modified(request: Request) -> Reply:
    """An article with Last-Modified only."""
    stamp = format_datetime(published(1), usegmt=True)
    if request.headers.get("if-modified-since") == stamp:
        return Reply(status=304, type=None, headers=[("Last-Modified", stamp)])
    return Reply(article_html(1, request.absolute("/last-modified")), headers=[("Last-Modified", stamp)])
