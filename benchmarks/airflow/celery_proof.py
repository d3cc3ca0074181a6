"""Prove the CeleryExecutor set-up: two workers, six portals, one worker killed -9 in mid-crawl.

    python -m benchmarks.airflow.celery_proof              about five minutes on two cores
    python -m benchmarks.airflow.celery_proof --keep DIR   leave logs, corpus and captures in this new folder

Needs redis-server on PATH, .venv (make setup) and .venv-airflow (make airflow-env); brings everything else itself, on
loopback, in a folder that is removed again. Triggers the DAG copydesk_crawl_all over REST, kills every process of a
worker while crawls run on both, waits for the run, and looks at what the corpus has. Then crawls all a second time.
Ends with exit code 1 when something is not as it should be, with 2 when something is not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from benchmarks.airflow.cluster import (
    COPYDESK,
    HEARTBEAT_S,
    SLOTS,
    WORKERS,
    Cluster,
    ProofFailed,
    missing,
    running,
    say,
)
from benchmarks.airflow.press import Paper, serving
from benchmarks.airflow.rest import Task
from benchmarks.airflow.watch import Process, below, kill
from benchmarks.processes import table

DAG = "copydesk_crawl_all"
FOLLOWER = "copydesk_copies"  # runs by itself when a crawl has brought something new
PAPERS, ARTICLES, ANSWER_S = 6, 40, 0.5
MID_CRAWL = range(8, 29)  # articles of a portal that were asked for when its worker is killed
CRAWL_LIMIT_S = 900.0
DETECTION_LIMIT_S = HEARTBEAT_S + 90.0
GRACE_LIMIT_S = 30.0
UNDER_WAY = 2  # requests of a killed crawl whose answers may be lost: one in flight, one in the batch not yet written


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what came out, what must, and whether it did."""

    name: str
    value: str
    demand: str = ""
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Killed:
    """A worker that is gone: which, when, how many processes, and the crawls that lost it."""

    worker: str
    at_s: float
    processes: int
    portals: tuple[str, ...]
    spiders: tuple[Process, ...]  # with their own workers


def prove(cluster: Cluster, papers: Mapping[str, Paper]) -> list[Figure]:
    """Crawl with a kill, look, crawl again, look."""
    began = time.monotonic()
    run = cluster.airflow.trigger(DAG)
    say(f"{DAG} triggered; waiting for crawls on both workers")
    killed = kill_a_worker(cluster, papers)
    say(f"{killed.worker} killed with {killed.processes} processes; it crawled {', '.join(killed.portals)}")
    gone_s = when_gone(cluster, killed)
    interrupted = interrupted_runs(cluster)
    found_s, green_s = when_green(cluster, run, killed)
    tasks = cluster.airflow.tasks(DAG, run)
    again = {name: paper.asked_again for name, paper in papers.items()}
    first = exported(cluster)
    say(f"green after {green_s:.0f} s; second crawl")
    second_s = crawl_again(cluster)
    return [
        Figure("processes of the worker killed with -9", str(killed.processes)),
        Figure("crawls it had under way", str(len(killed.portals)), ">= 1", len(killed.portals) >= 1),
        Figure("s until their spiders were gone", f"{gone_s:.1f}", f"<= {GRACE_LIMIT_S:.0f}", gone_s <= GRACE_LIMIT_S),
        Figure(
            "of these crawls, on record as interrupted",
            str(len(interrupted & {*killed.portals})),
            f"= {len(killed.portals)}",
            interrupted == {*killed.portals},
        ),
        Figure(f"s until the loss was noticed (heartbeat timeout {HEARTBEAT_S})", f"{found_s:.0f}"),
        Figure("s from the kill to green", f"{green_s:.0f}"),
        Figure("s from the trigger to green", f"{green_s + killed.at_s - began:.0f}"),
        *of_tasks(tasks, killed),
        *of_corpus(first, papers),
        *of_requests(again, killed),
        Figure("s of the second crawl, on one worker", f"{second_s:.0f}"),
        *of_second(cluster, first, papers, again),
        *of_the_rest(cluster),
    ]


# --- the kill -------------------------------------------------------------------------------------------------------


def crawls_on(cluster: Cluster, worker: str) -> dict[str, Process]:
    """The crawls that run on a worker, by portal."""
    found = {}
    for each in below(cluster.services[worker].pid):
        if str(COPYDESK) in each.command and "crawl" in each.command:
            found[each.command[each.command.index("crawl") + 1]] = each
    return found


