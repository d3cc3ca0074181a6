"""What the tests of the DAGs share. Run with Airflow's interpreter: make test-airflow.

Airflow reads its environment when it is imported, so that is made here first. The DAGs run the real `copydesk` of
`.venv`, on newspapers that are served on loopback.
"""

from __future__ import annotations

import atexit
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import in_memory

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
COMMAND = ROOT / ".venv" / "bin" / "copydesk"
_OURS = ("COPYDESK_", "AIRFLOW_", "_AIRFLOW_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
in_memory.use()
_HOME = Path(tempfile.mkdtemp(prefix="copydesk-airflow-test-", dir=in_memory.folder()))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

for _name in [name for name in os.environ if name.startswith(_OURS) or name.lower() in _PROXIES]:
    del os.environ[_name]
os.environ.update(
    AIRFLOW_HOME=str(_HOME),
    AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__EXECUTOR="LocalExecutor",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    AIRFLOW__API_AUTH__JWT_SECRET="x" * 64,
    COPYDESK_COMMAND=str(COMMAND),
    COPYDESK_FOLDER=str(_HOME / "desk"),
    COPYDESK_WORKERS="1",
)
sys.path.insert(0, str(DAGS))

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.utils.db import initdb
from newcomer import Newcomer
from papers import Paper

from tests.nursery import open_nursery


@dataclass
class Desk:
    """A folder with portal files and a corpus that the DAGs of a test work on."""

    folder: Path
    papers: dict[str, Paper] = field(default_factory=dict)

    def write_portal(self, name: str, more: str = "") -> Path:
        """The portal file of one of the papers."""
        path = self.folder / "portals" / f"{name}.toml"
        path.write_text(self.papers[name].portal_file(more), "utf-8")
        return path

    def run(self, *words: str) -> Any:
        """The JSON that a command prints here."""
        done = subprocess.run(
            [COMMAND, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"copydesk {' '.join(words)}: {done.returncode}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell has."""
        ours = {"COPYDESK_HOME": str(self.folder / "copydesk-data"), "COPYDESK_PORTALS": str(self.folder / "portals")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return {**kept, **ours, "COPYDESK_WORKERS": "1"}

    def articles(self) -> int:
        """How many articles are stored."""
        corpus = f"file:{self.folder}/copydesk-data/corpus.sqlite3?mode=ro"
        with closing(sqlite3.connect(corpus, uri=True, timeout=20)) as connection:  # a command costs a second of CPU
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """Airflow's folder, with an empty database."""
    initdb()
    return _HOME


@pytest.fixture(scope="session")
def forked_command() -> str:
    """Words that run `copydesk` forked from a process of `.venv` that has imported it: tests/nursery."""
    python = COMMAND.with_name("python")
    path, _ = open_nursery(python)
    return shlex.join(map(str, (python, "-IS", ROOT / "tests" / "nursery" / "asking.py", path)))


@pytest.fixture(scope="session")
def empty_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus at the newest schema."""
    folder = tmp_path_factory.mktemp("corpus")
    env = {**os.environ, "COPYDESK_HOME": str(folder)}
    subprocess.run([COMMAND, "--quiet", "db", "upgrade"], env=env, check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def papers() -> Iterator[dict[str, Paper]]:
    """Two newspapers, "north" and "south"."""
    with Paper("north") as north, Paper("south") as south:
        yield {"north": north, "south": south}


def open_desk(folder: Path, papers: dict[str, Paper], corpus: Path | None = None) -> Desk:
    """A desk in `folder` with a copy of `corpus`, and the papers as they were."""
    if corpus is not None:
        shutil.copytree(corpus, folder / "copydesk-data")
    (folder / "portals").mkdir()
    made = Desk(folder, papers)
    for name, paper in papers.items():
        paper.edits, paper.count, paper.hangs_from = 0, 4, None
        made.write_portal(name)
    return made


@pytest.fixture
def desk(tmp_path: Path, empty_corpus: Path, papers: dict[str, Paper], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with the portal files of both papers and an empty corpus, which the DAGs of a test work on."""
    monkeypatch.setenv("COPYDESK_FOLDER", str(tmp_path))
    return open_desk(tmp_path, papers, empty_corpus)


@pytest.fixture(scope="session")
def parse() -> Callable[..., BundleDagBag]:
    """Reads the DAG files, or one of them, as the dag-processor does."""

    def read(file: str = "") -> BundleDagBag:
        return BundleDagBag(dag_folder=str(DAGS / file), bundle_path=DAGS, bundle_name="dags-folder")

    return read


# --- one session of Airflow, for test_scheduler.py ------------------------------------------------------------------


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """`make airflow`, on a desk and papers of its own; it may be starting still."""
    folder = tmp_path_factory.mktemp("newcomer")
    with Paper("north") as north, Paper("south") as south:
        made = Newcomer(open_desk(folder, {"north": north, "south": south}), folder / "airflow")
        try:
            made.start()
            yield made
        finally:
            made.leave_nothing()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Its tests come before those that take long: while it runs, it takes CPU."""
    items.sort(key=lambda item: item.path.name == "test_runs.py")


@pytest.fixture(scope="session", autouse=True)
def _newcomer_starts_first(request: pytest.FixtureRequest) -> None:
    """It takes a minute to start and to crawl for the first time: others run meanwhile."""
    if any(item.path.name == "test_scheduler.py" for item in request.session.items):
        request.getfixturevalue("newcomer")
