"""The command `copydesk`: finds the command that was asked for, and turns its end into an exit code.

Only click is imported here, so that `copydesk --help` answers at once; each command imports what it needs.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from copydesk.commands import COMMANDS
from copydesk.context import Desk, DeskGroup
from newsroom.errors import CopydeskError, StorageError

EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE
YOUNG_OBJECTS = 50_000  # made since the garbage collector last looked: at the usual 700 it took a seventh of a start
EXIT_INTERRUPTED = 128 + signal.SIGINT
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LazyGroup(DeskGroup):
    """The top group: knows names and first help lines of all commands, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        wanted = args[0]
        if wanted not in COMMANDS and not wanted.startswith("-") and not ctx.resilient_parsing:
            from newsroom.spelling import suggestion

            ctx.fail(f'no command "{wanted}"{suggestion(wanted, COMMANDS) or "; see copydesk --help"}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])


def _print_version(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from newsroom.config import version

        click.echo(f"copydesk {version()}")
        context.exit()


@click.group(
    cls=LazyGroup,
    shows_global_options=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 done, 1 unexpected error, 2 usage or configuration, 3 below what the portal expects, "
    "4 nothing to do, 5 blocked by the site, 6 storage unavailable, 130 interrupted, 143 terminated.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print the version."
)
def cli() -> None:
    """From a news portal's front page to a searchable, deduplicated, provable corpus.

    \b
    Examples:
      copydesk init
      copydesk portal list -o json
      copydesk --home /srv/news doctor
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(YOUNG_OBJECTS)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. The one place that catches broadly."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a lone surrogate in a title must not end an export
    desk = Desk()
    try:
        if "_COPYDESK_COMPLETE" in os.environ:
            cli.main(prog_name="copydesk")  # the shell asks what could come next
        # Not cli.main(): it ends with 1, and no word of why, when the reader of stdout goes away.
        given = sys.argv[1:] if arguments is None else arguments
        with cli.make_context("copydesk", list(given), obj=desk) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
    except BrokenPipeError:
        _lead_stdout_nowhere()
        return EXIT_BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        desk.fail("interrupted")
        return EXIT_INTERRUPTED
    except (Exception, SystemExit) as error:
        return _report(error, desk)
    return code if isinstance(code, int) else 0  # a command may return its exit code


def _lead_stdout_nowhere() -> None:
    """Its reader has what it wanted, or its disk takes no more: Python would complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _report(error: BaseException, desk: Desk) -> int:
    """Say what went wrong, and the exit code for it."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if desk.debug:
        traceback.print_exception(error)
    if isinstance(error, CopydeskError):
        for line in str(error).splitlines() or [type(error).__name__]:
            desk.fail(line)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        _lead_stdout_nowhere()  # which may be what takes no more; an error of writing does not say
        desk.fail(f"{error.filename or 'output'}: {error.strerror}; check the path and the disk")
        return StorageError.exit_code
    hint = "" if desk.debug else "; run again with --debug to see where"
    desk.fail(f"unexpected: {type(error).__name__}: {error}{hint}")
    return 1