def kill_a_worker(cluster: Cluster, papers: Mapping[str, Paper]) -> Killed:
    """Wait until both workers crawl and one is amid all its crawls; kill that one."""
    chosen: list[str] = []

    def is_time() -> bool:
        busy = {worker: crawls_on(cluster, worker) for worker in WORKERS}
        amid = [worker for worker, crawls in busy.items() if crawls and all(map(is_amid, crawls))]
        chosen[:] = sorted(amid, key=lambda worker: -len(busy[worker]))
        return bool(amid) and all(busy.values())

    def is_amid(portal: str) -> bool:
        return papers[portal].articles_asked in MID_CRAWL

    cluster.wait("a worker amid its crawls, and the other crawling", is_time, CRAWL_LIMIT_S, every_s=0.2)
    crawls = crawls_on(cluster, chosen[0])
    spiders = [process for crawl in crawls.values() for process in below(crawl.pid)]
    service = cluster.services.pop(chosen[0])
    at_s = time.monotonic()
    count = kill(service.pid, spiders)
    service.wait()
    return Killed(chosen[0], at_s, count, tuple(sorted(crawls)), tuple(spiders))


def when_gone(cluster: Cluster, killed: Killed) -> float:
    """Seconds from the kill until no process of its crawls was left."""
    cluster.wait(
        "end of the killed worker's spiders", lambda: not any(each.runs for each in killed.spiders),
        10 * GRACE_LIMIT_S, every_s=0.05,
    )  # fmt: skip
    return time.monotonic() - killed.at_s


def interrupted_runs(cluster: Cluster) -> set[str]:
    """Portals with a run that was told to end, and put its books in order."""
    done = cluster.copydesk("runs", "list", "-o", "ndjson")
    if done.returncode:
        raise ProofFailed(f"copydesk runs ended with {done.returncode}: {done.stderr[-2000:]}")
    return {run["portal"] for run in map(json.loads, done.stdout.splitlines()) if run["state"] == "interrupted"}


def when_green(cluster: Cluster, run: str, killed: Killed) -> tuple[float, float]:
    """Seconds from the kill until the lost tasks were noticed, and until the whole run was green."""

    def is_noticed() -> bool:
        tasks = {task.name: task for task in cluster.airflow.tasks(DAG, run)}
        return all(name in tasks and is_beyond_first_try(tasks[name]) for name in killed.portals)

    cluster.wait("the scheduler to notice the lost tasks", is_noticed, DETECTION_LIMIT_S)
    noticed_s = time.monotonic() - killed.at_s
    say(f"noticed after {noticed_s:.0f} s; waiting for the retries")
    wait_for_green(cluster, DAG, run)
    return noticed_s, time.monotonic() - killed.at_s


def is_beyond_first_try(task: Task) -> bool:
    """Whether the task's first try is over without success."""
    return task.state in ("up_for_retry", "failed") or task.tries > 1


def wait_for_green(cluster: Cluster, dag: str, run: str) -> None:
    """Wait for the end of a run. Raises ProofFailed when that is not a good one."""

    def has_ended() -> bool:
        state = cluster.airflow.runs(dag)[run]
        if state == "failed":
            raise ProofFailed(f"{dag}: the run failed: {cluster.airflow.tasks(dag, run)}")
        return state == "success"

    cluster.wait(f"{dag} to be green", has_ended, CRAWL_LIMIT_S)


def crawl_again(cluster: Cluster) -> float:
    """A second run of the same DAG, and the end of the runs that followed the first; the seconds it took."""
    began = time.monotonic()
    wait_for_green(cluster, DAG, cluster.airflow.trigger(DAG))
    took_s = time.monotonic() - began
    cluster.wait(f"{FOLLOWER} to end", lambda: not {"queued", "running"} & set(followers(cluster)), CRAWL_LIMIT_S)
    return took_s


def followers(cluster: Cluster) -> list[str]:
    """The states of the runs that follow the asset."""
    return list(cluster.airflow.runs(FOLLOWER).values())


# --- what came of it ------------------------------------------------------------------------------------------------


