"""The portal files, read as far as a schedule needs: the command itself checks every field.

A file that cannot be read is a fault, told in one line; it does not stand in the way of the others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LENGTH = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhdwy])\s*", re.ASCII)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_LEAST = timedelta(seconds=10)
_MOST = timedelta(days=3660)


class PortalFault(ValueError):
    """What is wrong with one portal file."""


@dataclass(frozen=True, slots=True)
class PortalFile:
    """One enabled portal, as its schedule and its page in Airflow need it."""

    id: str
    name: str
    home: str
    every: timedelta
    tags: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]  # kind and address
    expect: Mapping[str, Any]
    path: Path


def read_portals(folder: Path, only: str | None = None) -> tuple[list[PortalFile], list[str]]:
    """The enabled portals of a folder by id, and a line for each file that is wrong.

    With `only`, the portal of that id and nothing else: one file is read when it is named for its id.
    """
    files = _files(folder)
    if only is not None:
        named = [path for path in files if path.stem == only or _slug(path.stem) == only]
        found, _ = _read(named)
        if any(portal.id == only for portal in found):
            return [portal for portal in found if portal.id == only], []
    portals, faults = _read(files)
    return [portal for portal in portals if only in (None, portal.id)], faults


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))
    except OSError:
        return []


def _read(files: list[Path]) -> tuple[list[PortalFile], list[str]]:
    portals: dict[str, PortalFile] = {}
    faults: list[str] = []
    taken: set[str] = set()
    for path in files:
        try:
            data = _load(path)
            portal = _portal(path, data)
        except PortalFault as fault:
            faults.append(f"{path}: {fault}")
            continue
        if portal.id in taken:
            faults.append(f'{path}: id: "{portal.id}" is used by another file of this folder')
            continue
        taken.add(portal.id)
        if data.get("enabled", True):
            portals[portal.id] = portal
    return [portals[key] for key in sorted(portals)], faults


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PortalFault(f"not UTF-8 text: byte {error.start} cannot be read") from None
    except OSError as error:
        raise PortalFault(f"cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise PortalFault(str(error)) from None
    except RecursionError:
        raise PortalFault("arrays or tables are nested too deeply") from None


def _portal(path: Path, data: Mapping[str, Any]) -> PortalFile:
    """The portal that `data` describes. Raises PortalFault."""
    home = data.get("home")
    if not isinstance(home, str) or not (host := _host(home)):
        raise PortalFault('home: required, an address such as "https://news.example.org/"')
    identity = data.get("id", _slug(path.stem) or _slug(host))
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        raise PortalFault("id: may hold only letters, digits, dots, hyphens and underscores, and at most 100 of them")
    if not isinstance(data.get("enabled", True), bool):
        raise PortalFault("enabled: must be true or false")
    tags = data.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise PortalFault("tags: must be a list of words")
    expect = data.get("expect", {})
    return PortalFile(
        id=identity,
        name=str(data.get("name") or host),
        home=home,
        every=parse_length(data.get("schedule", "30m")),
        tags=tuple(tags),
        sources=tuple(_sources(data.get("sources"))),
        expect=expect if isinstance(expect, dict) else {},
        path=path,
    )


def parse_length(text: object) -> timedelta:
    """The length of time between two crawls. Raises PortalFault."""
    found = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    length_s = float(found[1]) * _UNITS_S[found[2]] if found else 0.0
    if not _LEAST.total_seconds() <= length_s <= _MOST.total_seconds():
        raise PortalFault(f'schedule: {text!r} is not a length of time from 10s to 10y, such as "30m" or "1d"')
    return timedelta(seconds=length_s)


def _sources(said: object) -> Iterator[tuple[str, str]]:
    for source in said if isinstance(said, list) else []:
        if isinstance(source, dict):
            yield str(source.get("kind", "?")), str(source.get("url", ""))


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def _slug(text: str) -> str:
    """`text` as an id, as the command makes one of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("www.")).strip("-")[:100]
