"""`copydesk portal`: the portal files. `add` and `test`, which ask servers, are in modules of their own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from copydesk.context import Desk, DeskGroup, output_option, pass_desk

if TYPE_CHECKING:
    from newsroom.portals import Portal


def complete_portal(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids that begin with what was typed, for the shell."""
    from newsroom.errors import CopydeskError
    from newsroom.portals import portal_files

    try:
        files = portal_files(context.ensure_object(Desk).config.portals)
    except CopydeskError:
        return []
    return [CompletionItem(file.stem) for file in files if file.stem.startswith(incomplete)]


portal_argument = click.argument("portal_id", metavar="ID", shell_complete=complete_portal)


_ASKING = {"add": "copydesk.commands.portal_add", "test": "copydesk.commands.portal_test"}


class PortalGroup(DeskGroup):
    """Knows `add` and `test` by name, and imports them only to run or show them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_ASKING, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ASKING:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(_ASKING[cmd_name]), f"{cmd_name}_portal")
        assert isinstance(command, click.Command)
        return command


@click.group(cls=PortalGroup)
def portal() -> None:
    """Add, test, list and switch portal files.

    A portal file is one TOML file for one news portal, in ./portals or the folder that --portals names.

    \b
    Examples:
      copydesk portal add https://news.example.org/
      copydesk portal list
    """


@portal.command("list")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only portals with this tag; may be repeated.")
@click.option("--enabled/--disabled", "enabled", default=None, help="Only portals that are switched on, or off.")
@output_option
@pass_desk
def list_portals(desk: Desk, tags: tuple[str, ...], enabled: bool | None, output: str) -> None:
    """List the portals of the folder.

    Exit code 2 when a file is wrong; the others are listed all the same.

    \b
    Examples:
      copydesk portal list
      copydesk portal list --tag daily --enabled -o ndjson
    """
    from copydesk.output import Column, print_rows
    from newsroom.errors import PortalError
    from newsroom.portals import check_portal, portal_files

    files = portal_files(desk.config.portals)
    checked = {file: check_portal(file) for file in files}
    found = [(file, one) for file, (one, _) in checked.items() if one is not None]
    rows = [
        _row(file, one)
        for file, one in sorted(found, key=lambda pair: pair[1].id)
        if set(tags) <= set(one.tags) and enabled in (None, one.enabled)
    ]
    headings = ["id", "name", "enabled", "language", "sources", "schedule", "tags", "home"]
    columns = [Column(key, cut=key in ("name", "tags", "home"), right=key == "sources") for key in headings]
    print_rows(rows, columns + ([Column("file")] if output != "table" else []), output)
    if not files:
        desk.say(f"no portal files in {desk.config.portals}; next: copydesk portal add URL")
    faults = [str(problem) for _, problems in checked.values() for problem in problems]
    if faults:
        raise PortalError("\n".join(faults))


def _row(file: Path, one: Portal) -> dict[str, Any]:
    values = one.model_dump(mode="json", include={"id", "name", "enabled", "language", "schedule", "tags", "home"})
    return {**values, "sources": len(one.sources) or "discover", "file": str(file)}


@portal.command()
@portal_argument
@output_option
@pass_desk
def show(desk: Desk, portal_id: str, output: str) -> None:
    """Print every field of one portal, defaults included.

    ID is the portal's id; a path to a portal file works as well.

    \b
    Examples:
      copydesk portal show hean-ribao
      copydesk portal show ./draft.toml -o json
    """
    from copydesk.output import print_record
    from newsroom.portals import load_portal

    values = load_portal(file_of(desk, portal_id)).model_dump(mode="json")
    print_record(values if output in ("json", "ndjson") else _flat(values), output)


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Tables as dotted keys: {"fetch": {"delay": 1}} becomes {"fetch.delay": 1}."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": item for inner, item in _flat(value).items()}
        elif value and isinstance(value, list) and isinstance(value[0], dict):
            flat |= _flat({f"{key}.{number}": item for number, item in enumerate(value)})
        else:
            flat[key] = value
    return flat


@portal.command()
@click.argument("which", metavar="[ID|FILE]...", nargs=-1, shell_complete=complete_portal)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@output_option
@pass_desk
def lint(desk: Desk, which: tuple[str, ...], strict: bool, output: str) -> None:
    """Check portal files, without asking any server.

    ID|FILE are portal ids or paths of portal files; without any, the whole folder is checked. Each fault is printed
    with file, line and field. Exit code 2 when there is an error.

    \b
    Examples:
      copydesk portal lint
      copydesk portal lint hean-ribao ./draft.toml --strict
    """
    from copydesk.output import Column, print_rows
    from copydesk.portal_lint import lint_files
    from newsroom.portals import portal_files

    files = [file_of(desk, one) for one in which] or portal_files(desk.config.portals)
    findings = lint_files(files)
    if output == "table":
        for finding in findings:
            click.echo(str(finding), color=desk.color)
    else:
        print_rows(
            ({key: getattr(finding, key) for key in finding.__slots__} for finding in findings),
            [Column(key) for key in ("level", "file", "line", "field", "message")],
            output,
        )
    errors = sum(finding.level == "error" or strict for finding in findings)
    desk.say(f"{len(files)} files: {errors} errors, {len(findings) - errors} warnings")
    if errors:
        raise click.exceptions.Exit(2)


@portal.command()
@click.option("--write", is_flag=True, help="Write it as portal.schema.json beside the portal files, too.")
@pass_desk
def schema(desk: Desk, write: bool) -> None:
    """Print the JSON Schema of portal files, for editors.

    Line 1 of a portal file names it: `#:schema ./portal.schema.json`.

    \b
    Examples:
      copydesk portal schema > portals/portal.schema.json
      copydesk portal schema --write
    """
    from copydesk.output import to_json
    from newsroom.portals import json_schema, portal_files, write_schema

    if write:
        portal_files(desk.config.portals)  # says so when there is no such folder
        desk.say(f"wrote {write_schema(desk.config.portals)}")
    click.echo(to_json(json_schema(), indent=2))


@portal.command()
@portal_argument
@pass_desk
def enable(desk: Desk, portal_id: str) -> None:
    """Switch a portal on: crawl --all and schedules take it again.

    ID is the portal's id. One line of its file is changed; comments stay.

    \b
    Example:
      copydesk portal enable hean-ribao
    """
    _switch(desk, portal_id, True)


@portal.command()
@portal_argument
@pass_desk
def disable(desk: Desk, portal_id: str) -> None:
    """Switch a portal off: crawl --all and schedules leave it out.

    ID is the portal's id. One line of its file is changed; comments stay, and so does what is stored.

    \b
    Example:
      copydesk portal disable hean-ribao
    """
    _switch(desk, portal_id, False)


def _switch(desk: Desk, portal_id: str, enabled: bool) -> None:
    from newsroom.portals import set_enabled

    changed = set_enabled(file_of(desk, portal_id), enabled)
    desk.say(f"{portal_id} is {'' if changed else 'already '}{'enabled' if enabled else 'disabled'}")


def file_of(desk: Desk, wanted: str) -> Path:
    """The file of a portal, by id or by path."""
    from newsroom.portals import portal_path

    if wanted.endswith(".toml") or "/" in wanted:
        return Path(wanted)
    return portal_path(desk.config.portals, wanted)
