"""What `portal lint` finds in portal files: errors that stop a crawl, and warnings about what is most likely a slip."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from newsroom.portals import Portal, check_portal
from newsroom.toml_text import KeyPath, key_lines


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning, with its place."""

    level: str  # error | warning
    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        level = "" if self.level == "error" else "warning: "
        return f"{place}: {level}{self.field + ': ' if self.field else ''}{self.message}"


def lint_files(files: Sequence[Path]) -> list[Finding]:
    """Everything to say about these files, in their order and by line."""
    findings: list[Finding] = []
    seen: dict[str, Path] = {}
    for file in files:
        portal, problems = check_portal(file)
        findings += [Finding("error", one.file, one.line, one.field, one.message) for one in problems]
        if portal is None:
            continue
        lines = key_lines(file.read_bytes().decode("utf-8-sig"))
        if portal.id in seen and seen[portal.id] != file:
            message = f'"{portal.id}" is also the id of {seen[portal.id]}'
            findings.append(Finding("error", str(file), lines.get(("id",), 1), "id", message))
        seen.setdefault(portal.id, file)
        warnings = [
            Finding("warning", str(file), _line_of(path, lines), ".".join(map(str, path)), message)
            for path, message in _slips(portal, file)
        ]
        findings += sorted(warnings, key=lambda finding: finding.line)
    return findings


def _line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int:
    return next((lines[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in lines), 1)


def _slips(portal: Portal, file: Path) -> Iterator[tuple[KeyPath, str]]:
    """What is allowed, but seldom meant."""
    given = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    if portal.id != file.stem:
        yield ("id",), f'differs from the file name; rename the file to "{portal.id}.toml"'
    yield from _address_slips(portal)
    yield from _fetch_slips(portal)
    for number, pattern in enumerate(portal.articles.deny):
        if pattern.search(portal.home):
            yield ("articles", "deny", number), f"'{pattern.pattern}' also matches home: nothing would be found"
    if portal.articles.allow and {rule.pattern for rule in portal.articles.allow} <= {
        rule.pattern for rule in portal.articles.deny
    }:
        yield ("articles", "deny"), "refuses everything that allow admits"
    if "id" in given and not given["id"].islower() and not given["id"].isdecimal():
        yield ("id",), "use lower case; some file systems do not tell the cases apart"
    if list(portal.revisit) != sorted(set(portal.revisit)):
        yield ("revisit",), "is not in rising order"


def _address_slips(portal: Portal) -> Iterator[tuple[KeyPath, str]]:
    home = urlsplit(portal.home).netloc.lower()
    known = {_bare(home), *(_bare(host) for host in portal.hosts)}
    for number, source in enumerate(portal.sources):
        host = urlsplit(source.url or portal.home).netloc.lower()
        if _bare(host) not in known:
            yield ("sources", number, "url"), f"is on {host}, which is neither the host of home nor in hosts"
    urls = [(source.kind, source.url or portal.home) for source in portal.sources]
    for number, url in enumerate(urls):
        if url in urls[:number]:
            yield ("sources", number), "names the same source again"
    if not portal.fetch.allow_private and _is_private(urlsplit(portal.home).hostname or ""):
        yield ("home",), "is a private address; set [fetch] allow_private = true"


def _fetch_slips(portal: Portal) -> Iterator[tuple[KeyPath, str]]:
    fetch = portal.fetch
    if not fetch.obey_robots:
        yield ("fetch", "obey_robots"), "robots.txt is ignored; make sure that you may"
    if fetch.delay < 0.1 and not fetch.allow_private:
        yield ("fetch", "delay"), f"{fetch.delay:g} s between requests is rude to a public server"
    if not fetch.verify_tls:
        yield ("fetch", "verify_tls"), "anyone on the way can change what is stored"
    if fetch.max_pages < len(portal.sources):
        yield ("fetch", "max_pages"), "is spent before all sources are read"


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
