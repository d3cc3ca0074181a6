"""The desk: captures first, then batches of outcomes, each batch in one transaction, watermarks with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsroom.errors import StorageError
from newsroom.reasons import Reason
from newsroom.records import Article, Candidate, Capture, Outcome, Page, Role, State
from pipelines.reading import read_options
from pipelines.workers import ExtractionPool
from spiders.desk import BATCH_PAGES, Desk, owner_name
from spiders.watermarks import Watermarks
from storage.captures import CaptureWriter, verify
from storage.database import Database
from tests import captures_kit
from tests.crawl_kit import NOW, capture, portal

PAGES = 45


class CountingDatabase:
    """The database, with a count of its transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, work: Callable[..., Any]) -> Any:
        self.transactions += 1
        return self._database.write(work)


def _fill(database: Database, number: int) -> list[Page]:
    urls = [f"http://paper.example/story-{each}.html" for each in range(1, number + 1)]
    with database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=NOW)
        corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE) for url in urls], NOW)
        return sorted(corpus.frontier.lease("paper", owner_name("paper"), number, NOW), key=lambda page: page.id)


@asynccontextmanager
async def _opened(database: Any, folder: Path) -> AsyncIterator[Desk]:
    folder.mkdir(exist_ok=True)
    writer = CaptureWriter(folder, software="copydesk-test")
    desk = Desk(database, writer, ExtractionPool(workers=1), clock=lambda: NOW)
    desk.start()
    try:
        yield desk
    finally:
        await desk.close()


