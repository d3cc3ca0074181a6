"""Crawl the portal pack with `copydesk crawl --all` and let the pack's own judge say what came of it.

    python -m benchmarks.portal_pack                      20 hosts, 2,000 articles, hard mode, SQLite
    python -m benchmarks.portal_pack --postgres           the same on PostgreSQL
    python -m benchmarks.portal_pack --both               both, and whether they stored the same articles
    python -m benchmarks.portal_pack --kill 20            kill -9 at 20 random moments, against an uninterrupted crawl

Ends with exit code 1 when a demand of the table is not met.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import run, table, tree
from benchmarks.replay import Replay, copydesk, environment, last_json, postgres, serving, wait_idle, write_portals

FETCH = {"delay": 0.0, "concurrency": 8, "max_pages": 100_000}  # Crawl-delay is honoured all the same
# figure of check_log.py, the demand, and whether it is a floor (>=) or a ceiling (<=)
DEMANDS = (
    ("politeness", "forbidden_by_robots", 0, "<="),
    ("politeness", "before_robots_txt", 0, "<="),
    ("politeness", "crawl_delay_broken", 0, "<="),
    ("politeness", "refetch_without_validators", 0, "<="),
    ("politeness", "retry_after_ignored", 0, "<="),
    ("politeness", "offsite", 0, "<="),
    ("items", "recall_articles", 0.97, ">="),
    ("items", "not_an_article_share", 0.01, "<="),
    ("items", "stored_twice", 0, "<="),
)


UNSETTLED = 60  # answers that a kill may cost: in flight, in a worker, or in the batch that was not yet flushed


@dataclass(slots=True)
class Crawl:
    """What one crawl of the pack led to."""

    name: str
    articles: dict[str, str]  # canonical URL: text
    judged: dict[str, dict[str, Any]]
    exit_codes: list[int] = field(default_factory=list)
    seconds: float = 0.0
    peak_rss_mb: float = 0.0
    orphans: int = 0
    stats: dict[str, Any] = field(default_factory=dict)


def crawl_once(name: str, folder: Path, options: argparse.Namespace, database: str | None) -> Crawl:
    """Crawl a fresh copy of the pack's web without interruption."""
    with _web(folder, options) as (replay, env_of):
        env = env_of(database)
        done = run(copydesk("crawl", "--all", "--json"), env)
        if done.exit_code not in (0, 3):
            sys.stderr.write(done.stderr[-4000:])
        found = Crawl(name, *_harvest(replay, env, folder), [done.exit_code], done.wall_s, done.peak_rss_mb)
        found.stats = last_json(done.stdout)
        return found


def crawl_with_kills(
    name: str, folder: Path, options: argparse.Namespace, database: str | None, span_s: float
) -> Crawl:
    """Kill the crawl -9 at random moments of `span_s` seconds, start it again each time; the last one may finish."""
    draw = random.Random(options.seed)
    codes, orphans, start = [], 0, time.monotonic()
    with _web(folder, options) as (replay, env_of):
        env = env_of(database)
        for _ in range(options.kill):
            code, left = _kill_after(draw.uniform(1.0, max(2.0, 2 * span_s / options.kill)), env, folder)
            codes.append(code)
            orphans += left
        done = run(copydesk("crawl", "--all", "--json"), env)
        codes.append(done.exit_code)
        if done.exit_code not in (0, 3):
            sys.stderr.write(done.stderr[-4000:])
        found = Crawl(name, *_harvest(replay, env, folder), codes, time.monotonic() - start, done.peak_rss_mb, orphans)
        found.stats = last_json(done.stdout)
        return found


def _kill_after(moment_s: float, env: Mapping[str, str], folder: Path) -> tuple[int, int]:
    """Start a crawl and kill -9 its first process at `moment_s`; its exit code and how many children outlived it."""
    with (folder / "killed.log").open("ab") as log:
        process = subprocess.Popen(copydesk("crawl", "--all", "--json"), env=dict(env), stdout=log, stderr=log)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(moment_s), 0
        children = tree(process.pid)[1:]
        process.send_signal(signal.SIGKILL)
        code = process.wait()
    return code, len(wait_idle(children, 10))


@contextlib.contextmanager
def _web(folder: Path, options: argparse.Namespace) -> Iterator[tuple[Replay, Any]]:
    """The running pack with portal files for its hosts, and a function from database address to environment."""
    folder.mkdir(parents=True)
    extra = ["--faults", options.faults] if options.faults else []
    with serving(folder, hosts=options.hosts, articles=options.articles, easy=options.easy, options=extra) as replay:
        write_portals(folder / "portals", replay.hosts(), FETCH)

        def env_of(database: str | None) -> dict[str, str]:
            env = environment(replay, folder / "home", folder / "portals", database)
            if database:  # a server's tables are made by hand, a new SQLite home makes its own
                _must(copydesk("db", "upgrade"), env)
            return env

        yield replay, env_of


