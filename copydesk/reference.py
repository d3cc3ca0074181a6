"""The parts of docs/ that are read from the code: every command, every setting, every portal field.

`python -m copydesk.reference docs` rewrites them between their markers; a test fails while they lag.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from copydesk.main import cli
from newsroom.config import settings
from newsroom.portals import Portal, json_schema
from newsroom.toml_text import toml_value

_MARKED = re.compile(r"(<!-- begin (\w+)[^>]*-->\n).*?(<!-- end \2 -->)", re.DOTALL)


def walk(command: click.Command, name: str = "copydesk") -> Iterator[tuple[str, click.Command]]:
    """Every command of the tree with its full name, groups before their members."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            if found is not None and not found.hidden:
                yield from walk(found, f"{name} {member}")


def commands() -> str:
    """A section for each command: usage, help, options."""
    return "\n".join(_command(name, command) for name, command in walk(cli))


def setting_table() -> str:
    """One row a setting: name, environment variable, default, meaning."""
    rows = [
        (f"`{one.name}`", f"`{one.env}`", _default(one.default), f"{one.help} Example: `{one.example}`")
        for one in settings()
    ]
    return _table(("setting", "environment", "default", "meaning"), rows)


def portal_fields() -> str:
    """A section for each table of a portal file, a row for each field."""
    schema = json_schema()
    tables = {field: _table_name(field, details) for field, details in schema["properties"].items()}
    parts = ["### Top of the file\n", _fields(Portal, schema, [name for name in tables if tables[name] is None])]
    for name, header in tables.items():
        if header is not None:
            model = schema["$defs"][_reference(schema["properties"][name])]
            parts += [f"\n### `{header}`\n", f"{model['description']}\n", _rows(model)]
    return "\n".join(parts)


GENERATED: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": setting_table,
    "fields": portal_fields,
}


def refreshed(text: str) -> str:
    """`text` with what stands between its markers written anew; markers of others are left alone."""

    def anew(found: re.Match[str]) -> str:
        make = GENERATED.get(found[2])
        return f"{found[1]}\n{make().strip()}\n\n{found[3]}" if make else found[0]

    return _MARKED.sub(anew, text)


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    lines = [f"## {name}\n", "```", " ".join([name, *command.collect_usage_pieces(context)]), "```\n"]
    lines.append(_prose(command.help or "") + "\n")
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        rows = [(f"`{', '.join([*one.opts, *one.secondary_opts])}`", _option_help(one)) for one in options]
        lines.append(_table(("option", "meaning"), rows) + "\n")
    return "\n".join(lines)


def _option_help(option: click.Option) -> str:
    text = option.help or ""
    if isinstance(option.type, click.Choice):
        text += " One of " + ", ".join(f"`{word}`" for word in option.type.choices) + "."
    return text


def _prose(text: str) -> str:
    """Help text as Markdown: a block of examples becomes code."""
    pieces = []
    for block in re.split(r"\n\s*\n", text.replace("\b", "")):
        found = re.fullmatch(r"\s*(Examples?:)\n(.*)", block, re.DOTALL)
        if found:
            code = "\n".join(line.strip() for line in found[2].strip().splitlines())
            pieces.append(f"{found[1]}\n\n```sh\n{code}\n```")
        else:
            pieces.append(" ".join(block.split()))
    return "\n\n".join(pieces)


def _default(value: object) -> str:
    return "none" if value is None else f"`{str(value) if isinstance(value, Path) else toml_value(value)}`"


def _table_name(field: str, details: dict[str, Any]) -> str | None:
    """How the table of a field is written in the file; None for a plain field."""
    if "Ref" not in str(details).replace("$ref", "Ref"):
        return None
    return f"[[{field}]]" if details.get("type") == "array" else f"[{field}]"


def _reference(details: dict[str, Any]) -> str:
    found = re.search(r"#/\$defs/(\w+)", str(details))
    assert found is not None
    return found[1]


def _fields(model: type[Portal], schema: dict[str, Any], names: list[str]) -> str:
    plain = model(home="https://news.example.org/").model_dump(mode="json")  # type: ignore[call-arg]
    rows = []
    for name in names:
        value = {"id": "file name", "name": "host of home", "home": "required"}.get(name) or _default(plain[name])
        rows.append((f"`{name}`", value, schema["properties"][name]["description"]))
    return _table(("field", "default", "meaning"), rows)


def _rows(model: dict[str, Any]) -> str:
    required = model.get("required", [])
    rows = [
        (f"`{name}`", "required" if name in required else _default(details.get("default")), details["description"])
        for name, details in model["properties"].items()
    ]
    return _table(("field", "default", "meaning"), rows)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> None:
    """Rewrite the generated parts of every Markdown file in the folder named on the command line."""
    for path in sorted(Path(sys.argv[1]).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if refreshed(text) != text:
            path.write_text(refreshed(text), encoding="utf-8")
            sys.stderr.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