def _with_desk(database: Any, folder: Path, work: Callable[[Desk], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with _opened(database, folder) as desk:
            return await work(desk)

    return asyncio.run(run())


async def _one(desk: Desk, page: Page) -> Any:
    number = int(page.url.rpartition("-")[2].removesuffix(".html"))
    held = await desk.capture(captures_kit.page(number, url=page.url))
    article = Article(page.url, page.url, f"Title {number}", f"Text number{number}.", match_digest=str(number))
    return await desk.settle("paper", None, Outcome(page, State.DONE, capture=held, article=article))


def test_many_outcomes_share_few_transactions_and_all_are_committed(database: Database, tmp_path: Path) -> None:
    pages, counting = _fill(database, PAGES), CountingDatabase(database)

    async def work(desk: Desk) -> list[Any]:
        return await asyncio.gather(*(_one(desk, page) for page in pages))

    results = _with_desk(counting, tmp_path / "warc", work)
    assert [result.url for result in results] == [page.url for page in pages]
    assert all(result.new for result in results)
    batches = PAGES // BATCH_PAGES + 1
    assert counting.transactions <= 2 * batches + 2  # each is stored, then compared
    with database.reading() as corpus:
        assert corpus.counts()["articles"] == corpus.counts()["captures"] == PAGES
        (mark,) = corpus.captures.watermarks().values()
        report = verify(tmp_path / "warc", corpus.captures.all())
        assert corpus.frontier.owners() == []
    assert (report.ok, report.unreferenced, report.torn) == (True, 0, [])
    assert mark == sum(path.stat().st_size for path in (tmp_path / "warc").iterdir())


def test_a_page_is_done_only_when_it_is_committed(database: Database, tmp_path: Path) -> None:
    (page,) = _fill(database, 1)

    async def work(desk: Desk) -> int:
        result = await _one(desk, page)
        with database.reading() as corpus:  # another connection sees it at once
            assert corpus.articles.get(page.url) is not None
        return int(result.article_id)

    assert _with_desk(database, tmp_path / "warc", work) > 0


def test_a_watermark_stays_before_a_capture_that_is_not_settled(database: Database, tmp_path: Path) -> None:
    first, second = _fill(database, 2)

    async def work(desk: Desk) -> tuple[Capture | None, int]:
        pending = await desk.capture(captures_kit.page(1, url=first.url))
        await _one(desk, second)
        with database.reading() as corpus:
            (mark,) = corpus.captures.watermarks().values()
        refused = Outcome(first, State.REFUSED, Reason.TOO_SHORT, "short", capture=pending)
        await desk.settle("paper", None, refused)
        return pending, mark

    pending, before = _with_desk(database, tmp_path / "warc", work)
    assert before == pending.address.offset
    with database.reading() as corpus:
        (after,) = corpus.captures.watermarks().values()
    assert after > pending.address.offset + pending.address.length


def test_one_bad_outcome_costs_only_itself(database: Database, tmp_path: Path) -> None:
    pages = _fill(database, 3)

    async def work(desk: Desk) -> list[Any]:
        bad = Outcome(pages[1], State.REFUSED)  # a refusal without a reason cannot be stored
        return await asyncio.gather(_one(desk, pages[0]), desk.settle("paper", None, bad), _one(desk, pages[2]))

    first, bad, last = _with_desk(database, tmp_path / "warc", work)
    assert (first.new, last.new) == (True, True)
    assert "without a reason" in bad.quarantined
    with database.reading() as corpus:
        assert corpus.counts()["articles"] == 2


def test_when_storage_fails_every_page_hears_of_it(database: Database, tmp_path: Path) -> None:
    pages = _fill(database, 2)

    class Broken(CountingDatabase):
        def write(self, work: Callable[..., Any]) -> Any:
            raise StorageError("paper.sqlite3: disk full")

    async def work(desk: Desk) -> None:
        outcomes = [Outcome(page, State.REFUSED, Reason.GONE) for page in pages]
        waiting = [desk.settle("paper", None, outcome) for outcome in outcomes]
        heard = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(error) for error in heard] == ["paper.sqlite3: disk full"] * 2
        with pytest.raises(StorageError, match="earlier in this run"):
            await desk.settle("paper", None, outcomes[0])
        assert desk.backlog == 0

    _with_desk(Broken(database), tmp_path / "warc", work)


def test_downloading_pauses_while_too_much_waits_to_be_stored(database: Database, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        for _ in range(desk.backlog_limit):
            await asyncio.wait_for(desk.room(), 0.01)
            desk.arrived(+1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(desk.room(), 0.01)
        desk.arrived(-1)
        await asyncio.wait_for(desk.room(), 0.01)

    _with_desk(database, tmp_path / "warc", work)


# --- watermarks -------------------------------------------------------------------------------------------------


def _record(file: str, offset: int) -> Capture:
    return replace(capture(), address=replace(capture().address, file=file, offset=offset, length=10))


def _write(marks: Watermarks, record: Capture) -> None:
    place = (record.address.file, record.address.offset)
    marks.wrote(marks.begin(place), record)


def test_a_mark_moves_to_the_first_open_record_whatever_the_order() -> None:
    marks, records = Watermarks(), [_record("a", offset) for offset in (0, 10, 20)]
    for record in records:
        _write(marks, record)
    assert marks.marks_without([records[1]]) == {"a": 0}
    assert marks.marks_without([records[0]]) == {"a": 20}
    assert marks.marks_without([records[2]]) == {"a": 30}


def test_each_file_is_marked_to_its_end_when_the_writer_has_gone_on_to_the_next() -> None:
    marks, old, new, newer = Watermarks(), _record("a", 0), _record("b", 0), _record("b", 10)
    _write(marks, old)
    _write(marks, new)
    assert marks.marks_without([new]) == {"a": 0, "b": 10}
    assert marks.marks_without([old])["a"] == 10
    _write(marks, newer)
    assert marks.marks_without([newer])["b"] == 20


def test_a_record_that_is_still_being_packed_holds_the_mark_back() -> None:
    marks, quick = Watermarks(), _record("a", 20)
    slow = marks.begin(("a", 10))
    _write(marks, quick)
    assert marks.marks_without([quick]) == {"a": 10}
    late = _record("a", 30)
    marks.wrote(slow, late)
    assert marks.marks_without([]) == {"a": 30}
    assert marks.marks_without([late]) == {"a": 40}


def test_an_append_that_failed_holds_nothing_back() -> None:
    marks, other = Watermarks(), _record("a", 0)
    failed = marks.begin(("a", 0))
    _write(marks, other)
    marks.wrote(failed, None)
    assert marks.marks_without([other]) == {"a": 10}


def test_no_mark_is_made_while_a_record_is_packed_for_a_file_that_is_not_there_yet() -> None:
    marks, other = Watermarks(), _record("a", 10)
    first = marks.begin(None)
    _write(marks, other)
    assert marks.marks_without([other]) == {}
    marks.wrote(first, _record("a", 0))
    assert marks.marks_without([]) == {"a": 0}


def test_extraction_is_told_the_time_so_that_it_believes_no_date_of_the_future() -> None:
    options = read_options(portal(timezone="Asia/Shanghai"), NOW)
    assert (options["zone"], options["now"]) == ("Asia/Shanghai", NOW)
