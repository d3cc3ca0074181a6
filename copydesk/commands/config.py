"""`copydesk config`: what the settings are, and where each came from."""

from __future__ import annotations

import os

import click

from copydesk.context import Desk, DeskGroup, output_option, pass_desk


@click.group(cls=DeskGroup)
def config() -> None:
    """Show and check the configuration.

    \b
    Examples:
      copydesk config show
      copydesk config check
    """


@config.command()
@output_option
@pass_desk
def show(desk: Desk, output: str) -> None:
    """Print every setting, its value, and where it came from.

    The first of these that has a setting wins: option, environment variable, --config file, copydesk.toml in this
    folder or one above, the user's own config.toml, default. Passwords are shown as ***.

    \b
    Examples:
      copydesk config show
      COPYDESK_WORKERS=4 copydesk config show -o json
    """
    from copydesk.output import Column, print_rows
    from newsroom.config import mask_password, settings

    chosen = desk.config
    rows = []
    for setting in settings():
        value = getattr(chosen, setting.name)
        if setting.name == "database":
            value = mask_password(chosen.database_url)
        rows.append(
            {
                "setting": setting.name,
                "value": value if isinstance(value, bool | int | None) else str(value),
                "source": str(chosen.sources[setting.name]),
                "help": setting.help,
            }
        )
    columns = [Column("setting"), Column("value"), Column("source")]
    if output != "table":
        columns.append(Column("help"))
    print_rows(rows, columns, output)


@config.command()
@pass_desk
def check(desk: Desk) -> None:
    """Check the configuration without doing anything with it.

    Exit code 2 when a setting is unknown or its value is wrong, in files, environment or options.

    \b
    Examples:
      copydesk config check
      copydesk --config production.toml config check
    """
    from newsroom.config import unknown_variables
    from newsroom.errors import ConfigError

    chosen = desk.config
    strange = unknown_variables(os.environ)
    if strange:
        raise ConfigError("\n".join(strange))
    files = sorted({origin.place.rpartition(":")[0] for origin in chosen.sources.values() if origin.kind == "file"})
    desk.say("configuration is fine" + (f" ({', '.join(files)})" if files else " (no file is used)"))
