"""Pages per second and memory of `copydesk crawl`, against the bound and against a naive spider, in one run.

    python -m benchmarks.throughput                    3,000 articles; about eight minutes on two cores
    python -m benchmarks.throughput --memory           and peak memory at 1,000 and 10,000 articles
    python -m benchmarks.throughput --articles 300 --rounds 1      a quick look

The bound is `trafilatura.bare_extraction(with_metadata=True)` over the same pages from disk, a process for each core.
The order of the three is turned from round to round, so that a slow minute of the machine hits none of them alone.
Ends with exit code 1 when a demand is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.bound import pages_per_second, save_pages
from benchmarks.processes import Measured, run, table
from benchmarks.replay import Replay, copydesk, environment, serving, write_portals

FETCH = {"delay": 0.0, "concurrency": 8, "max_pages": 1_000_000}
OF_BOUND, OF_NAIVE, MEMORY = 1.1, 1.7, 0.10


def crawl(replay: Replay, folder: Path) -> tuple[int, Measured]:
    """One crawl of everything into a new home; how many articles it stored, and what it took."""
    write_portals(folder / "portals", replay.hosts(), FETCH)
    env = environment(replay, folder / "home", folder / "portals", None)
    measured = run(copydesk("crawl", "--all", "--json"), env)
    if measured.exit_code not in (0, 3):
        raise SystemExit(f"the crawl ended with {measured.exit_code}:\n{measured.stderr[-4000:]}")
    items = folder / "items.jsonl"
    subprocess.run(copydesk("export", "--format", "jsonl", "--output", str(items)), env=env, check=True)
    with items.open("rb") as lines:
        return sum(1 for _ in lines), measured


def naive(replay: Replay, folder: Path, sitemaps: list[str]) -> float:
    """Pages per second of the naive spider, from the start of its process's reactor to its end."""
    folder.mkdir(parents=True)
    env = environment(replay, folder, folder, None)
    command = [sys.executable, "-m", "benchmarks.naive_spider", str(folder / "out.sqlite3"), *sitemaps]
    done = run(command, env)
    if done.exit_code:
        raise SystemExit(f"the naive spider ended with {done.exit_code}:\n{done.stderr[-4000:]}")
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return float(figures["pages"] / figures["seconds"])


def compare(work: Path, options: argparse.Namespace) -> tuple[dict[str, list[float]], list[Measured]]:
    """Run the three contestants round by round; pages per second of each."""
    rates: dict[str, list[float]] = {"copydesk crawl": [], "bound": [], "naive spider": []}
    crawls: list[Measured] = []
    with serving(work, hosts=options.hosts, articles=options.articles, easy=True) as replay:
        truth = [json.loads(line) for line in replay.admin("manifest").splitlines()]
        urls = [row["url"] for row in truth if row["alive"] and row["robots_ok"] and not row["dead"]]
        paths = save_pages(replay.proxy, urls, work / "pages")
        sitemaps = [f"http://{host['host']}/sitemap_index.xml" for host in replay.hosts()]

        def ours(number: int) -> float:
            stored, measured = crawl(replay, work / f"crawl-{number}")
            crawls.append(measured)
            print(f"  crawl: {stored} of {len(urls)} articles in {measured.wall_s:.1f} s, {measured.cpu_s:.1f} CPU s")
            return stored / measured.wall_s

        contestants: list[tuple[str, Callable[[int], float]]] = [
            ("copydesk crawl", ours),
            ("bound", lambda _: pages_per_second(paths)),
            ("naive spider", lambda number: naive(replay, work / f"naive-{number}", sitemaps)),
        ]
        for number in range(options.rounds):
            turned = contestants[number % 3 :] + contestants[: number % 3]
            for name, contest in turned:
                rates[name].append(contest(number))
                print(f"round {number + 1}: {name} {rates[name][-1]:.1f} pages/s", flush=True)
    return rates, crawls


def report(rates: dict[str, list[float]], crawls: list[Measured]) -> int:
    """Print the table of rates; how many demands are missed."""
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ours = middle["copydesk crawl"]
    rows: list[tuple[object, ...]] = [("", "pages/s", "spread", "crawl is times", "demand")]
    for name, values in rates.items():
        demand = {"bound": f">= {OF_BOUND}", "naive spider": f">= {OF_NAIVE}"}.get(name, "")
        spread = f"{min(values):.1f}-{max(values):.1f}"
        rows.append((name, middle[name], spread, ours / middle[name] if demand else "", demand))
    print(f"\n{os.cpu_count()} cores, median of {len(crawls)} rounds\n{table(rows)}")
    print(f"peak memory of the crawl: {max(crawl.peak_rss_mb for crawl in crawls):.0f} MB, all processes summed")
    return (ours / middle["bound"] < OF_BOUND) + (ours / middle["naive spider"] < OF_NAIVE)


def memory(work: Path, hosts: int) -> int:
    """Print peak memory at 1,000 and 10,000 articles; 1 when it grows by more than a tenth."""
    peaks = []
    for articles in (1_000, 10_000):
        folder = work / f"memory-{articles}"
        folder.mkdir()
        with serving(folder, hosts=hosts, articles=articles, easy=True) as replay:
            stored, measured = crawl(replay, folder / "crawl")
        late = [megabytes for at_s, megabytes in measured.rss_mb if at_s > measured.wall_s / 2]
        peaks.append(measured.peak_rss_mb)
        middle = statistics.median(late or [0])
        print(f"{stored} of {articles} articles in {measured.wall_s:.0f} s: peak {measured.peak_rss_mb:.0f} MB")
        print(f"  median of the second half {middle:.0f} MB")
    growth = peaks[1] / peaks[0] - 1
    print(f"peak memory grows by {growth:+.1%} (demand: within {MEMORY:.0%})")
    return growth > MEMORY


def main() -> int:
    """Run the comparison; 1 when a demand is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--memory", action="store_true", help="also compare memory at 1,000 and 10,000 articles")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        missed = report(*compare(Path(folder), options))
        if options.memory:
            missed += memory(Path(folder), options.hosts)
    print("all demands met" if not missed else f"{missed} demands missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
