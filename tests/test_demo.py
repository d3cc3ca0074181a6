"""The demo: its checker, and that a run of it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.demo.report import changed_lines, copy_lines, quoted
from copydesk.demo.site import Site
from copydesk.demo.stage import DemoError, Stage, environment, open_stage, portal_file
from copydesk.demo.stories import PAPERS, Story, load_papers
from copydesk.demo.truth import SPEAKS, Snapshot, claims_of_first, claims_of_second, oddity_url, stories_of
from newsroom.errors import UsageError
from newsroom.portals import load_portals
from newsroom.reasons import Reason
from newsroom.records import Article, Copy, CopyKind, Moment, Revision, Role
from storage.articles import StoredArticle
from storage.coverage import CoveredUrl

REPOSITORY = Path(__file__).parents[1]
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
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
