"""The demo: its portals, its checker, and that a run of it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.demo.report import changed_lines, copy_lines, quoted
from copydesk.demo.server import serve
from copydesk.demo.site import FEED, FORBIDDEN, MAIN_SITEMAP, Site
from copydesk.demo.stage import DemoError, Stage, environment, open_stage, portal_file
from copydesk.demo.stories import PAPERS, Story, load_papers, spin
from copydesk.demo.truth import SPEAKS, Snapshot, claims_of_first, claims_of_second, oddity_url, stories_of
from newsroom.errors import UsageError
from newsroom.portals import load_portals
from newsroom.reasons import Reason
from newsroom.records import Article, Copy, CopyKind, Moment, Rejected, Revision, Role
from pipelines.extract import extract
from spiders.feeds import parse_feed
from spiders.sitemaps import parse_sitemap
from storage.articles import StoredArticle
from storage.coverage import CoveredUrl

REPOSITORY = Path(__file__).parents[1]
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
WORD = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+", re.IGNORECASE)
EXCHANGED = {"harbour": ["engines", "motors"], "linjiang": ["教师", "西席"]}
SPUN = "the spun stories are named as spun copies of the right articles, with changed words"
SPUN_TITLES = {"harbour": "Pilot boat crew learns to row again", "linjiang": "南岸新区小学秋季扩班 校车线路同步调整"}
OTHERS = "nothing else is taken for a copy"


@pytest.fixture
def sites() -> dict[str, Site]:
    papers = load_papers(NOW)
    return {name: Site(paper, f"http://127.0.0.1:{9000 + at}") for at, (name, paper) in enumerate(papers.items())}


def body(site: Site, path: str) -> bytes:
    return site.answer(path).body


# --- the portals --------------------------------------------------------------------------------------------------


def test_each_portal_prints_between_12_and_20_stories_in_all() -> None:
    papers = load_papers(NOW)
    assert list(papers) == list(PAPERS)
    assert all(12 <= len(paper.stories) <= 20 for paper in papers.values())
    assert papers == load_papers(NOW)  # the same on every run


def test_an_edit_that_does_not_fit_its_text_is_an_error() -> None:
    story = load_papers(NOW)["harbour"].stories[0]
    with pytest.raises(ValueError, match="0 times"):
        replace(story, edits=(("no such words", "others"),)).edited()


@pytest.mark.parametrize("edition", [1, 2])
def test_every_story_reads_as_it_was_printed(sites: dict[str, Site], edition: int) -> None:
    for site in sites.values():
        site.edition = edition
        for story in site.press.stories:
            read = extract(body(site, site.press.path(story)), site.url(story), "text/html", zone=site.paper.timezone)
            assert not isinstance(read, Rejected), story.slug
            assert (read.title, read.canonical_url, read.byline) == (story.title, site.url(story), (story.byline,))
            assert tuple(line for line in read.text.split("\n") if line) == story.paragraphs
            assert [ad.text for ad in read.injected_links] == ([story.advert.words] if story.advert else [])
            assert read.published is not None
            assert read.published.utc == story.published_utc


def test_copies_have_the_text_of_their_originals_and_nothing_else_of_them(sites: dict[str, Site]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    copies = [story for story in sites["echo"].paper.stories if story.copy_of and not story.spun]
    assert {story.copy_of[0] for story in copies if story.copy_of} == {"harbour", "linjiang"}
    for story in copies:
        assert story.copy_of is not None
        home = sites[story.copy_of[0]]
        original = next(each for each in home.paper.stories if each.key == story.copy_of)
        one = extract(body(home, home.press.path(original)), home.url(original), "text/html")
        other = extract(body(sites["echo"], sites["echo"].press.path(story)), sites["echo"].url(story), "text/html")
        assert isinstance(one, Article)
        assert isinstance(other, Article)
        assert one.match_digest == other.match_digest
        assert (one.byline, one.url) != (other.byline, other.url)


def test_spun_stories_say_it_in_other_words_out_of_order_and_with_a_paid_link(sites: dict[str, Site]) -> None:
    site = sites["echo"]
    spun = [story for story in site.paper.stories if story.spun]
    assert [story.copy_of[0] for story in spun if story.copy_of] == ["linjiang", "harbour"]
    assert [site.answer(site.press.path(story)).status for story in spun] == [404, 404]  # printed between the crawls
    site.next_day(NOW)
    originals = {story.key: story for each in sites.values() for story in each.paper.stories}
    for story in spun:
        assert story.copy_of is not None
        assert story.advert is not None
        original = originals[story.copy_of]
        assert story.published_utc > original.published_utc
        assert (story.title != original.title, story.byline) == (True, "The Echo Wire")
        assert not original.edits
        assert f'<a href="{story.advert.link}">{story.advert.words}</a>' in body(site, site.press.path(story)).decode()
        assert site.url(story).encode() in body(site, MAIN_SITEMAP["echo"])
        assert 0.1 < share_exchanged(story, original) < 0.25
        assert nearest_paragraphs(story, original) != sorted(nearest_paragraphs(story, original))


def share_exchanged(story: Story, original: Story) -> float:
    """The share of the words (single characters of Chinese) of `original` that `story` does not have."""
    one, other = (Counter(WORD.findall("\n".join(each.paragraphs))) for each in (original, story))
    return (one - other).total() / one.total()


def nearest_paragraphs(story: Story, original: Story) -> list[int]:
    """By paragraph of `story`, which of `original` it shares most words with."""
    theirs = [Counter(WORD.findall(text)) for text in original.paragraphs]
    mine = [Counter(WORD.findall(text)) for text in story.paragraphs]
    return [max(range(len(theirs)), key=lambda at: (words & theirs[at]).total()) for words in mine]


def test_an_advertisement_that_does_not_fit_its_text_is_an_error() -> None:
    papers = load_papers(NOW)
    data = {"of": "harbour", "original": papers["harbour"].stories[0].slug, "slug": "x", "section": "wire"}
    data |= {"title": "X", "body": "Said twice, said twice."}
    with pytest.raises(ValueError, match="does not stand in the text once"):
        spin("echo", {**data, "advert": {"after": "twice", "words": "x", "link": "y"}}, papers["harbour"], NOW)


def test_the_chinese_pages_need_gb18030_whatever_they_say(sites: dict[str, Site]) -> None:
    site = sites["linjiang"]
    story = next(each for each in site.paper.stories if "㵲" in each.title)
    page = body(site, site.press.path(story))
    assert b"charset=gb2312" in page
    assert "㵲阳河" in page.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        page.decode("gb2312")


def test_each_portal_announces_its_stories_in_a_feed_and_a_sitemap(sites: dict[str, Site]) -> None:
    for name, site in sites.items():
        feed = parse_feed(body(site, FEED[name]), {}, site.base + FEED[name])
        assert feed.problem is None
        assert len(feed.entries) >= 6
        path = MAIN_SITEMAP[name]
        sitemap = parse_sitemap(body(site, path), site.base + path)
        if sitemap.children:
            child = sitemap.children[0].url
            sitemap = parse_sitemap(body(site, child.removeprefix(site.base)), child)
        assert {entry.url for entry in sitemap.entries} == {site.url(story) for story in site.press.stories}
        assert all((entry.news is not None) == (name == "harbour") for entry in sitemap.entries)


def test_robots_txt_forbids_one_folder_and_asks_for_no_delay(sites: dict[str, Site]) -> None:
    for name, site in sites.items():
        rules = body(site, "/robots.txt").decode()
        assert f"Disallow: {FORBIDDEN[name]}\n" in rules
        assert "delay" not in rules.lower()


def test_a_day_later_a_story_is_gone_and_the_sitemap_still_names_it(sites: dict[str, Site]) -> None:
    site = sites["harbour"]
    story = next(each for each in site.paper.stories if each.withdrawn)
    before = site.answer(site.press.path(story))
    site.next_day(NOW)
    assert (before.status, site.answer(site.press.path(story)).status) == (200, 410)
    assert site.url(story).encode() in body(site, MAIN_SITEMAP["harbour"])
    assert site.url(story).encode() not in body(site, "/")


def test_an_unchanged_page_is_not_sent_twice(sites: dict[str, Site]) -> None:
    first = sites["echo"].answer("/")
    assert sites["echo"].answer("/", first.etag).status == 304
    sites["echo"].next_day(NOW)
    assert sites["echo"].answer("/", first.etag).status == 200


def test_the_calendar_never_ends(sites: dict[str, Site]) -> None:
    path = "/calendar/2026/11/"
    for _ in range(30):
        found = re.search(rb'rel="next" href="([^"]+)"', body(sites["harbour"], path))
        assert found is not None
        path = found[1].decode()
    assert path == "/calendar/2029/05/"


def test_the_server_speaks_http_and_keeps_the_list(sites: dict[str, Site]) -> None:
    with serve(load_papers(NOW)) as served:
        site = served["harbour"]
        with urllib.request.urlopen(f"{site.base}/robots.txt", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "text/plain"
            assert b"Disallow" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"{site.base}/nowhere", timeout=10)
        refused.value.close()
        assert [(hit.path, hit.status) for hit in site.hits] == [("/robots.txt", 200), ("/nowhere", 404)]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{site.base}/", timeout=10)


# --- the checker ----------------------------------------------------------------------------------------------------


def perfect(sites: dict[str, Site]) -> Snapshot:
    """What a crawl without a fault leaves behind."""
    articles, revisions = {}, {}
    for number, (site, story) in enumerate(stories_of(sites), 1):
        if story.fresh and site.edition == 1:
            continue
        later = site.edition == 2 and not story.withdrawn
        printed = story.edited() if later else story
        url = site.url(story)
        article = Article(
            url=url,
            canonical_url=url,
            title=printed.title,
            text="\n\n".join(printed.paragraphs),
            byline=(printed.byline,),
            published=Moment(printed.published_utc),
            language=SPEAKS.get((story.copy_of or story.key)[0], "en"),
        )
        texts = 2 if later and story.edits else 1
        gone = NOW if site.edition == 2 and story.withdrawn else None
        seen = (NOW, NOW, NOW, gone)
        articles[url] = StoredArticle(number, site.paper.id, url, None, number, texts, texts, None, *seen, article)
        if texts == 2:
            revisions[url] = tuple(Revision(at, number, at, NOW, article) for at in (1, 2))
    ids = {story.key: articles[site.url(story)].id for site, story in stories_of(sites) if site.url(story) in articles}
    copies = [
        relation_of(ids[story.key], ids[story.copy_of], story)
        for _, story in stories_of(sites)
        if story.copy_of and story.key in ids
    ]
    ledger = {}
    for site in sites.values():
        for oddity in site.paper.oddities:
            url = oddity_url(site, oddity)
            told = (Role.ARTICLE, "refused", oddity.reason, "", None, None, None, None, None)
            ledger[url] = CoveredUrl(site.paper.id, url, *told)
    return Snapshot(articles, ledger, tuple(copies), revisions)


def relation_of(copy: int, source: int, story: Story) -> Copy:
    """The relation that a printed copy must get."""
    if not story.spun or story.copy_of is None:
        return Copy(copy, source, CopyKind.IDENTICAL, 1.0)
    evidence = {"changes": [EXCHANGED[story.copy_of[0]]]}
    return Copy(copy, source, CopyKind.SPUN, 0.97, evidence, "fluency", 0.8)


def failed(claims: list) -> list[str]:
    return [claim.text for claim in claims if not claim.holds]


def test_a_faultless_crawl_satisfies_every_claim(sites: dict[str, Site]) -> None:
    assert failed(claims_of_first(sites, perfect(sites))) == []
    for site in sites.values():
        site.next_day(NOW)
    assert failed(claims_of_second(sites, perfect(sites))) == []


def test_each_fault_of_the_first_crawl_is_noticed(sites: dict[str, Site]) -> None:
    good = perfect(sites)
    url, article = next(iter(good.articles.items()))
    odd, line = next(iter(good.ledger.items()))
    lost = replace(good, articles={key: each for key, each in good.articles.items() if key != url})
    more = replace(good, articles={**good.articles, f"{url}?page=2": article})
    late = replace(article, article=replace(article.article, published=Moment(NOW + timedelta(hours=1))))
    cut = replace(article, article=replace(article.article, text=article.article.text[:-20]))
    other = replace(good, ledger={**good.ledger, odd: replace(line, reason=Reason.TOO_LARGE)})
    assert failed(claims_of_first(sites, lost)) == ["every story is stored, and nothing else"]
    assert failed(claims_of_first(sites, more)) == ["every story is stored, and nothing else"]
    for wrong in (late, cut):
        seen = replace(good, articles={**good.articles, url: wrong})
        assert failed(claims_of_first(sites, seen)) == ["title, text, author, date and language are as printed"]
    assert failed(claims_of_first(sites, other)) == ["everything else has the right reason in the ledger"]


@pytest.mark.parametrize("path", ["/drafts/x.html", "/calendar/2026/01/", "/?utm_source=teaser", "/about/"])
def test_a_needless_request_is_noticed(sites: dict[str, Site], path: str) -> None:
    sites["harbour"].answer(path)
    assert failed(claims_of_first(sites, perfect(sites))) == ["nothing was asked for that needed no answer"]


def test_each_fault_of_the_second_crawl_is_noticed(sites: dict[str, Site]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    good = perfect(sites)
    url = next(url for url in good.articles if url not in good.revisions)
    alive = {key: replace(each, gone_utc=None) for key, each in good.articles.items()}
    turned = Copy(good.copies[0].other_id, good.copies[0].article_id, "identical", 1.0)
    edits = "exactly the edited stories have a second text"
    copies = "exactly the copied stories are related to their originals"
    assert failed(claims_of_second(sites, replace(good, revisions={}))) == [edits]
    more = {**good.revisions, url: next(iter(good.revisions.values()))}
    assert failed(claims_of_second(sites, replace(good, revisions=more))) == [edits]
    gone = ["exactly the withdrawn stories are marked as gone"]
    assert failed(claims_of_second(sites, replace(good, articles=alive))) == gone
    aside = replace(next(iter(good.ledger.values())), url="http://x.example/", reason=Reason.QUARANTINED)
    trouble = replace(good, ledger={**good.ledger, aside.url: aside})
    assert failed(claims_of_second(sites, trouble)) == ["no page failed or had to be set aside"]
    assert failed(claims_of_second(sites, replace(good, copies=good.copies[1:]))) == [copies]
    assert failed(claims_of_second(sites, replace(good, copies=(turned, *good.copies[1:])))) == [copies]


@pytest.mark.parametrize(
    ("fault", "claims"),
    [
        ("missing", [SPUN]),
        ("reversed", [SPUN]),
        ("of another kind", [SPUN]),
        ("of another article", [SPUN, OTHERS]),
        ("without words", [SPUN]),
        ("with words of no text", [SPUN]),
        ("with words the wrong way round", [SPUN]),
        ("with words that were not exchanged", [SPUN]),
    ],
)
def test_each_fault_of_a_spun_copy_is_noticed(sites: dict[str, Site], fault: str, claims: list[str]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    good = perfect(sites)
    spun = next(copy for copy in good.copies if copy.kind == CopyKind.SPUN)
    other = next(copy for copy in good.copies if copy.kind == CopyKind.IDENTICAL).other_id
    old, new = EXCHANGED["linjiang"]
    instead = {
        "missing": (),
        "reversed": (replace(spun, article_id=spun.other_id, other_id=spun.article_id),),
        "of another kind": (replace(spun, kind=CopyKind.NEAR),),
        "of another article": (replace(spun, other_id=other),),
        "without words": (replace(spun, evidence={}),),
        "with words of no text": (replace(spun, evidence={"changes": [[old, new], ["无此词", "没这词"]]}),),
        "with words the wrong way round": (replace(spun, evidence={"changes": [[new, old]]}),),
        "with words that were not exchanged": (replace(spun, evidence={"changes": [[old, new], ["扩", "班"]]}),),
    }[fault]
    rest = tuple(copy for copy in good.copies if copy is not spun)
    assert failed(claims_of_second(sites, replace(good, copies=(*rest, *instead)))) == claims


def test_only_articles_of_one_story_may_be_related_in_other_ways(sites: dict[str, Site]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    good = perfect(sites)
    first, second = good.copies[:2]
    stranger = Copy(first.other_id, second.other_id, CopyKind.NEAR, 0.9)
    assert failed(claims_of_second(sites, replace(good, copies=(*good.copies, stranger)))) == [OTHERS]
    named = Copy(first.other_id, second.other_id, CopyKind.SPUN, 0.9)
    assert failed(claims_of_second(sites, replace(good, copies=(*good.copies, named)))) == [SPUN, OTHERS]
    again = Copy(first.article_id, first.other_id, CopyKind.NEAR, 0.9)  # as after an edit of the original
    assert OTHERS not in failed(claims_of_second(sites, replace(good, copies=(again, *good.copies[1:]))))


# --- the stage ------------------------------------------------------------------------------------------------------


def test_the_portal_files_are_valid(sites: dict[str, Site], tmp_path: Path) -> None:
    Stage(tmp_path).write_portal_files(sites)
    portals = {portal.id: portal for portal in load_portals(tmp_path / "portals")}
    assert sorted(portals) == sorted(PAPERS)
    assert portals["linjiang"].sources[0].url == f"{sites['linjiang'].base}/"
    assert all(portal.fetch.allow_private and portal.fetch.obey_robots for portal in portals.values())
    assert "delay = 0" in portal_file(sites["echo"])


def test_commands_of_the_demo_know_nothing_of_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COPYDESK_HOME", "http_proxy", "HTTPS_PROXY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "/elsewhere")
    assert {"COPYDESK_HOME", "http_proxy", "HTTPS_PROXY", "XDG_CONFIG_HOME"}.isdisjoint(environment())


def test_a_command_of_the_demo_leaves_environment_and_folder_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_HOME", "/elsewhere")
    here = Path.cwd()
    asked = Stage(tmp_path).ask("stats")
    assert (asked.exit_code, asked.stdout) == (6, "")
    assert str(tmp_path) in asked.stderr
    assert (os.environ["COPYDESK_HOME"], Path.cwd()) == ("/elsewhere", here)


def test_the_stage_is_taken_down_whatever_happens() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(DemoError), open_stage(None) as stage:
        (stage.folder / "file").write_text("left over")
        raise DemoError("a fault on stage")
    assert not stage.folder.exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_folder_with_files_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"), open_stage(tmp_path):
        pytest.fail("the stage was opened")
    assert [each.name for each in tmp_path.iterdir()] == ["letters.txt"]


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="not done after 0 s"):
        Stage(tmp_path).run("--help", limit_s=0.001)


# --- the report -----------------------------------------------------------------------------------------------------


def test_an_edit_is_shown_word_by_word() -> None:
    lines = list(changed_lines("One.\n\nThe boat leaves at six.\n\nEnd.", "One.\n\nThe boat leaves at ten.\n\nEnd."))
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in lines] == ["The boat leaves at [-six.-]{+ten.+}"]
    lines = list(changed_lines("票价维持两元不变。", "票价改为三元不变。"))
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in lines] == ["票价[-维持两-]{+改为三+}元不变。"]


def test_a_spun_copy_is_shown_with_its_source_the_reason_and_changed_words(sites: dict[str, Site]) -> None:
    for site in sites.values():
        site.next_day(NOW)
    seen = perfect(sites)
    by_id = {each.id: each for each in seen.articles.values()}
    copy = next(copy for copy in seen.copies if copy.kind == CopyKind.SPUN)
    mine, source = by_id[copy.article_id], by_id[copy.other_id]
    assert list(copy_lines(copy, mine, source)) == [
        f"{mine.article.title}  (echo, article {mine.id})",
        f"    copy of {source.article.title}  (linjiang, article {source.id})",
        "    words exchanged throughout; the copy's words are less usual ones",
        "    教师 → 西席",
    ]


def test_commands_are_shown_as_they_are_typed() -> None:
    assert [quoted(each) for each in ("search", "渡轮", "a AND b", "it's")] == [
        "search",
        "渡轮",
        "'a AND b'",
        "'it'\\''s'",
    ]


# --- a whole run ----------------------------------------------------------------------------------------------------


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "TMPDIR": str(tmp_path),
        "COPYDESK_DATABASE_URL": "no-such:",
    }
    command = [sys.executable, "-m", "copydesk", "demo", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def is_over(group: int) -> bool:
    """Whether every process of a group has ended; they are given a moment."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def cpu_of_children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


@pytest.mark.timeout(300)
def test_the_demo_comes_out_as_the_portals_were_printed(tmp_path: Path) -> None:
    began_s = cpu_of_children_s()
    process = start(tmp_path)
    stdout, stderr = process.communicate(timeout=290)
    assert process.returncode == 0, stdout + stderr
    assert cpu_of_children_s() - began_s < 40  # a wall clock says more about what else runs; alone it takes 15 s
    assert "NO " not in stdout
    assert stdout.count("yes  ") == 14
    assert "echo       linjiang  1.0    百年评弹书场重开 听众自带茶杯" in stdout
    for name, title in SPUN_TITLES.items():
        assert re.search(
            rf"    copy of {title}  \({name}, .*\n    words exchanged throughout; .*\n    .+ → .+\n", stdout
        )
    assert "$ copydesk copies show " in stdout
    assert "$ copydesk copies explain " in stdout
    assert "{+52,000+}" in stdout
    assert "$ copydesk search " in stdout
    assert is_over(process.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_terminated_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stderr is not None
    assert "first crawl" in process.stderr.readline()
    time.sleep(1.0)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert is_over(process.pid)
    assert list(tmp_path.iterdir()) == []
