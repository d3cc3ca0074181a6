"""Memory and CPU of a process with all its children, from /proc."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Measured:
    """One finished command: its exit code, output, wall time, CPU time and peak memory of the whole tree."""

    exit_code: int
    stdout: str
    stderr: str
    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    rss_mb: list[tuple[float, float]] = field(default_factory=list)  # (seconds since start, MB)


def tree(root: int) -> list[int]:
    """`root` and every process below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has ended meanwhile
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def rss_bytes(pids: Sequence[int]) -> int:
    """Resident memory of the processes, summed; pages that they share count for each."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
        except (OSError, IndexError):
            continue
    return total


def run(command: Sequence[str], env: Mapping[str, str], *, every_s: float = 0.5, cwd: Path | None = None) -> Measured:
    """Run a command to its end and watch its tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    samples: list[tuple[float, float]] = []
    with subprocess.Popen(
        command, env=dict(env), cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(every_s):
                samples.append((time.monotonic() - start, rss_bytes(tree(process.pid)) / 1e6))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        stdout, stderr = process.communicate()
        ended.set()
        watcher.join()
    wall_s = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = max((megabytes for _, megabytes in samples), default=0.0)
    return Measured(process.returncode, stdout, stderr, wall_s, cpu_s, peak, samples)


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows as aligned text, the first one being the header."""
    cells = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
