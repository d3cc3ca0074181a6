"""How crawls end that Airflow ends: what is left running, what is kept, and what the next crawl does again.

    python -m benchmarks.airflow.endings

A made-up portal on loopback answers slowly, and then not at all; meanwhile its crawl, started as the DAGs start it
(dags/copydesk_airflow/child.py), is ended as by "mark failed", by the task's time limit, or by kill -9 of the task's
process. Then it is crawled to the end, and once more. Needs .venv (make setup). Ends with exit code 1 when a process
is left, or when an article is missing or there twice.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.airflow.press import Paper, serving
from benchmarks.airflow.watch import below, end_all, keep_orphans
from benchmarks.processes import table

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "dags"))

from copydesk_airflow.child import Child, Ended  # noqa: E402 - it lies where only Airflow looks by itself

COPYDESK = str(ROOT / ".venv" / "bin" / "copydesk")
ARTICLES, ANSWER_S, HANG_S = 60, 0.1, 60.0
MID_CRAWL = 20  # articles that were asked for when answers stop to come
LIMIT_S = 120.0


class TimedOut(Exception):
    """The task's time is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way to end a crawl came to."""

    gone_s: float  # from the end to when nothing of the crawl ran any more
    kept: int  # articles that were stored then
    asked_again: int  # articles that had to be asked for a second time to finish
    stored: int  # articles after the crawl was finished
    twice: int
    again: int  # articles that a crawl after that stored, changed or fetched


class Desk:
    """A folder with one portal's file and a corpus, and the command that works on it."""

    def __init__(self, folder: Path, paper: Paper) -> None:
        self.folder, self.paper = folder, paper
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
        self.environment |= {"COPYDESK_PORTALS": str(folder / "portals"), "COPYDESK_HOME": str(folder / "home")}

    def crawl(self, child: Child, on_line: Callable[[str], object] = lambda line: None) -> Ended:
        """The crawl as a task runs it."""
        return child.run([COPYDESK, "crawl", self.paper.name, "--json"], self.folder, self.environment, on_line)

    def addresses(self) -> list[str]:
        """The addresses of the stored articles."""
        done = subprocess.run(
            [COPYDESK, "export"], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        )
        return [json.loads(line)["url"] for line in done.stdout.splitlines()]


def mark_failed(desk: Desk) -> float:
    """The supervisor's SIGTERM, on which the operator stops its child."""
    child = Child()
    thread = threading.Thread(target=desk.crawl, args=(child,))
    thread.start()
    hang(desk.paper)
    ended = time.monotonic()
    child.stop()
    thread.join()
    return ended


def time_out(desk: Desk) -> float:
    """An exception in the middle of the task, as AirflowTaskTimeout is."""

    def over(*_signal: object) -> None:
        raise TimedOut

    ended = 0.0
    before = signal.signal(signal.SIGALRM, over)

    def alarm() -> None:
        nonlocal ended
        hang(desk.paper)
        ended = time.monotonic()
        signal.raise_signal(signal.SIGALRM)

    watcher = threading.Thread(target=alarm)
    watcher.start()
    try:
        desk.crawl(Child())
    except TimedOut:
        pass
    finally:
        watcher.join()
        signal.signal(signal.SIGALRM, before)
    return ended


def kill_task(desk: Desk) -> float:
    """kill -9 of the process that the task is; the kernel tells the crawl."""
    task = os.fork()
    if not task:
        desk.crawl(Child())
        os._exit(0)
    hang(desk.paper)
    ended = time.monotonic()
    os.kill(task, signal.SIGKILL)
    os.waitpid(task, 0)
    return ended


def hang(paper: Paper) -> None:
    """Wait for the middle of the crawl, and let no answer come from then on."""
    wait(lambda: paper.articles_asked >= MID_CRAWL, "the crawl to get going")
    paper.answer_s = HANG_S
    asked = paper.articles_asked
    wait(lambda: paper.articles_asked > asked, "a request that hangs")


def wait(until: Callable[[], bool], what: str) -> None:
    """Until it is so. Raises SystemExit that says what did not come."""
    end = time.monotonic() + LIMIT_S
    while not until():
        if time.monotonic() > end:
            raise SystemExit(f"waited {LIMIT_S:.0f} s in vain for {what}")
        time.sleep(0.02)


def outcome(end: Callable[[Desk], float], folder: Path) -> Outcome:
    """One crawl that is ended, one that finishes it, one more."""
    with serving(folder / "portals", 1, ARTICLES, ANSWER_S) as papers:
        desk = Desk(folder, papers["paper-1"])
        ended = end(desk)
        wait(lambda: len(below(os.getpid())) == 1, "the crawl's processes to be gone")
        gone_s = time.monotonic() - ended
        kept = len(desk.addresses())
        desk.paper.answer_s = ANSWER_S / 4
        desk.crawl(Child())
        asked_again, asked = desk.paper.asked_again, desk.paper.articles_asked
        found = Counter(desk.addresses())
        report = desk.crawl(Child()).report
        assert isinstance(report, dict), report
        again = report["articles"]["new"] + report["articles"]["changed"]
        again += desk.paper.articles_asked + desk.paper.asked_again - asked - asked_again
    return Outcome(gone_s, kept, asked_again, len(found), found.total() - len(found), again)


def main() -> int:
    """Print a column for each way to end a crawl."""
    keep_orphans()
    found: dict[str, Outcome] = {}
    try:
        for name, end in (("marked failed", mark_failed), ("time limit", time_out), ("task killed -9", kill_task)):
            print(f"{name} …", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                found[name] = outcome(end, Path(folder))
    finally:
        end_all(os.getpid(), 5.0)
    rows: list[tuple[object, ...]] = [("", *found)]
    rows.append(("seconds until no process was left", *(f"{each.gone_s:.1f}" for each in found.values())))
    rows.append(("articles kept", *(each.kept for each in found.values())))
    rows.append((f"articles after the next crawl, of {ARTICLES}", *(each.stored for each in found.values())))
    rows.append(("articles stored twice", *(each.twice for each in found.values())))
    rows.append(("articles asked for again by it", *(each.asked_again for each in found.values())))
    rows.append(("stored, changed or fetched by one more crawl", *(each.again for each in found.values())))
    print(table(rows))
    sound = all(each.kept and each.stored == ARTICLES and not each.twice and not each.again for each in found.values())
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
