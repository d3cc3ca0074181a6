"""One database, SQLite or PostgreSQL: opening it, its schema version, and its units of work.

WAL with synchronous=FULL is the SQLite setting that loses no acknowledged transaction in a power cut. BEGIN IMMEDIATE
lets several crawls share one file: a transaction that reads first and then writes gets SQLITE_BUSY in its middle.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from newsroom.errors import ConfigError, SchemaError, StorageError
from storage import migrate, strangers
from storage.corpus import Corpus

T = TypeVar("T")

WAL_LIMIT_BYTES = 16 * 1024 * 1024
BUSY_TIMEOUT_S = 5.0  # how long SQLite itself waits for a lock
WRITE_WAIT_S = 90.0  # how long a unit of work waits for its turn to write, in all


class Database:
    """A database by its SQLAlchemy URL. Nothing is opened before it is used; safe to share between threads."""

    def __init__(self, url: str) -> None:
        try:
            self.url: URL = make_url(url)
            self.engine: Engine = _engine(self.url)
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(
                f"{_safe(url)}: not a database URL ({error}); use sqlite:///FILE or postgresql+psycopg://…"
            ) from None
        except ModuleNotFoundError as error:
            raise ConfigError(f"{_safe(url)}: {error}; install copydesk[postgres]") from None

    @property
    def name(self) -> str:
        """How messages name this database: the file, or the URL without its password."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @cached_property
    def _writer(self) -> Engine:
        return self.engine.execution_options(copydesk_writes=True)

    @cached_property
    def _reader(self) -> Engine:
        if self.is_sqlite:
            return self.engine
        return self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    # --- units of work ------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Corpus]:
        """One transaction: everything done in the block is stored at its end, or nothing is."""
        with self._trouble_named(), Session(self._writer) as session, session.begin():
            session.connection()  # take the turn to write before anything is read
            yield Corpus(session, datetime.now(UTC))

    @contextmanager
    def reading(self, *, now: datetime | None = None, embargoed: bool = False) -> Iterator[Corpus]:
        """One consistent view, whatever others write meanwhile; nothing done in the block is stored.

        What is under an embargo at `now`, which is the present when it is not said, is withheld from every answer
        unless `embargoed` (see `storage.rights`).
        """
        with self._trouble_named(), Session(self._reader, autoflush=False) as session:
            yield Corpus(session, now or datetime.now(UTC), embargoed=embargoed)

    def write(self, work: Callable[[Corpus], T], *, tries: int = 4) -> T:
        """`work` in a transaction of its own, once more when it lost to another writer; `work` must bear that."""
        for left in range(tries - 1, -1, -1):
            try:
                with self.writing() as corpus:
                    return work(corpus)
            except StorageError as error:
                if not left or not _worth_retrying(error.__cause__):
                    raise
                time.sleep(random.uniform(0.05, 0.5))  # noqa: S311
        raise AssertionError("unreachable")

    @contextmanager
    def _trouble_named(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise StorageError(f"{self.name}: {_cause(error)}; {_next_step(error)}") from error
        except PoolTimeoutError as error:
            raise StorageError(f"{self.name}: no free connection; try again with fewer crawls at once") from error
        except DBAPIError as error:
            if type(error.orig) is sqlite3.DatabaseError:  # not one of its subclasses: the file itself is bad
                raise StorageError(f"{self.name}: {_cause(error)}; restore it from a backup or move it away") from error
            raise

    # --- schema -------------------------------------------------------------------------------------------------

    def revision(self) -> str | None:
        """The schema version of the database; None when it has none."""
        with self._trouble_named(), self.engine.connect() as connection:
            return migrate.current(connection)

    def at_head(self) -> bool:
        """Whether the schema is the one this code needs."""
        return self.revision() == migrate.head()

    def stranger(self) -> str | None:
        """What the database is when it holds something else than a corpus, and the next step."""
        with self._trouble_named(), self.engine.connect() as connection:
            return strangers.stranger(strangers.tables(connection))

    def upgrade(self) -> None:
        """Bring the schema to the version this code needs; a second process that does the same waits and agrees.

        Raises SchemaError when the database holds something else.
        """
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._trouble_named(), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305991)")
            if other := strangers.stranger(strangers.tables(connection)):
                raise SchemaError(f"{self.name}: {other}")
            migrate.upgrade(connection)
        self.checkpoint(force=True)  # without it a power cut can lose the whole new database

    def downgrade(self, revision: str) -> None:
        """Take the schema back to `revision`, "base" for nothing at all."""
        with self._trouble_named(), self._writer.begin() as connection:
            migrate.downgrade(connection, revision)

    # --- upkeep -------------------------------------------------------------------------------------------------

    def checkpoint(self, *, force: bool = False) -> bool:
        """Empty SQLite's write-ahead log when it is over 16 MB; True when it was emptied.

        Readers may hold it: then it is left for the next time, after a fifth of a second.
        """
        if not self.path or not (force or self.wal_bytes() > WAL_LIMIT_BYTES):
            return False
        with self._trouble_named():
            raw = self.engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA busy_timeout = 200")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
            finally:
                raw.close()
        return not busy

    def outside_transactions(self, statements: Sequence[str]) -> None:
        """Run statements that no transaction may hold, such as VACUUM, one after the other."""
        with self._trouble_named():
            if self.is_sqlite:
                raw = self.engine.raw_connection()  # its driver begins no transaction of its own
                try:
                    for statement in statements:
                        raw.cursor().execute(statement)
                except sqlite3.OperationalError as error:
                    raise StorageError(f"{self.name}: {error}; try again when no other process uses it") from error
                finally:
                    raw.close()
                return
            with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)

    def wal_bytes(self) -> int:
        """Size of SQLite's write-ahead log."""
        try:
            return Path(f"{self.path}-wal").stat().st_size if self.path else 0
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.close()


