"""The configuration: one frozen object, built once by the door that was opened.

Each setting is taken from the first place that has it: command-line flag, `COPYDESK_…` environment variable, the file
given with --config, `copydesk.toml` in this folder or one above, the user's own file, default. Nothing here reads
the environment at import time.
"""

# ruff: noqa: RUF009 (`_setting` only wraps dataclasses.field)
from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsroom.errors import ConfigError
from newsroom.retention import parse_retention
from newsroom.spelling import suggestion
from newsroom.toml_text import key_lines, syntax_error

FILE_NAME = "copydesk.toml"
DATABASE_FILE = "corpus.sqlite3"  # in home
PREFIX = "COPYDESK_"
_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
# Read by the DAGs in `dags/`, in Airflow's environment.
_OF_THE_DAGS = {"COPYDESK_COMMAND", "COPYDESK_FOLDER", "COPYDESK_EXPORTS", "COPYDESK_ALERT_WEBHOOK", "COPYDESK_AIRFLOW"}
_DIALECTS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def _line(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be one line of printable text, and not empty")
    return value.strip()


def _switch(value: object) -> bool:
    found = value if isinstance(value, bool) else _FLAGS.get(str(value).strip().lower())
    if found is None:
        raise ValueError("must be true or false")
    return found


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = str(value).strip()
        if isinstance(value, bool | float) or not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise ValueError(f"must be one of {', '.join(words)}{suggestion(word, words)}")
        return word

    return read


def _kept(value: object) -> str:
    """A length of time or "forever", as it was written."""
    text = _line(value)
    parse_retention(text)
    return text


def _archive_id(value: object) -> str:
    text = _line(value)
    if not re.fullmatch(r"[A-Za-z0-9._~-]{1,200}", text):
        raise ValueError("must be letters, digits and . _ ~ - alone, as in a domain's name")
    return text


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    return Path(_line(value)).expanduser()


def _database(value: object) -> str:
    """A database URL; a plain path is an SQLite file, and PostgreSQL URLs get the driver's name."""
    text = _line(value)
    if "://" not in text:
        return f"sqlite:///{Path(text).expanduser().absolute()}"
    scheme, rest = text.split("://", 1)
    scheme = _DIALECTS.get(scheme, scheme)
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise ValueError(
            'must be "sqlite:///FILE", "postgresql+psycopg://USER@HOST/NAME", or the path of an SQLite file'
        )
    return f"{scheme}://{rest}"


def _setting(help_text: str, example: str, read: Callable[[object], Any], default: Any = MISSING, env: str = "") -> Any:
    details = {"help": help_text, "example": example, "read": read, "env": env}
    return field(default=default, metadata=details)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a setting came from."""

    kind: str  # flag | environment | file | default
    place: str  # "--home", "COPYDESK_HOME", "/etc/desk/copydesk.toml:3", ""

    def __str__(self) -> str:
        return self.place or self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting. `sources` says of each where its value came from."""

    home: Path = _setting(
        "Folder of the corpus: database, WARC files and logs.", "./copydesk-data", _path, Path("copydesk-data")
    )
    database: str | None = _setting(
        "Database URL, or the path of an SQLite file; without it, corpus.sqlite3 in home.",
        "postgresql+psycopg://desk@localhost/news",
        _database,
        None,
        env="COPYDESK_DATABASE_URL",
    )
    portals: Path = _setting("Folder of the portal files.", "./portals", _path, Path("portals"))
    user_agent: str | None = _setting(
        "User-Agent header for every portal that names none of its own; without it, copydesk/VERSION with the contact.",
        "ExampleNewsArchive/2.0 (+https://archive.example/bot)",
        _line,
        None,
    )
    contact: str | None = _setting(
        "E-mail or page where a portal's operators can reach you; it is put into the user agent.",
        "https://archive.example/bot",
        _line,
        None,
    )
    archive: str | None = _setting(
        "By which name citations call this archive, best a domain of yours; without it, a PWID says localhost.",
        "archive.example",
        _archive_id,
        None,
    )
    workers: int = _setting("Worker processes that read pages; 0 for one on each core.", "4", _whole(0, 256), 0)
    warc: bool = _setting("Keep every used response as a WARC record.", "true", _switch, True)
    log_level: str = _setting(
        "Least important messages to log: debug, info, warning or error.",
        "info",
        _one_of("debug", "info", "warning", "error"),
        "info",
    )
    log_format: str = _setting(
        "How log lines are written: text for people, json for machines.", "json", _one_of("text", "json"), "text"
    )
    color: str = _setting(
        "Colour on terminals: auto, always or never. NO_COLOR also turns it off.",
        "never",
        _one_of("auto", "always", "never"),
        "auto",
    )
    keep_runs: str = _setting("How long cleanup keeps the rows of runs, or forever.", "365d", _kept, "365d")
    keep_quarantine: str = _setting(
        "How long cleanup keeps what has left the quarantine, or forever.", "90d", _kept, "90d"
    )
    keep_logs: str = _setting("How long cleanup keeps files in the folder of logs, or forever.", "30d", _kept, "30d")
    sources: Mapping[str, Origin] = field(default_factory=dict, compare=False)

    @property
    def database_url(self) -> str:
        """The database to open: as configured, else the SQLite file in `home`."""
        return self.database or f"sqlite:///{self.home.absolute() / DATABASE_FILE}"

    @property
    def warc_folder(self) -> Path:
        return self.home / "warc"

    @property
    def log_folder(self) -> Path:
        return self.home / "logs"

    @property
    def worker_count(self) -> int:
        """How many extraction workers to start."""
        return self.workers or os.cpu_count() or 1

    def agent(self, own: str | None = None, contact: str | None = None) -> str:
        """The User-Agent header: the portal's `own`, else the configured one, else our name with a contact."""
        reach = contact or self.contact
        return own or self.user_agent or (f"copydesk/{version()} (+{reach})" if reach else f"copydesk/{version()}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as documentation and `config show` need it."""

    name: str
    env: str
    help: str
    example: str
    default: object


def settings() -> tuple[Setting, ...]:
    """Every setting there is, in the order of the documentation."""
    return tuple(
        Setting(item.name, _env_name(item), item.metadata["help"], item.metadata["example"], item.default)
        for item in _items().values()
    )


def version() -> str:
    """The installed version of copydesk, "0" in a bare checkout."""
    try:
        return installed_version("copydesk")
    except PackageNotFoundError:
        return "0"


def load_config(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str],
    config_file: Path | None = None,
    folder: Path | None,
    user_folder: Path | None = None,
) -> Config:
    """Build the configuration from `flags` (those that are None do not count), `environ` and the files.

    `folder` is where the search for copydesk.toml starts, None for no search; `user_folder` holds the user's
    own config.toml.
    Raises ConfigError that lists every fault.
    """
    values: dict[str, Any] = {}
    sources: dict[str, Origin] = {}
    faults: list[str] = []

    def take(name: str, value: object, origin: Origin, base: Path | None = None) -> None:
        if name in sources:
            return
        try:
            values[name] = _relative_to(_items()[name].metadata["read"](value), value, base)
        except ValueError as error:
            shown = mask_password(value) if isinstance(value, str) else value
            faults.append(f"{origin.place}: {name}: {shown!r}: {error}")
        sources[name] = origin

    for name, value in (flags or {}).items():
        if value is not None:
            take(name, value, Origin("flag", f"--{name.replace('_', '-')}"))
    for item in _items().values():
        if environ.get(_env_name(item)):
            take(item.name, environ[_env_name(item)], Origin("environment", _env_name(item)))
    for path in _files(config_file, folder, user_folder):
        data, lines = _read_file(path, faults)
        for name, value in data.items():
            place = f"{path}:{lines.get((name,), 1)}"
            if name not in _items():
                faults.append(f"{place}: {name}: unknown setting{suggestion(name, _items())}")
            else:
                take(name, value, Origin("file", place), path.parent)
    if faults:
        raise ConfigError("\n".join(faults))
    for name in _items():
        sources.setdefault(name, Origin("default", ""))
    return Config(**values, sources=sources)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A line for each COPYDESK_ variable that is no setting: most often a misspelling."""
    known = {_env_name(item) for item in _items().values()} | _OF_THE_DAGS
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [
        f"{name}: no such setting{suggestion(name, known)}" for name in strange if not name.startswith("COPYDESK__")
    ]


def user_config_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder of the user's own config.toml: $XDG_CONFIG_HOME/copydesk or ~/.config/copydesk."""
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "copydesk"
    return Path(environ["HOME"]) / ".config" / "copydesk" if environ.get("HOME") else None


def mask_password(text: str) -> str:
    """`text` with the password of a URL in it replaced by ***."""
    try:
        parts = urlsplit(text)
        secret = parts.password
    except ValueError:
        return "***"
    if not secret:
        return text
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.split(':', 1)[0]}:***@{host}").geturl()


