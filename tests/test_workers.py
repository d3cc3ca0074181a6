from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Rejected
from pipelines.text import match_digest
from pipelines.workers import ExtractionPool, PageBytes, PoolClosed, WorkerCannotStart, _start, extract_many


def story(number: int) -> bytes:
    lines = "".join(
        f"<p>On day {day} of case {number} the council heard the neighbours, and put the matter off again.</p>"
        for day in range(8)
    )
    title = f"The long case number {number} goes on"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{lines}</body></html>".encode()


# As many links as a page may have: seconds of work in every mode.
POISON = b"<html><body>" + b"<p><a href=/x>more</a> and" * 80_000 + b"</body></html>"


@pytest.fixture(scope="module", autouse=True)
def _workers_start_anew() -> Iterator[None]:
    """As they do outside tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.workers._start", _start)
        yield


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    made = ExtractionPool(1, cpu_limit_s=30, wall_limit_s=60)
    yield made
    made.close_now()


def processes_of(pool: ExtractionPool) -> list[int]:
    return [worker._process.pid for worker in pool._all if worker._process is not None]


def test_results_come_in_the_order_of_the_pages(pool: ExtractionPool) -> None:
    pages = (PageBytes(story(number), f"https://example.org/case-{number}.html", "text/html") for number in range(9))
    titles = [found.title for found in extract_many(pages, pool=pool) if isinstance(found, Article)]
    assert titles == [f"The long case number {number} goes on" for number in range(9)]


def test_the_worker_tags_the_language_and_takes_options(pool: ExtractionPool) -> None:
    found = asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d", None, {"min_chars": 10}))
    assert isinstance(found, Article)
    assert found.language == "en"
    refused = asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d", None, {"min_chars": 9_000}))
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.TOO_SHORT


def test_a_worker_has_one_thread_however_many_cores_there_are(pool: ExtractionPool) -> None:
    asyncio.run(pool.run(story(1), "https://example.org/threads", None, {}))
    (pid,) = processes_of(pool)
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_an_unexpected_error_costs_one_page(pool: ExtractionPool) -> None:
    broken = asyncio.run(pool.run(story(1), "https://example.org/a", None, {"no_such_option": 1}))
    assert isinstance(broken, Rejected)
    assert broken.reason is Reason.QUARANTINED
    assert "no_such_option" in broken.detail
    assert isinstance(asyncio.run(pool.run(story(2), "https://example.org/a-b-c-d")), Article)


def test_a_killed_worker_is_replaced(pool: ExtractionPool) -> None:
    asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d"))
    os.kill(processes_of(pool)[0], signal.SIGKILL)
    assert isinstance(asyncio.run(pool.run(story(2), "https://example.org/a-b-c-d")), Article)


def test_a_crawl_with_a_thousand_open_connections_still_extracts() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2048 if hard == resource.RLIM_INFINITY else min(2048, hard)
    if wanted < 1200:
        pytest.skip("this machine allows no more descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    descriptors = [os.dup(0) for _ in range(1100)]
    pool = ExtractionPool(1)
    try:
        assert isinstance(asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d")), Article)
    finally:
        pool.close_now()
        for descriptor in descriptors:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_poison_page_costs_only_itself() -> None:
    async def crawl() -> tuple[Article | Rejected, Article | Rejected, float]:
        pool = ExtractionPool(1, cpu_limit_s=1, wall_limit_s=1.0)
        try:
            started = time.monotonic()
            poisoned, good = await asyncio.gather(
                pool.run(POISON, "https://example.org/poison"), pool.run(story(3), "https://example.org/a-b-c-d")
            )
            return poisoned, good, time.monotonic() - started
        finally:
            await pool.close()

    poisoned, good, took_s = asyncio.run(crawl())
    assert isinstance(poisoned, Rejected)
    assert poisoned.reason is Reason.RESOURCE_LIMIT
    assert "fast=True" in poisoned.detail
    assert isinstance(good, Article)
    assert took_s < 20


def test_a_closed_pool_takes_nothing_and_leaves_no_process() -> None:
    pool = ExtractionPool(1)
    asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d"))
    (worker,) = processes_of(pool)
    asyncio.run(pool.close())
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with pytest.raises(PoolClosed):
        asyncio.run(pool.run(story(1), "https://example.org/a-b-c-d"))


def test_workers_die_with_their_parent() -> None:
    script = (
        "import sys, time; from pipelines.workers import ExtractionPool, PageBytes\n"
        "pool = ExtractionPool(1)\n"
        "pool.submit(PageBytes(b'<p>x</p>', 'https://example.org/')).result()\n"
        "print(pool._all[0]._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_alive(worker):
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return False


def test_workers_do_not_import_what_only_the_crawler_needs() -> None:
    probe = (
        'import sys, pipelines.worker_process; print(sorted({"scrapy", "sqlalchemy", "twisted"} & set(sys.modules)))'
    )
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_installation_that_cannot_read_pages_says_so_and_blames_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trafilatura.py").write_text("raise ImportError('half installed')")
    monkeypatch.syspath_prepend(str(tmp_path))
    pool = ExtractionPool(1)
    try:
        with pytest.raises(WorkerCannotStart, match="doctor"):
            asyncio.run(pool.run(b"<p>A page.</p>", "http://news.test/a"))
    finally:
        pool.close_now()


def test_any_function_of_a_module_can_be_run_in_a_worker(pool: ExtractionPool) -> None:
    assert asyncio.run(pool.call(match_digest, "The same text.")) == match_digest("The same text.")
    failed = asyncio.run(pool.call(match_digest, 7))
    assert isinstance(failed, Rejected)
    assert failed.reason is Reason.QUARANTINED
