"""What every command gets: the options of the call, the configuration made of them, and a voice on stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from newsroom.config import Config

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(slots=True)
class Desk:
    """One call of the command. Built empty, then filled by the global options, wherever they stand in the call."""

    flags: dict[str, object] = field(default_factory=dict)  # settings given as options
    config_file: Path | None = None
    quiet: bool = False
    verbosity: int = 0
    debug: bool = False
    embargoed: bool = False  # whether the operator asked for what is under an embargo, too
    _config: Config | None = None

    @property
    def config(self) -> Config:
        """The configuration; read on first use. Raises ConfigError."""
        if self._config is None:
            from newsroom.config import load_config, user_config_folder

            self._config = load_config(
                self.flags,
                environ=os.environ,
                config_file=self.config_file,
                folder=Path.cwd(),
                user_folder=user_config_folder(os.environ),
            )
            database = self._config.sources["database"]
            in_home = replace(self._config, database=None).database_url
            if "home" in self.flags and database.kind == "file" and self._config.database_url != in_home:
                self.warn(f"the database is that of {database}, not the one in --home; --database chooses another")
        return self._config

    @property
    def color(self) -> bool | None:
        """True and False force colour on and off; None leaves it to the terminal."""
        choice = self.flags.get("color") or (self._config.color if self._config else os.environ.get("COPYDESK_COLOR"))
        if choice in ("always", "never"):
            return choice == "always"
        return False if os.environ.get("NO_COLOR") else None

    def say(self, text: str) -> None:
        """Tell a person what happened, on stderr; silent with -q."""
        if not self.quiet:
            click.echo(text, err=True, color=self.color)

    def detail(self, text: str) -> None:
        """Say what only -v asks for."""
        if self.verbosity and not self.quiet:
            click.echo(click.style(text, dim=True), err=True, color=self.color)

    def warn(self, text: str) -> None:
        """Say what a person must not miss; -q does not silence it."""
        click.echo(click.style("warning: ", fg="yellow", bold=True) + text, err=True, color=self.color)

    def fail(self, text: str) -> None:
        """Say why the command ends without success."""
        click.echo(click.style("error: ", fg="red", bold=True) + text, err=True, color=self.color)

    def start_logging(self) -> None:
        """Send log lines to stderr, at the level that -q, -v and the configuration ask for."""
        from copydesk.logs import start_logging

        level = "debug" if self.debug or self.verbosity else "error" if self.quiet else self.config.log_level
        start_logging(level, as_json=self.config.log_format == "json")


_LEFT_OUT = re.compile(r"-[^\W\d_]{2,}")  # several letters behind one dash


def shows_progress() -> bool:
    """Whether live lines make sense: only where a person watches stderr."""
    return sys.stderr.isatty()


def _desk(context: click.Context) -> Desk:
    """The Desk of this call; also made when a command is run without the main group, as tests do."""
    return context.ensure_object(Desk)


def _keep_setting(context: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None:
        _desk(context).flags[option.opts[0].removeprefix("--")] = value


def _keep_config(context: click.Context, option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        _desk(context).config_file = value


def _keep_quiet(context: click.Context, option: click.Parameter, value: bool) -> None:
    _desk(context).quiet |= value


def _keep_verbose(context: click.Context, option: click.Parameter, value: int) -> None:
    _desk(context).verbosity += value


def _keep_debug(context: click.Context, option: click.Parameter, value: bool) -> None:
    _desk(context).debug |= value


def _global_options(hidden: bool) -> list[click.Option]:
    """The options that every command takes, before or after its name.

    Their values go to the Desk; their parameter names begin with `global_`, so that no command's own collide.
    """
    folder = click.Path(file_okay=False, path_type=Path)
    file = click.Path(dir_okay=False, exists=True, path_type=Path)
    shared: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    setting: dict[str, Any] = {**shared, "callback": _keep_setting}
    return [
        click.Option(
            ["--home", "global_home"],
            **setting,
            type=folder,
            metavar="DIR",
            help="Folder of the corpus: database, WARC files, logs.  [env: COPYDESK_HOME; default: ./copydesk-data]",
        ),
        click.Option(
            ["--database", "global_database"],
            **setting,
            metavar="URL",
            help="Database, such as postgresql+psycopg://desk@localhost/news.  "
            "[env: COPYDESK_DATABASE_URL; default: an SQLite file in --home]",
        ),
        click.Option(
            ["--portals", "global_portals"],
            **setting,
            type=folder,
            metavar="DIR",
            help="Folder of the portal files.  [env: COPYDESK_PORTALS; default: ./portals]",
        ),
        click.Option(
            ["--color", "global_color"],
            **setting,
            type=click.Choice(["auto", "always", "never"]),
            help="Colour on terminals; NO_COLOR turns it off.  [env: COPYDESK_COLOR; default: auto]",
        ),
        click.Option(
            ["--config", "global_config"],
            **shared,
            callback=_keep_config,
            type=file,
            metavar="FILE",
            help="Configuration file that comes before ./copydesk.toml and the user's own.",
        ),
        click.Option(
            ["-q", "--quiet", "global_quiet"],
            **shared,
            callback=_keep_quiet,
            is_flag=True,
            help="Only warnings and errors.",
        ),
        click.Option(
            ["-v", "--verbose", "global_verbose"],
            **shared,
            callback=_keep_verbose,
            count=True,
            help="Say more on stderr.",
        ),
        click.Option(
            ["--debug", "global_debug"],
            **shared,
            callback=_keep_debug,
            is_flag=True,
            help="Show tracebacks and debug messages.",
        ),
    ]


class DeskCommand(click.Command):
    """A command that takes the global options after its name, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_global_options(hidden=True))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; a word to leave out that was taken for options is explained."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            options = error.param.opts if isinstance(error, click.BadParameter) and error.param else []
            options = [error.option_name] if isinstance(error, click.NoSuchOption) else options
            left_out = next((word for word in given if _LEFT_OUT.match(word) and word[:2] in options), None)
            if left_out and any(parameter.name == "query" for parameter in self.params):
                hint = f"If {left_out} is a word of the query to leave out, write NOT {left_out[1:]}."
                raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None
            raise


class DeskGroup(click.Group):
    """A group of commands, such as `portal`; its commands are DeskCommands."""

    command_class = DeskCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        shown = kwargs.pop("shows_global_options", False)
        super().__init__(*args, **kwargs)
        self.params.extend(_global_options(hidden=not shown))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order they were written, which is the order of use."""
        return list(self.commands)


DeskGroup.group_class = DeskGroup

pass_desk = click.make_pass_decorator(Desk, ensure=True)


def embargo_option(function: Function) -> Function:
    """Give a command --embargoed; open the corpus with `reading(embargoed=desk.embargoed)`."""

    def choose(context: click.Context, option: click.Parameter, value: bool) -> None:
        _desk(context).embargoed |= value

    return click.option(
        "--embargoed",
        is_flag=True,
        expose_value=False,
        callback=choose,
        help="Also what is under an embargo; see docs/export.md.",
    )(function)


def output_option(function: Function) -> Function:
    """Give a command `-o table|json|ndjson|csv` and `--json`, as its argument `output`."""

    def choose(context: click.Context, option: click.Parameter, value: bool) -> None:
        if value:
            context.params["output"] = "json"

    short = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=choose,
        help="Short for -o json.",
    )
    full = click.option(
        "-o",
        "--output",
        "output",
        type=click.Choice(["table", "json", "ndjson", "csv"]),
        default="table",
        show_default=True,
        is_eager=True,
        help="How to print the rows: ndjson is one JSON object a line.",
    )
    return full(short(function))