def _items() -> dict[str, Field[Any]]:
    return {item.name: item for item in fields(Config) if "read" in item.metadata}


def _env_name(item: Field[Any]) -> str:
    return item.metadata["env"] or PREFIX + item.name.upper()


def _files(config_file: Path | None, folder: Path | None, user_folder: Path | None) -> list[Path]:
    """The files to read, most important first."""
    found = [config_file] if config_file else []
    above = (folder, *folder.parents) if folder else ()
    found += next(([place / FILE_NAME] for place in above if (place / FILE_NAME).is_file()), [])
    if user_folder and (user_folder / "config.toml").is_file():
        found.append(user_folder / "config.toml")
    return found


def _read_file(path: Path, faults: list[str]) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as error:
        line, message = syntax_error(error, text)
        faults.append(f"{path}:{line}: {message}")
    except RecursionError:
        faults.append(f"{path}: arrays or tables are nested too deeply")
    except UnicodeDecodeError as error:
        faults.append(f"{path}: not UTF-8 text: byte {error.start} cannot be read")
    except OSError as error:
        faults.append(f"{path}: cannot be read: {error.strerror}")
    return {}, {}


def _relative_to(value: Any, raw: object, base: Path | None) -> Any:
    """Paths in a file are relative to that file, not to where the command is run."""
    if base is None:
        return value
    if isinstance(value, Path) and not value.is_absolute():
        return base / value
    if isinstance(raw, str) and isinstance(value, str) and value.startswith("sqlite:///") and "://" not in raw:
        return f"sqlite:///{(base / Path(raw.strip()).expanduser()).absolute()}"
    return value
