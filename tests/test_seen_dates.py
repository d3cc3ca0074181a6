from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from pipelines.clues import read_clues
from pipelines.dates.dating import find_dates
from pipelines.dates.seen_dates import seen_dates
from pipelines.markup import parse

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TITLE = "Mill owners ask the council for help"
PROSE = "<p>The owners of the last two mills by the river wrote to the council and asked it for help again.</p>" * 4


def day(body: str, title: str = TITLE) -> str | None:
    seen, _ = seen_dates(parse(f"<html><body>{body}</body></html>"), title, None, NOW)
    return seen.moment.utc.date().isoformat() if seen else None


def published(html: str, url: str = "https://www.example.org/town/mills.html") -> str | None:
    tree = parse(html)
    dates = find_dates(tree, read_clues(tree), url, title=TITLE, zone=None, now=NOW)
    return dates.published.utc.date().isoformat() if dates.published else None


@pytest.mark.parametrize(
    "line",
    [
        "<p>5 March 2026</p>",
        "<p>Town, 5. März 2026 - 10:31 Uhr</p>",
        "<div><span>5</span> <span>March</span> <span>2026</span></div>",
        "<span class=label>Datum:</span> <span>05.03.2026</span>",
        "<time datetime='2026-03-05T09:00:00Z'>on Thursday</time>",
        "<p>2026年3月5日 10:31 来源：示例日报</p>",
        "<a class=entry-date href=/2026/>March 5, 2026</a>",
    ],
)
def test_a_date_below_the_headline_is_the_articles(line: str) -> None:
    assert day(f"<h1>{TITLE}</h1>{line}{PROSE}") == "2026-03-05"


def test_dates_of_other_stories_lose_against_the_one_at_the_headline() -> None:
    others = "".join(f"<li><a href=/{n}>A story of another day</a> <time>0{n}.02.2026</time></li>" for n in range(1, 9))
    page = f"<ul>{others}</ul><b>{TITLE}</b><br>05.03.2026, by our reporter{PROSE}<aside>12.01.2026</aside>"
    assert day(page) == "2026-03-05"


def test_a_label_makes_a_date_the_articles_wherever_it_stands() -> None:
    assert day(
        f"<h1>{TITLE}</h1>{PROSE * 4}<p>The mill closed on 1 May 2019.</p><p>Veröffentlicht: 05.03.2026</p>"
    ) == ("2026-03-05")


@pytest.mark.parametrize(
    "body",
    [
        PROSE,
        "<p>© 2026 Example Post. All rights reserved 01.01.2026</p>",
        "<p>In 2026 the town had 2019 mills.</p>",
        "<p>1 January 2031</p>",  # after now
        "<p>March 2026</p>",  # no day
        "<script>var built = '2026-03-05';</script>",
    ],
)
def test_what_is_no_days_date_gives_none(body: str) -> None:
    assert day(f"<h1>{TITLE}</h1>{body}") is None


def test_the_time_of_day_beside_the_date_is_kept() -> None:
    seen, _ = seen_dates(
        parse(f"<html><body><h1>{TITLE}</h1><p>2026-03-05 10:31</p></body></html>"), TITLE, "Asia/Shanghai", NOW
    )
    assert seen is not None
    assert seen.moment.utc == datetime(2026, 3, 5, 2, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "WebPage", "datePublished": "2026-03-05T10:00:00Z"}</script>',
        '<script type="application/ld+json">{"@type": "NewsArticle", "name": "a "b"", "datePublished": "2026-03-05"'
        "</script>",
        '<meta name="article:published_time" value="2026-03-05T10:00:00Z">',
    ],
)
def test_data_that_are_odd_are_read_all_the_same(head: str) -> None:
    html = f"<html><head>{head}</head><body><h1>{TITLE}</h1>{PROSE}<p>Posted: 1 May 2020</p></body></html>"
    assert published(html) == "2026-03-05"


@pytest.mark.parametrize("path", ["/2026/03/05/mills.html", "/meldungen/05-03-2026", "/20260305/mills.html"])
def test_the_address_gives_the_day_when_the_page_does_not(path: str) -> None:
    html = f"<html><body><h1>{TITLE}</h1>{PROSE}</body></html>"
    assert published(html, f"https://www.example.org{path}") == "2026-03-05"


def test_thousands_of_dates_cost_little() -> None:
    page = f"<h1>{TITLE}</h1>" + "<p>The mill of 5 March 2026 by the river</p>" * 20_000
    assert day(page) == "2026-03-05"


def test_reading_a_page_without_a_date_never_loads_dateparser() -> None:
    code = (
        "import sys; from pipelines.extract import extract; "
        f"extract({f'<html><body><h1>{TITLE}</h1>{PROSE}<p>Posted 4 dagen geleden, 1 foo 2020</p></body></html>'!r}"
        ".encode(), 'http://example.org/a'); print('dateparser' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "False"


def test_a_date_in_the_list_of_facts_below_the_headline_is_the_articles() -> None:
    facts = "<ul><li>By John Doe</li><li class=date><time>5 March 2026, 12:01</time></li></ul>"
    teasers = "<ul><li class=date><a href=/b>Another story</a> <time>1 March 2026</time></li></ul>"
    assert day(f"{teasers}<h1>{TITLE}</h1>{facts}{PROSE}{teasers}") == "2026-03-05"


def test_a_link_to_a_publication_is_not_named_for_a_date() -> None:
    links = "".join(f"<p><a class='Publication' href=/{n}>No. {n} of 0{n} March 2026</a></p>" for n in range(1, 9))
    assert day(f"<h1>{TITLE}</h1><em>10 March 2026</em>{links}{PROSE}") == "2026-03-10"


def test_the_date_of_the_day_in_the_head_of_the_page_loses_against_the_one_below_the_headline() -> None:
    assert day(f"<span class=date>14 March 2026</span>{PROSE}<h1>{TITLE}</h1><p>13 March 2026</p>") == "2026-03-13"