def open_database(url: str, *, create: bool = False) -> Database:
    """The database at `url`, at the schema version this code needs.

    With `create`, a SQLite file that is missing or empty is made and migrated; a server's schema never is.
    Raises StorageError when there is nothing to open, SchemaError when the version is another.
    """
    database = Database(url)
    path = database.path
    if path and not path.exists() and not create:
        raise StorageError(f"{path}: no such database; `copydesk init` or `copydesk crawl` makes one")
    if path and create:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        revision = database.revision()
        if revision is None and path and create:
            database.upgrade()
            revision = migrate.head()
        if revision != migrate.head():
            raise SchemaError(_schema_trouble(database, revision))
    except BaseException:
        database.close()
        raise
    return database


def _schema_trouble(database: Database, revision: str | None) -> str:
    if other := database.stranger():
        return f"{database.name}: {other}"
    if database.is_sqlite and not database.path:
        return f"{database.name}: a database in memory holds no corpus; name a file, as in sqlite:///FILE"
    if revision is None:
        return f"{database.name}: no copydesk tables in it; run `copydesk db upgrade`"
    if migrate.is_known(revision):
        return f"{database.name}: schema {revision}, this copydesk needs {migrate.head()}; run `copydesk db upgrade`"
    return f"{database.name}: schema {revision} is newer than this copydesk knows; upgrade copydesk"


# --- engines ------------------------------------------------------------------------------------------------------


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _engine(url: URL) -> Engine:
    common: Mapping[str, Any] = {"json_serializer": _dump, "hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **common, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.get_backend_name() == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(
            url,
            **common,
            pool_pre_ping=True,
            connect_args={"application_name": "copydesk", "connect_timeout": 10},
        )
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    raise ArgumentError(f"{url.get_backend_name()} is not supported")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, below, and none of the driver's
    cursor = connection.cursor()
    if not strangers.stranger(_patiently(lambda: [row[0] for row in cursor.execute(strangers.SQLITE_TABLES)])):
        _patiently(lambda: cursor.execute("PRAGMA journal_mode = WAL"))  # which is written into the file
    for setting in (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"journal_size_limit = {WAL_LIMIT_BYTES}",
        "cache_size = -2000",  # KB a connection: a crawl has several, and must not grow with the corpus
        "temp_store = MEMORY",
        f"wal_autocheckpoint = {WAL_LIMIT_BYTES // 4096}",  # pages; by default four times as often
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _prepare_postgres(connection: Any, _record: object) -> None:
    # SET, not the "options" of the connection: connection poolers refuse those
    connection.execute("SET synchronous_commit = on")
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("copydesk_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))


def _patiently(act: Callable[[], T]) -> T:
    """What `act` gives; again while others hold the lock, for at most 90 s: SQLite's own waiting is not fair."""
    give_up = time.monotonic() + WRITE_WAIT_S
    while True:
        try:
            return act()
        except (OperationalError, sqlite3.OperationalError) as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.005, 0.1))  # noqa: S311


# --- messages -----------------------------------------------------------------------------------------------------


def _safe(url: str) -> str:
    """`url` without a password, even when it does not parse."""
    head, at, tail = url.rpartition("@")
    if not at:
        return url
    scheme, sep, user = head.partition("://")
    return f"{scheme}{sep}{user.partition(':')[0]}:***@{tail}"


def _cause(error: DBAPIError) -> str:
    return " ".join(str(error.orig or error).split())


def _next_step(error: DBAPIError) -> str:
    said = _cause(error).lower()
    if "locked" in said or "busy" in said:
        return "another process is writing to it; try again when it has finished"
    if "is full" in said or "no space" in said:
        return "free some disk space, then run the same command again"
    if getattr(error.orig, "sqlstate", None) == "54000":
        return "a value is longer than PostgreSQL can index; shorten it or leave its record out"
    if "unable to open" in said or "readonly" in said:
        return "check the path and its permissions"
    if "does not exist" in said and "database" in said:
        return "create it with createdb, then run `copydesk db upgrade`"
    return "check that the database can be reached, then run the same command again"


def _worth_retrying(error: BaseException | None) -> bool:
    """Whether a PostgreSQL transaction lost only to another one; SQLite has done its waiting at BEGIN IMMEDIATE."""
    lost = {"40001", "40P01", "55P03"}  # serialisation, deadlock, lock not available
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in lost