def exported(cluster: Cluster) -> list[dict[str, object]]:
    """The articles of the corpus."""
    done = cluster.copydesk("export", "--format", "jsonl")
    if done.returncode:
        raise ProofFailed(f"copydesk export ended with {done.returncode}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_tasks(tasks: list[Task], killed: Killed) -> Iterator[Figure]:
    """Which tasks of the first run were tried again, and how all ended."""
    retried = {task.name for task in tasks if task.tries > 1}
    states = Counter(task.state for task in tasks)
    yield Figure("tasks tried again", str(len(retried)), f"= {len(killed.portals)}", retried == set(killed.portals))
    yield Figure("tasks of the run", _counts(states), "all success", set(states) == {"success"})


def of_corpus(rows: list[dict[str, object]], papers: Mapping[str, Paper]) -> Iterator[Figure]:
    """Every article that was announced, once."""
    announced = {url for paper in papers.values() for url in paper.articles}
    stored = Counter(str(row["url"]) for row in rows)
    lost, strange = announced - stored.keys(), stored.keys() - announced
    yield Figure("articles announced", str(len(announced)))
    yield Figure("articles stored", str(len(stored) - len(strange)), f"= {len(announced)}", not lost)
    twice = sum(stored.values()) - len(stored)
    yield Figure("articles stored twice", str(twice), "= 0", not twice)
    yield Figure("stored things that nobody announced", str(len(strange)), "= 0", not strange)


def of_requests(again: Mapping[str, int], killed: Killed) -> Iterator[Figure]:
    """How many articles were asked for more than once, by the portals' own count."""
    lost, others = (
        sum(count for name, count in again.items() if (name in killed.portals) is wanted) for wanted in (True, False)
    )
    most = UNDER_WAY * len(killed.portals)
    yield Figure("articles asked for again, by retried crawls", str(lost), f"<= {most}", lost <= most)
    yield Figure("articles asked for again, by others", str(others), "= 0", not others)


def of_second(
    cluster: Cluster, first: list[dict[str, object]], papers: Mapping[str, Paper], again: Mapping[str, int]
) -> Iterator[Figure]:
    """The second crawl stored nothing and fetched no article."""
    second = exported(cluster)
    counts = json.loads(cluster.copydesk("stats", "--json").stdout)
    same = sorted(map(str, second)) == sorted(map(str, first))
    yield Figure("articles after the second crawl", str(len(second)), "the same", same)
    yield Figure("texts of articles (revisions)", str(counts["revisions"]), f"= {len(first)}",
                 counts["revisions"] == len(first) == counts["articles"])  # fmt: skip
    more = sum(paper.asked_again - again[name] for name, paper in papers.items())
    yield Figure("articles that the second crawl asked for", str(more), "= 0", not more)


def of_the_rest(cluster: Cluster) -> Iterator[Figure]:
    """What followed by asset, what is left running, and whether database and captures are sound."""
    runs = Counter(followers(cluster))
    yield Figure(f"runs of {FOLLOWER} by asset", _counts(runs), "all success", set(runs) == {"success"})
    left = stray(cluster)
    yield Figure("processes left that belong to no service", str(len(left)), "= 0", not left)
    for words in (("db", "check"), ("verify",)):
        done = cluster.copydesk(*words)
        yield Figure(f"copydesk {' '.join(words)}", f"exit {done.returncode}", "exit 0", done.returncode == 0)
        if done.returncode:
            say(done.stdout[-2000:] + done.stderr[-2000:])


def stray(cluster: Cluster) -> list[Process]:
    """What runs below us and is no part of a service that still runs: crawls, and orphans, which are kept."""
    services = {each for service in cluster.services.values() for each in below(service.pid)}
    crawls = {each for each in services if str(COPYDESK) in each.command}
    return [each for each in below(os.getpid())[1:] if each not in services or each in crawls]


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(found.items())) or "none"


# --- the command ----------------------------------------------------------------------------------------------------


@contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    """A new folder; removed at the end unless it is to be kept."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="celery-proof-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_on_sigterm() -> None:
    """A SIGTERM tidies up as Ctrl-C does; neither disturbs the tidying up once it has begun."""

    def leave(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, leave)


def main() -> int:
    """Prove it; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="work in this new folder and keep it")
    options = parser.parse_args()
    lacking = missing()
    if lacking:
        say(lacking)
        return 2
    end_on_sigterm()
    try:
        with (
            workplace(options.keep) as folder,
            serving(folder / "portals", PAPERS, ARTICLES, ANSWER_S) as papers,
            running(folder, folder / "portals", SLOTS * len(WORKERS)) as cluster,
        ):
            figures = prove(cluster, papers)
            missed = [figure for figure in figures if not figure.holds]
            if missed:
                say(cluster.tails())
    except ProofFailed as failure:
        say(f"\nfailed: {failure}")
        return 1
    rows = [(each.name, each.value, each.demand, "" if each.holds else "MISSED") for each in figures]
    print(table([("figure", "value", "demand", ""), *rows]))
    print("\nall demands met" if not missed else f"\n{len(missed)} demands missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
