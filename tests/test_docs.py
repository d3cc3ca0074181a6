"""The documentation is a contract: links lead somewhere, tables are described, no machine is named."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from storage.tables import Base
from tests.docs_tables import PAGE, with_tables
from tests.test_layers import ROOMS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def tracked_files() -> list[Path]:
    """The files git knows, or every file when this is no checkout."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [name for name in done.stdout.split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text("utf-8"))]
    local = [target for target in targets if target and not target.startswith(("http://", "https://", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    missing = [
        page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md" and page.name not in index
    ]
    assert missing == []


def test_every_table_and_column_has_help_text() -> None:
    for table in Base.metadata.sorted_tables:
        assert table.comment, f"{table.name} has no comment"
        silent = [column.name for column in table.columns if not column.comment and not column.primary_key]
        assert silent == [], f"{table.name} has columns without a comment"


def test_the_corpus_page_describes_every_table_as_it_is() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page) == page, "docs/corpus.md lags behind storage/tables.py; run: python -m tests.docs_tables"
    assert all(f"### {name}\n" in page for name in Base.metadata.tables)


def test_a_column_missing_from_the_corpus_page_is_noticed() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page.replace("| `payload_digest` |", "| `digest` |")) == page


def test_decisions_are_numbered_listed_and_say_what_was_turned_down() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    index = (folder / "README.md").read_text("utf-8")
    for page in pages:
        text = page.read_text("utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        assert title.startswith(page.name[:4]), page.name
        assert f"[{title}]({page.name})" in index, page.name
        assert all(f"\n## {part}\n" in text for part in ("Choice", "Why", "Turned down")), page.name


def test_architecture_knows_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    there = [room for room in ROOMS if (ROOT / room).is_dir()]
    assert [room for room in there if f"| `{room}/` |" not in text] == []


def test_bare_make_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # we may be in `make test`
    shown = subprocess.run(["make"], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in shown.splitlines()} == phony


def test_no_committed_file_names_a_package_host_or_a_path_of_some_machine() -> None:
    hosts = ("pypi" + r"\.org", "python" + "hosted", "npm" + "js", "registry" + r"\.", "/work" + "/", "/root" + "/")
    forbidden = re.compile("|".join(hosts))
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked_files()
        if path.suffix not in (".gz", ".png") and (found := forbidden.search(path.read_text("utf-8", "replace")))
    ]
    assert named == []


def test_locks_are_hashed() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        pins = re.findall(r"^[a-z0-9][^\s=]*==[^\s]+", text, re.MULTILINE)
        assert pins, path.name
        assert len(re.findall(r"^[a-z0-9][^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins), path.name
        assert "--index-url" not in text
