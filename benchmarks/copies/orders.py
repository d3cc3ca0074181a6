"""Whether the stories depend on the order of arrival or on the database: the copies pack, read in several orders.

    COPYDESK_PACKS=<packs> python -m benchmarks.copies.orders [--orders 3] [--articles N] [--postgres URL]

Every order is a `copydesk import jsonl` of its own into a fresh SQLite corpus; the first goes into an empty
PostgreSQL database as well, when one is given. Compared are the stories that `copydesk copies clusters` prints; who
had a story first may depend on what came here first. Ends with 1 when any two differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.quality.copies import INPUT, articles, copydesk

Stories = dict[str, frozenset[str]]  # by article, all articles of its story


def stories(home: Path, lines: list[str], database: str | None = None) -> Stories:
    """The stories that come of `lines` in this order."""
    (home / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    where = ("--database", database) if database else ()
    copydesk(home, *where, "import", "jsonl", str(home / "in.jsonl"))
    rows = [json.loads(row) for row in copydesk(home, *where, "copies", "clusters", "-o", "ndjson").splitlines()]
    members: dict[int, set[str]] = {}
    for row in rows:
        members.setdefault(row["cluster"], set()).add(row["id"])
    return {row["id"]: frozenset(members[row["cluster"]]) for row in rows}


def main() -> int:
    """Print a line an order; 1 when any two differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", type=int, default=3)
    parser.add_argument("--articles", type=int, help="only so many; all when not given")
    parser.add_argument("--postgres", metavar="URL", help="an empty database")
    options = parser.parse_args()
    pack = list(articles(Path(os.environ["COPYDESK_PACKS"]) / "copies"))[: options.articles]
    given = [json.dumps({name: each[name] for name in INPUT}, ensure_ascii=False) for each in pack]
    runs: list[tuple[str, int, str | None]] = [(f"SQLite, order {n + 1}", n, None) for n in range(options.orders)]
    if options.postgres:
        copydesk(Path(tempfile.gettempdir()), "--database", options.postgres, "db", "upgrade")
        runs.append(("PostgreSQL, order 1", 0, options.postgres))
    first: Stories | None = None
    differ = 0
    for name, order, database in runs:
        lines = list(given)
        if order:
            random.Random(order).shuffle(lines)
        with tempfile.TemporaryDirectory() as folder:
            found = stories(Path(folder), lines, database)
        first = first or found
        moved = sum(found[each] != story for each, story in first.items())
        differ += moved
        print(f"{name}: {len(found):,} articles, {len(set(found.values())):,} stories; {moved} in another", flush=True)
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
