"""Where a command may write to: never onto what the corpus itself is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copydesk.context import Desk

_COMPANIONS = ("", "-wal", "-shm", "-journal")


def check_target(desk: Desk, target: Path | None) -> None:
    """Raise UsageError when `target`, or what it links to, is the database of the corpus or one of its WARC files."""
    from newsroom.errors import UsageError

    if target is None:
        return
    there = target.resolve()
    scheme, slashes, path = desk.config.database_url.partition(":///")
    if slashes and scheme.startswith("sqlite"):
        database = Path(path.partition("?")[0]).resolve()
        if there in {database.with_name(database.name + suffix) for suffix in _COMPANIONS}:
            raise UsageError(f"{target}: is the database of the corpus; write to another file")
    if there.parent == desk.config.warc_folder.resolve() and there.exists():
        raise UsageError(f"{target}: is a file of the corpus's captures; write to another file")
