"""Every import points down, and every library has one home: the table of ARCHITECTURE.md."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ("newsroom", "storage", "pipelines", "spiders", "reading_room", "copydesk", "dags")  # from the bottom up


@dataclass(frozen=True)
class Room:
    """What one room may import: rooms below it, and libraries."""

    rooms: frozenset[str]
    libraries: frozenset[str]


def _room(rooms: str, libraries: str) -> Room:
    return Room(frozenset(rooms.split()), frozenset(libraries.split()))


# brotli and backports.zstd unpack what was captured; lxml outside pipelines is for XML (feeds, sitemaps) and links.
ROOMS = {
    "newsroom": _room("", "pydantic pydantic_core w3lib"),
    "storage": _room("newsroom", "sqlalchemy alembic warcio fsspec brotli backports zlib_ng psycopg pyarrow Stemmer"),
    "pipelines": _room("newsroom storage", "trafilatura langdetect lxml numpy"),
    "spiders": _room("newsroom pipelines storage", "scrapy twisted zope itemadapter feedparser lxml"),
    "reading_room": _room("newsroom storage", "starlette jinja2 markupsafe"),
    "copydesk": _room("newsroom storage pipelines spiders reading_room", "click rich"),
    "dags": _room("", "airflow copydesk_airflow"),  # copydesk_airflow is what the DAG files share, beside them
}
ONE_ROOM = {  # the sole home of a library
    "scrapy": "spiders",
    "pydantic": "newsroom", "sqlalchemy": "storage", "alembic": "storage", "warcio": "storage", "fsspec": "storage",
    "trafilatura": "pipelines", "numpy": "pipelines",
    "langdetect": "pipelines", "feedparser": "spiders", "starlette": "reading_room",
    "jinja2": "reading_room", "click": "copydesk", "rich": "copydesk", "airflow": "dags",
}  # fmt: skip
ONE_MODULE = ("trafilatura", "langdetect", "feedparser")
DISTRIBUTIONS = {
    "backports": "backports.zstd",
    "zope": "zope.interface",
    "pydantic_core": "pydantic",
    "zlib_ng": "zlib-ng",
    "Stemmer": "pystemmer",
}
LATE = {
    "twisted.internet",  # importing its reactor installs one, so it must wait until asyncio's has been
    "alembic",  # needed to migrate only, and slow to import
    "alembic.config",
}
STORING_PIPELINES = {
    *(f"pipelines/{name}.py" for name in ("imports", "ingest", "match", "rematch", "stories")),
    *(path.relative_to(ROOT).as_posix() for path in (ROOT / "pipelines" / "archives").glob("*.py")),
}


@dataclass(frozen=True)
class Import:
    """One import statement: `library` is the first part of the name."""

    file: str
    line: int
    module: str
    star: bool
    inside_function: bool

    @property
    def room(self) -> str:
        return self.file.split("/")[0]

    @property
    def library(self) -> str:
        return self.module.split(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def imports_of(source: str, file: str) -> Iterator[Import]:
    """Every import in `source`; relative ones are given their absolute name."""
    package = file.split("/")[:-1]
    for node, inside_function in _statements(ast.parse(source, file), False):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(file, node.lineno, name.name, False, inside_function)
        else:
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield Import(file, node.lineno, module, any(name.name == "*" for name in node.names), inside_function)


def _statements(node: ast.AST, inside_function: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import statement below `node`, and whether a function holds it; no expression can."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, inside_function
        elif not isinstance(child, ast.expr):
            yield from _statements(child, inside_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def faults(imports: list[Import]) -> list[str]:
    """Every import that breaks a rule, said in words."""
    return [f"{found}: {fault}" for found in imports if (fault := _fault(found))]


def _fault(found: Import) -> str | None:
    room, library = ROOMS[found.room], found.library
    fault = None
    if found.star:
        fault = "star import"
    elif found.inside_function and found.room != "copydesk" and found.module not in LATE:
        fault = "import inside a function; only the command may, to start quickly"
    elif library in sys.stdlib_module_names or library == found.room:
        fault = None
    elif library in ORDER:
        if library not in room.rooms:
            fault = f"an arrow that does not point down: {found.room} may know {sorted(room.rooms) or 'no other room'}"
        elif found.room == "pipelines" and library == "storage" and found.file not in STORING_PIPELINES:
            fault = f"in pipelines only {sorted(STORING_PIPELINES)} touch storage"
    elif library not in room.libraries:
        home = ONE_ROOM.get(library)
        fault = f"{library} lives in {home}" if home else f"{library} is no library of {found.room}"
    return fault


@cache
def all_imports() -> list[Import]:
    """Every import of ours."""
    return [
        found
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for found in imports_of(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
    ]


def test_every_import_points_down_and_every_library_is_at_home() -> None:
    found = all_imports()
    assert {one.room for one in found} >= {"newsroom", "storage", "pipelines", "spiders"}
    assert faults(found) == []


@pytest.mark.parametrize("library", ONE_MODULE)
def test_some_libraries_are_known_to_one_module_only(library: str) -> None:
    homes = {found.file for found in all_imports() if found.library == library}
    assert len(homes) <= 1, f"{library} is imported in {sorted(homes)}"


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = [
        *project["dependencies"],
        *(bound for extra in project["optional-dependencies"].values() for bound in extra),
    ]
    declared = {re.split(r"[\[<>=; ]", bound)[0].lower() for bound in bounds}
    found = {one.library for one in all_imports() if one.room != "dags"} - {*sys.stdlib_module_names, *ROOMS}
    assert {DISTRIBUTIONS.get(library, library) for library in found} - declared == set()


def test_no_file_of_ours_lies_outside_the_rooms() -> None:
    known = {*ROOMS, "tests", "benchmarks", "docs", "portals"}
    others = [
        folder
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in {*known, "build", "dist"}
    ]
    assert [folder.name for folder in others if any(folder.rglob("*.py"))] == []


@pytest.mark.parametrize(
    ("file", "source", "said"),
    [
        ("newsroom/urls.py", "import storage.tables", "does not point down"),
        ("storage/corpus.py", "from pipelines import text", "does not point down"),
        ("storage/captures/writer.py", "from ...spiders import desk", "does not point down"),
        ("pipelines/extract.py", "from storage import corpus", "touch storage"),
        ("spiders/robots.py", "import sqlalchemy", "lives in storage"),
        ("newsroom/urls.py", "import requests", "no library of newsroom"),
        ("dags/portals.py", "import newsroom.records", "does not point down"),
        ("storage/corpus.py", "from newsroom.records import *", "star import"),
        ("spiders/desk.py", "def crawl():\n    import newsroom", "inside a function"),
    ],
)
def test_a_broken_rule_is_noticed(file: str, source: str, said: str) -> None:
    (fault,) = faults(list(imports_of(textwrap.dedent(source), file)))
    assert said in fault


def test_what_is_allowed_passes() -> None:
    allowed = [
        ("pipelines/ingest.py", "from storage.corpus import Corpus"),
        ("copydesk/commands/crawl.py", "def run():\n    from spiders import desk"),
        ("storage/captures/writer.py", "from . import layout\nfrom newsroom.records import Exchange\nimport warcio"),
    ]
    assert [fault for file, source in allowed for fault in faults(list(imports_of(source, file)))] == []