def _harvest(replay: Replay, env: Mapping[str, str], folder: Path) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Export what was stored, verify the captures, and ask the judge."""
    items = folder / "items.jsonl"
    _must(copydesk("export", "--format", "jsonl", "--output", str(items)), env)
    rows = [json.loads(line) for line in items.read_text("utf-8").splitlines()]
    judged = replay.check(items, folder)
    judged["items"]["not_an_article_share"] = judged["items"].get("not_an_article", 0) / max(1, len(rows))
    judged["items"]["urls_exported_twice"] = len(rows) - len({row["url"] for row in rows})
    verify = subprocess.run(copydesk("verify"), env=dict(env), capture_output=True, text=True)
    judged["captures"] = {"verify_exit_code": verify.returncode}
    if verify.returncode:
        sys.stderr.write(verify.stdout[-2000:] + verify.stderr[-2000:])
    return {row["url"]: row["text"] for row in rows}, judged


def _must(command: Sequence[str], env: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[3:])} ended with {done.returncode}:\n{done.stderr[-4000:]}")


def report(crawl: Crawl) -> int:
    """Print the figures of a crawl; how many demands it misses."""
    print(f"\n{crawl.name}: {crawl.seconds:.0f} s, exit codes {dict(Counter(crawl.exit_codes))}, "
          f"peak memory {crawl.peak_rss_mb:.0f} MB, children that outlived a kill {crawl.orphans}")  # fmt: skip
    if crawl.stats:
        print("crawl --json:", json.dumps(crawl.stats, ensure_ascii=False)[:2000])
    missed, asked = 0, {(part, key): (bound, sign) for part, key, bound, sign in DEMANDS}
    asked["captures", "verify_exit_code"] = (0, "<=")
    kills = len(crawl.exit_codes) - 1
    asked["politeness", "refetch_without_validators"] = (kills * UNSETTLED, "<=")
    missed += crawl.orphans
    rows: list[Sequence[object]] = [("figure", "value", "demand", "")]
    for part, figures in crawl.judged.items():
        for key, value in figures.items():
            bound, sign = asked.pop((part, key), (None, ""))
            good = bound is None or (value >= bound if sign == ">=" else value <= bound)
            missed += not good
            rows.append((f"{part}.{key}", value, f"{sign} {bound}" if sign else "", "" if good else "MISSED"))
    print(table(rows))
    return missed + sum(sign == ">=" for _, sign in asked.values())


def compare(left: Crawl, right: Crawl) -> int:
    """Print how two crawls differ in what they stored; the number of differences."""
    only_left, only_right = left.articles.keys() - right.articles.keys(), right.articles.keys() - left.articles.keys()
    texts = [url for url in left.articles.keys() & right.articles.keys() if left.articles[url] != right.articles[url]]
    print(f"\n{left.name} against {right.name}: {len(left.articles)} and {len(right.articles)} articles")
    print(f"{len(only_left)} only in the first, {len(only_right)} only in the second, {len(texts)} with other text")
    for url in sorted([*only_left, *only_right, *texts])[:20]:
        print("  ", url)
    return len(only_left) + len(only_right) + len(texts)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--easy", action="store_true", help="friendly hosts")
    parser.add_argument("--faults", default="", help="for the server: 429=.01,reset=.005,truncate=.005 …")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--both", action="store_true", help="on SQLite and on PostgreSQL, compared")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill -9 at N random moments, compared")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--keep", type=Path, help="work in this new folder and keep it")
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; 1 when something is not as it should be."""
    options = arguments()
    with contextlib.ExitStack() as stack:
        work = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-pack-")))
        work.mkdir(parents=True, exist_ok=True)
        crawls = []
        if not options.postgres:
            crawls.append(crawl_once("SQLite", work / "sqlite", options, None))
        if options.postgres or options.both:
            address = stack.enter_context(postgres(work))
            crawls.append(crawl_once("PostgreSQL", work / "postgresql", options, address))
        if options.kill:
            if options.postgres:
                address = stack.enter_context(postgres(work / "killed-server"))
            killed = crawl_with_kills(
                f"{crawls[0].name}, killed {options.kill} times", work / "killed", options,
                address if options.postgres else None, crawls[0].seconds,
            )  # fmt: skip
            crawls.append(killed)
        missed = sum(report(crawl) for crawl in crawls)
        missed += sum(compare(crawls[0], other) for other in crawls[1:])
    print("\nall demands met" if not missed else f"\n{missed} demands missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
