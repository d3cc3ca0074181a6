"""The quickstarts are typed by people: every command in them exists, with the options it is shown with."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from copydesk.context import Desk
from copydesk.main import cli

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = sorted(DOCS.glob("quickstart-*.md"))
USERS = {"quickstart-ad-hoc.md", "quickstart-archivist.md", "quickstart-data-engineer.md"}
BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def typed(text: str) -> list[list[str]]:
    """The copydesk commands in a page's code blocks, as a shell would hand them over."""
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    calls = [found[1].partition(" >>")[0] for line in lines if (found := re.search(r"(?:^|&& )(copydesk .*)", line))]
    return [shlex.split(call)[1:] for call in calls]


def parse(arguments: list[str]) -> None:
    """Read a call as the command line does, down to the last command, without running it."""
    group: click.Command = cli
    context = cli.make_context("copydesk", arguments, obj=Desk())
    while isinstance(group, click.Group):
        rest = [*context._protected_args, *context.args]
        name, command, rest = group.resolve_command(context, rest)
        assert command is not None
        context, group = command.make_context(name, rest, parent=context), command


def test_there_is_one_quickstart_for_each_user() -> None:
    assert {page.name for page in PAGES} == USERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_quickstart_can_be_typed(page: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("saved-page.html", "pages.jsonl", "old-articles.jsonl.gz"):
        (tmp_path / name).write_text("")
    calls = typed(page.read_text("utf-8"))
    assert len(calls) >= 8
    for call in calls:
        parse(call)


@pytest.mark.parametrize("call", ["serach x", "crawl --al", "search x -o yaml", "coverage --state lost"])
def test_a_command_that_does_not_exist_is_noticed(call: str) -> None:
    with pytest.raises(click.UsageError):
        parse(shlex.split(call))
