"""Each DAG run once by `dag.test()`: real commands, real crawls of papers on loopback, no scheduler.

The commands are forked from a process that has imported copydesk; test_scheduler.py starts them as people do.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models.asset import AssetEvent, AssetModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from conftest import Desk, open_desk
from papers import Paper
from sqlalchemy import select

Parse = Callable[..., BundleDagBag]
pytestmark = pytest.mark.usefixtures("airflow_home")


@pytest.fixture(scope="module", autouse=True)
def _forked_commands(forked_command: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPYDESK_COMMAND", forked_command)
        yield


class Ran:
    """A finished run of a DAG."""

    def __init__(self, dag: Any, conf: dict[str, Any] | None = None, **when: Any) -> None:
        self.run = dag.test(run_conf=conf or {}, **when)
        self.state = str(self.run.state)

    def tasks(self) -> dict[str, str]:
        """State of each task; mapped ones by task and index."""
        found = self.run.get_task_instances()
        return {f"{ti.task_id}{'' if ti.map_index < 0 else f'[{ti.map_index}]'}": str(ti.state) for ti in found}

    def names(self) -> set[str | None]:
        """What the grid calls mapped tasks."""
        return {ti.rendered_map_index for ti in self.run.get_task_instances() if ti.map_index >= 0}

    def report(self, task: str, index: int = -1, key: str = "report") -> Any:
        """What a task left in XCom."""
        with create_session() as session:
            query = XComModel.get_many(
                run_id=self.run.run_id, key=key, task_ids=task, dag_ids=self.run.dag_id, map_indexes=index
            )
            found = session.execute(query.with_only_columns(XComModel.value)).first()
        return found and XComModel.deserialize_value(found)

    def events(self) -> list[dict[str, Any]]:
        """What the asset `articles` was told by this run."""
        with create_session() as session:
            chosen = (
                select(AssetEvent.extra)
                .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
                .where(AssetModel.name == "articles", AssetEvent.source_run_id == self.run.run_id)
                .where(AssetEvent.source_dag_id == self.run.dag_id)
            )
            return list(session.scalars(chosen))


def run_of(parse: Parse, dag_id: str, conf: dict[str, Any] | None = None, **when: Any) -> Ran:
    """A DAG, run to its end."""
    file = "copydesk_crawl.py" if "__" in dag_id else f"{dag_id}.py"
    return Ran(parse(file.replace("_quarantined", "")).dags[dag_id], conf, **when)


@pytest.fixture
def run_dag(desk: Desk, parse: Parse) -> Callable[..., Ran]:
    """Runs a DAG to its end."""
    return partial(run_of, parse)


@pytest.fixture(scope="module")
def first_crawl(
    tmp_path_factory: pytest.TempPathFactory,
    airflow_home: Path,
    empty_corpus: Path,
    papers: dict[str, Paper],
    parse: Parse,
) -> tuple[Ran, Path]:
    """A crawl of "north", and the corpus after it."""
    made = open_desk(tmp_path_factory.mktemp("north"), papers, empty_corpus)
    made.write_portal("north", 'revisit = ["1s", "1d"]')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPYDESK_FOLDER", str(made.folder))
        return run_of(parse, "copydesk_crawl__north"), made.folder / "copydesk-data"


@pytest.fixture
def crawled(first_crawl: tuple[Ran, Path], desk: Desk) -> Desk:
    """A desk where "north" was crawled once."""
    shutil.rmtree(desk.folder / "copydesk-data")
    shutil.copytree(first_crawl[1], desk.folder / "copydesk-data")
    return desk


def test_a_crawl_stores_articles_and_tells_the_asset(first_crawl: tuple[Ran, Path], crawled: Desk) -> None:
    ran, _ = first_crawl
    assert ran.state == "success"
    assert ran.report("crawl")["articles"]["new"] == 4
    assert ran.report("crawl", key="return_value") == ran.report("crawl")
    assert ran.events() == [{"portal": "north", "new": 4, "changed": 0, "run": 1}]
    assert crawled.articles() == 4


def test_a_crawl_that_brings_nothing_new_stores_and_tells_nothing(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    again = run_dag("copydesk_crawl__north")
    assert again.state == "success"
    assert again.report("crawl")["articles"]["new"] == 0
    assert again.events() == []
    assert crawled.articles() == 4


def test_parameters_of_a_run_reach_the_crawl(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    crawled.papers["north"].count = 8
    ran = run_dag("copydesk_crawl__north", {"limit": 3, "since": "7d"})
    assert ran.report("crawl")["fetched"] == 3
    assert crawled.articles() - 4 == ran.report("crawl")["articles"]["new"] < 4


def test_a_dry_run_of_the_portals_that_have_a_tag(desk: Desk, run_dag: Callable[..., Ran]) -> None:
    desk.write_portal("south", 'tags = ["coast"]')
    ran = run_dag("copydesk_crawl_all", {"tags": ["coast"], "dry_run": True, "since": "7d"})
    assert (ran.names(), ran.report("summary")["new"]) == ({"south"}, 0)
    assert ran.report("crawl", 0)["dry_run"] is True
    assert ran.report("crawl", 0)["since"]
    assert ran.events() == []
    assert desk.articles() == 0


def test_it_is_said_when_no_portal_has_the_tags(desk: Desk, run_dag: Callable[..., Ran]) -> None:
    none = run_dag("copydesk_crawl_all", {"tags": ["mountains"]})
    assert (none.state, none.tasks()["portals"]) == ("failed", "failed")


def test_a_dead_portal_fails_without_retry_is_named_and_does_not_stop_the_rest(
    desk: Desk, run_dag: Callable[..., Ran], hook: Hook
) -> None:
    north = desk.folder / "portals" / "north.toml"
    north.write_text(north.read_text("utf-8") + "\n[articles]\nmin_chars = 100000\n", "utf-8")  # below expectation
    (desk.folder / "portals" / "broken.toml").write_text("home =", "utf-8")
    with pytest.warns(UserWarning, match="no DAG for this portal: .*broken"):  # dag.test() reads all DAG files
        ran = run_dag("copydesk_crawl_all", logical_date=None)
    assert ran.state == "failed"
    assert ran.tasks() == {"portals": "success", "crawl[0]": "failed", "crawl[1]": "success", "summary": "failed"}
    assert ran.names() == {"north", "south"}
    summary = ran.report("summary")
    assert (summary["done"], summary["failed"], len(summary["faults"])) == (["south"], ["north"], 1)
    assert [event["portal"] for event in ran.events()] == ["south"]
    assert desk.articles() == summary["new"] == 4
    assert ran.report("crawl", 0)["portals"][0]["exit_code"] == 3
    (alert,) = (each for each in hook.bodies if each["task_id"] == "crawl")
    assert (alert["alert"], alert["dag_id"]) == ("task failed", "copydesk_crawl_all")
    assert alert["try_number"] == 1
    assert "exit code 3" in alert["error"]
    assert alert["report"] == ran.report("crawl", 0)


def test_a_revisit_finds_edits_and_then_nothing_is_due(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    crawled.write_portal("north", 'revisit = ["1s", "1d"]')
    crawled.papers["north"].edits += 1
    ran = run_dag("copydesk_revisit")
    assert ran.state == "success"
    (event,) = ran.events()
    assert (event["portal"], event["new"], event["changed"]) == ("north", 0, 4)
    assert run_dag("copydesk_revisit").tasks() == {"revisit": "skipped"}


@pytest.mark.parametrize("dag_id", ["copydesk_process", "copydesk_process_quarantined"])
def test_with_nothing_left_to_process_the_task_is_skipped(
    crawled: Desk, run_dag: Callable[..., Ran], dag_id: str
) -> None:
    ran = run_dag(dag_id)
    assert ran.tasks() == {"process": "skipped"}
    assert set(ran.report("process")) >= {"recovered", "retried", "articles"}


def test_copies_are_counted(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    ran = run_dag("copydesk_copies")
    assert ran.tasks() == dict.fromkeys(("rebuild", "stats", "who_copied_whom"), "success")
    assert ran.report("stats")[0]["portal"] == "north"
    assert ran.report("who_copied_whom") == []


def test_a_portal_that_drifts_is_named_in_the_alert(crawled: Desk, run_dag: Callable[..., Ran], hook: Hook) -> None:
    ran = run_dag("copydesk_quality")  # "south" was never crawled
    assert ran.tasks() == {"health": "failed"}
    assert [portal["portal"] for portal in ran.report("health")["portals"]] == ["north", "south"]
    (alert,) = hook.bodies
    assert "south: never crawled" in alert["error"]
    assert [portal["portal"] for portal in alert["report"]["portals"]] == ["south"]
    assert set(alert["report"]["portals"][0]["findings"][0]) >= {"what", "says", "page"}
    crawled.write_portal("south", "enabled = false")
    assert run_dag("copydesk_quality").state == "success"
    assert len(hook.bodies) == 1


def test_a_cleanup_says_what_it_would_remove_and_then_removes_it(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    crawled.write_portal("north", 'retention = "1s"')
    dry = run_dag("copydesk_cleanup", {"dry_run": True})
    warcs = sorted((crawled.folder / "copydesk-data" / "warc").rglob("*.warc.gz"))
    real = run_dag("copydesk_cleanup")
    assert (dry.state, real.state) == ("success", "success")
    assert dry.report("cleanup") != real.report("cleanup")
    assert warcs
    assert crawled.articles() == 4


def test_a_day_is_exported_with_its_manifest_and_again_the_same(crawled: Desk, run_dag: Callable[..., Ran]) -> None:
    today = datetime.now(UTC).date()
    ran = run_dag("copydesk_export", logical_date=datetime.now(UTC) + timedelta(days=1))
    file = crawled.folder / "copydesk-data" / "exports" / f"articles-{today}.jsonl"
    assert len(file.read_text("utf-8").splitlines()) == 4
    assert ran.report("export", key="return_value")["count"] == 4
    before = file.read_bytes()
    assert run_dag("copydesk_export", {"day": str(today)}, logical_date=None).state == "success"
    assert file.read_bytes() == before
    assert json.loads(file.with_name(f"{file.name}.manifest.json").read_text("utf-8"))["file"] == file.name


def test_an_export_by_hand_is_of_yesterday(crawled: Desk, tmp_path: Path, run_dag: Callable[..., Ran]) -> None:
    conf = {"folder": str(tmp_path / "slices")}
    assert run_dag("copydesk_export", conf, logical_date=None).state == "success"
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert (tmp_path / "slices" / f"articles-{yesterday}.jsonl").read_text("utf-8") == ""


def test_what_changed_is_told_portal_by_portal_or_of_none() -> None:
    from copydesk_airflow.operators import brought

    def portal(name: str, new: int, changed: int) -> dict[str, Any]:
        return {"portal": name, "run": 7, "articles": {"new": new, "changed": changed}}

    assert brought({"portals": [portal("a", 2, 0), portal("b", 0, 0)]}) == [
        {"portal": "a", "new": 2, "changed": 0, "run": 7}
    ]
    assert brought({"recovered": 3, "articles": {"new": 3, "changed": 0}}) == [
        {"portal": None, "new": 3, "changed": 0, "run": None}
    ]
    assert brought({}) == brought([]) == brought({"articles": {"new": 0, "changed": 0}}) == []


# --- alerts ---------------------------------------------------------------------------------------------------------


class Hook:
    """A webhook on loopback; a context manager. `bodies` are what was posted to it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def __enter__(self) -> Hook:
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The webhook that alerts go to."""
    with Hook() as opened:
        monkeypatch.setenv("COPYDESK_ALERT_WEBHOOK", opened.url)
        yield opened


def test_a_late_run_is_reported(hook: Hook) -> None:
    from copydesk_airflow.alerts import run_late

    run_late("6:00:00", context={"dag_run": {"dag_id": "copydesk_crawl__north", "dag_run_id": "r1"}})
    assert hook.bodies[0]["alert"] == "run is late"
    assert (hook.bodies[0]["dag_id"], hook.bodies[0]["run_id"]) == ("copydesk_crawl__north", "r1")


@pytest.mark.parametrize("webhook", ["", "file:///etc/passwd", "no address", "http://127.0.0.1:9/closed"])
def test_an_alert_that_cannot_be_posted_fails_nothing(webhook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from copydesk_airflow import alerts

    monkeypatch.setenv("COPYDESK_ALERT_WEBHOOK", webhook)
    alerts.send({"alert": "task failed", "error": "x"})


def test_a_webhook_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket
    import time

    from copydesk_airflow import alerts

    monkeypatch.setattr(alerts, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("COPYDESK_ALERT_WEBHOOK", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        began = time.monotonic()
        alerts.send({"alert": "task failed"})
        assert time.monotonic() - began < 5


def test_a_long_report_does_not_make_a_long_alert() -> None:
    from copydesk_airflow.alerts import BODY_LIMIT_BYTES, body_of

    body = body_of({"alert": "task failed", "report": "x" * 1_000_000})
    assert len(body) < BODY_LIMIT_BYTES
    assert "left out" in json.loads(body)["report"]
