"""Airflow's REST API, as far as this proof asks for it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run: for a mapped one, one portal's."""

    name: str
    state: str
    tries: int


@dataclass(frozen=True, slots=True)
class Airflow:
    """An API server that asks nobody who they are."""

    address: str

    def ask(self, path: str, body: object = None, method: str | None = None) -> dict[str, Any]:
        """The answer to a GET, or with a body to a POST. Raises OSError when there is none or it is no success."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.address}/api/v2/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with _direct.open(request, timeout=60) as answer:
                return dict(json.loads(answer.read() or b"{}"))
        except urllib.error.HTTPError as error:
            raise OSError(f"{path}: HTTP {error.code}: {error.read().decode('utf-8', 'replace')[:500]}") from None

    def is_ready(self, dag: str) -> bool:
        """Whether scheduler and DAG processor are healthy and the DAG is known."""
        try:
            health = self.ask("monitor/health")
            self.ask(f"dags/{dag}")
        except OSError:
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in ("scheduler", "dag_processor"))

    def import_errors(self) -> list[str]:
        """What went wrong with DAG files."""
        return [f"{each['filename']}: {each['stack_trace']}" for each in self.ask("importErrors")["import_errors"]]

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """A pool that is not there yet."""
        self.ask("pools", {"name": name, "slots": slots, "description": description})

    def trigger(self, dag: str) -> str:
        """Start a run; its id."""
        return str(self.ask(f"dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"])

    def runs(self, dag: str) -> dict[str, str]:
        """The state of every run by its id."""
        return {each["dag_run_id"]: each["state"] for each in self.ask(f"dags/{dag}/dagRuns")["dag_runs"]}

    def tasks(self, dag: str, run: str) -> list[Task]:
        """The tasks of a run."""
        found = self.ask(f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return [
            Task(each.get("rendered_map_index") or each["task_id"], str(each["state"]), each["try_number"])
            for each in found
        ]
