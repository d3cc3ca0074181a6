"""What a crawl is measured against: trafilatura alone over the same pages from disk, in as many processes as cores."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import trafilatura


def save_pages(proxy: str, urls: Sequence[str], folder: Path) -> list[Path]:
    """Fetch the pages through the pack's proxy into gzip files; their paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))

    def save(numbered: tuple[int, str]) -> Path:
        number, url = numbered
        path = folder / f"{number}.html.gz"
        with opener.open(url, timeout=60) as answer:
            path.write_bytes(gzip.compress(answer.read(), 1))
        return path

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(save, enumerate(urls)))


def extract_file(path: Path) -> bool:
    """One page as today's practice reads it: body, comments and metadata, all defaults."""
    return trafilatura.bare_extraction(gzip.decompress(path.read_bytes()), with_metadata=True) is not None


def pages_per_second(paths: Sequence[Path], processes: int | None = None) -> float:
    """Throughput of `extract_file` over the files, start-up of the processes left out."""
    with multiprocessing.get_context("spawn").Pool(processes or os.cpu_count()) as pool:
        pool.map(extract_file, paths[: 2 * (os.cpu_count() or 1)])  # every process has its imports now
        start = time.monotonic()
        extracted = sum(pool.imap_unordered(extract_file, paths, chunksize=4))
        seconds = time.monotonic() - start
    if extracted < 0.9 * len(paths):
        raise SystemExit(f"the bound read only {extracted} of {len(paths)} pages: the comparison would be void")
    return len(paths) / seconds
