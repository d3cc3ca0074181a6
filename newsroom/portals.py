"""Portal files: reading, finding, checking and writing them.

A portal file is TOML, one file a portal, named `<id>.toml`; its fields are in `newsroom.portal_fields`.
Everything wrong with a file is reported at once, each fault with file, line and field.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urldefrag

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from newsroom.errors import PortalError
from newsroom.portal_fields import Articles, Expect, Fetch, Portal, Select, Source, SourceKind, portal_id
from newsroom.spelling import suggestion
from newsroom.toml_text import KeyPath, key_lines, syntax_error, toml_value, with_top_level

__all__ = [
    "Articles",
    "Expect",
    "Fetch",
    "Portal",
    "Problem",
    "Select",
    "Source",
    "SourceKind",
    "ad_hoc_portal",
    "check_portal",
    "find_portal",
    "json_schema",
    "load_portal",
    "load_portals",
    "portal_files",
    "portal_id",
    "portal_path",
    "set_enabled",
    "to_toml",
    "write_portal",
    "write_schema",
]

SCHEMA_NAME = "portal.schema.json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one portal file."""

    file: str
    line: int
    field: str  # dotted, "" for the file as a whole
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


def check_portal(path: Path) -> tuple[Portal | None, tuple[Problem, ...]]:
    """The portal that the file at `path` defines, or None and everything that is wrong with it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (Problem(str(path), 0, "", f"not UTF-8 text: byte {error.start} cannot be read"),)
    except OSError as error:
        return None, (Problem(str(path), 0, "", f"cannot be read: {error.strerror}"),)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, message = syntax_error(error, text)
        return None, (Problem(str(path), line, "", message),)
    except RecursionError:
        return None, (Problem(str(path), 0, "", "arrays or tables are nested too deeply"),)
    derived = portal_id(path.stem)
    if derived:
        data.setdefault("id", derived)
    try:
        return Portal.model_validate(data), ()
    except ValidationError as error:
        lines = key_lines(text)
        problems = [_problem(str(path), detail, lines) for detail in error.errors(include_url=False)]
        return None, tuple(sorted(problems, key=lambda problem: problem.line))


def load_portal(path: Path | str) -> Portal:
    """The portal of one file. Raises PortalError with one line for each fault."""
    portal, problems = check_portal(Path(path))
    if portal is None:
        raise PortalError("\n".join(map(str, problems)))
    return portal


def portal_files(folder: Path | str) -> list[Path]:
    """The portal files of a folder, sorted by name. Raises PortalError if there is no such folder."""
    folder = Path(folder)
    if not folder.is_dir():
        raise PortalError(f"{folder}: no such folder of portal files; run copydesk init, or set --portals")
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def load_portals(folder: Path | str) -> list[Portal]:
    """All portals of a folder, by id. Raises PortalError with the faults of all files together."""
    portals: dict[str, Portal] = {}
    faults: list[str] = []
    for path in portal_files(folder):
        portal, problems = check_portal(path)
        faults.extend(map(str, problems))
        if portal is None:
            continue
        if portal.id in portals:
            faults.append(f'{path}: id: "{portal.id}" is used by another file of this folder')
        portals[portal.id] = portal
    if faults:
        raise PortalError("\n".join(faults))
    return [portals[key] for key in sorted(portals)]


def portal_path(folder: Path | str, wanted: str) -> Path:
    """The file that defines the portal with the id `wanted`.

    A broken neighbour does not stand in the way. Raises PortalError with a "did you mean".
    """
    files = portal_files(folder)
    ids = {path: _id_in(path) for path in files}
    for path in sorted(files, key=lambda path: path.stem != wanted):
        if ids[path] == wanted:
            return path
    hint = suggestion(wanted, filter(None, ids.values())) or "; see copydesk portal list"
    raise PortalError(f'no portal "{wanted}" in {folder}{hint}')


def find_portal(folder: Path | str, wanted: str) -> Portal:
    """The portal with the id `wanted`. Raises PortalError if it is unknown or its file is wrong."""
    return load_portal(portal_path(folder, wanted))


def ad_hoc_portal(url: str, *, fetch: Mapping[str, Any] | None = None) -> Portal:
    """A portal made on the spot from an address; a bare host is taken as https. `fetch` sets fields of [fetch]."""
    home = urldefrag(url.strip() if "://" in url else f"https://{url.strip()}").url
    try:
        return Portal.model_validate({"home": home, "fetch": dict(fetch or {})})
    except ValidationError as error:
        problems = [_problem(url, detail, {}) for detail in error.errors(include_url=False)]
        raise PortalError("\n".join(map(str, problems))) from None


def set_enabled(path: Path | str, enabled: bool) -> bool:
    """Switch the portal of a file on or off by editing one line; whether that changed anything.

    Raises PortalError, and writes nothing, if the file is wrong before or after.
    """
    path = Path(path)
    if load_portal(path).enabled == enabled:
        return False
    text = with_top_level(path.read_bytes().decode("utf-8"), "enabled", enabled)
    _replace(path, text)
    return True


def write_portal(
    path: Path | str, portal: Portal, comments: Mapping[str, str] | None = None, *, overwrite: bool = False
) -> None:
    """Write `portal` as a file that `load_portal` reads back as the same portal; `comments` as in `to_toml`.

    Raises PortalError if the file exists and `overwrite` is False.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise PortalError(f"{path}: exists already; edit it, or remove it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, to_toml(portal, comments))


def to_toml(portal: Portal, comments: Mapping[str, str] | None = None) -> str:
    """`portal` as the text of a portal file: what differs from the defaults.

    `comments` maps a dotted field ("language", "articles.deny", "sources.0") to a remark on its line, and "" to
    lines for the top of the file.
    """
    said = comments or {}
    values = portal.model_dump(mode="json", exclude_none=True)
    plain = Portal(id=portal.id, name=portal.id, home=portal.home).model_dump(mode="json", exclude_none=True)
    lines = [f"#:schema ./{SCHEMA_NAME}"]
    lines += [f"# {line}" for line in said.get("", "").splitlines()]
    tables: list[str] = []
    for key, value in values.items():
        if value == plain.get(key) and key not in ("id", "home"):
            continue
        if isinstance(value, dict):
            tables += _table(f"[{key}]", key, _changed(value, plain.get(key, {})), said)
        elif value and isinstance(value, list) and isinstance(value[0], dict):
            for number, item in enumerate(value):
                tables += _table(f"[[{key}]]", f"{key}.{number}", _changed(item, {}), said)
        else:
            lines.append(_pair(key, value, said.get(key)))
    return "\n".join([*lines, *tables]) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a portal file, for editors."""
    schema = Portal.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "copydesk portal file"
    schema["required"] = ["home"]
    select = schema["properties"]["select"]
    select["anyOf"] = [select["items"], {"type": "array", "items": select.pop("items")}]
    del select["type"]
    return schema


def write_schema(folder: Path | str) -> Path:
    """Write the JSON Schema beside the portal files, and return its path."""
    path = Path(folder) / SCHEMA_NAME
    _replace(path, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return path


def _id_in(path: Path) -> str | None:
    """The id a portal file gives itself, without checking the rest of it."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        data = {}
    return str(data.get("id", portal_id(path.stem))) or None


def _problem(file: str, detail: ErrorDetails, lines: Mapping[KeyPath, int]) -> Problem:
    location = _in_file(tuple(detail["loc"]), lines)
    line = next((lines[location[:depth]] for depth in range(len(location), 0, -1) if location[:depth] in lines), 0)
    return Problem(file, line or (1 if lines else 0), ".".join(map(str, location)), _message(detail))


def _in_file(location: KeyPath, lines: Mapping[KeyPath, int]) -> KeyPath:
    """The location as it is written: a single [select] has no number."""
    if location[:2] == ("select", 0) and ("select", 0) not in lines:
        return ("select", *location[2:])
    return location


def _message(detail: ErrorDetails) -> str:
    kind, location = detail["type"], tuple(detail["loc"])
    if kind == "extra_forbidden":
        return f"unknown field{_hint(location)}"
    if kind == "missing":
        return "required, but missing" + ('; write home = "https://…/"' if location == ("home",) else "")
    message = detail["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return message
    if kind == "enum":
        message += suggestion(str(detail["input"]), [kind.value for kind in SourceKind])
    if kind == "string_pattern_mismatch":
        message = (
            'is not a BCP 47 tag such as "en" or "zh-Hans"'
            if location[-1] == "language"
            else ("may hold only letters, digits, dots, hyphens and underscores, and at most 100 of them")
        )
    shown = detail["input"]
    shown = repr(shown) if isinstance(shown, str | int | float | bool) else type(shown).__name__
    return f"{shown}: {message[:1].lower()}{message[1:]}"


def _hint(location: KeyPath) -> str:
    """A "did you mean" for an unknown field, or the table that has a field of that name."""
    word = str(location[-1])
    here = _model_at(location[:-1])
    close = suggestion(word, here.model_fields)
    if close:
        return close
    for table, field in Portal.model_fields.items():
        model = _model_of(field)
        if model is not None and model is not here and word in model.model_fields:
            return (
                f"; it belongs in [{table}]" if table not in ("sources", "select") else f"; it belongs in [[{table}]]"
            )
    if here is not Portal and word in Portal.model_fields:
        return "; it belongs above the first [table]"
    return ""


def _model_at(location: Iterable[str | int]) -> type[BaseModel]:
    model: type[BaseModel] = Portal
    for part in location:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = (_model_of(field) if field is not None else None) or model
    return model


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a table or a list of tables."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _changed(value: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item != plain.get(key) and item != []}


def _table(header: str, place: str, values: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    remark = f"  # {said[place]}" if place in said else ""
    return ["", header + remark, *(_pair(key, value, said.get(f"{place}.{key}")) for key, value in values.items())]


def _pair(key: str, value: Any, remark: str | None) -> str:
    return f"{key} = {toml_value(value)}" + (f"  # {' '.join(remark.split())}" if remark else "")


def _replace(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, so that no reader and no crash sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
