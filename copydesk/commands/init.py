"""`copydesk init`: a folder with a configuration file, a place for portal files, and an empty corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copydesk.context import Desk, DeskCommand, pass_desk

if TYPE_CHECKING:
    from newsroom.config import Config


@click.command(cls=DeskCommand)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--contact", metavar="TEXT", help="E-mail or page that the user agent names, so that sites can reach you."
)
@pass_desk
def init(desk: Desk, folder: Path, contact: str | None) -> None:
    """Set up a folder for a new corpus.

    Writes copydesk.toml, the folder portals/ with the schema for editors, and an empty database. FOLDER is the
    current one unless given. What exists already is left as it is.

    \b
    Examples:
      copydesk init news --contact https://archive.example/bot
      copydesk --database postgresql+psycopg://desk@localhost/news init
    """
    from newsroom.config import FILE_NAME
    from newsroom.portals import write_schema

    folder.mkdir(parents=True, exist_ok=True)
    _write_configuration(desk, folder / FILE_NAME, contact)
    config = _config_of(desk, folder)
    _make_folder(desk, config.portals)
    desk.say(f"wrote  {write_schema(config.portals)}")
    _make_folder(desk, config.home)
    desk.say(f"ready  {_make_database(config)}")
    inside = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    desk.say(f"next:  {inside}copydesk portal add https://news.example.org/")


def _config_of(desk: Desk, folder: Path) -> Config:
    """The configuration as a command run inside `folder` will see it."""
    import os

    from newsroom.config import load_config, user_config_folder

    return load_config(
        desk.flags,
        environ=os.environ,
        config_file=desk.config_file,
        folder=folder.resolve(),
        user_folder=user_config_folder(os.environ),
    )


def _make_folder(desk: Desk, path: Path) -> None:
    from newsroom.errors import StorageError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be made: {error.strerror}; choose another with --home or --portals"
        ) from error
    desk.detail(f"folder {path}")


def _make_database(config: Config) -> str:
    """Bring the database to the current schema; its name for people."""
    from storage.database import Database

    database = Database(config.database_url)
    try:
        database.upgrade()
        return database.name
    finally:
        database.close()


def _write_configuration(desk: Desk, file: Path, contact: str | None) -> None:
    """Write the configuration file, unless there is one; private when it holds a password."""
    from newsroom.config import load_config, mask_password

    if file.exists():
        desk.say(f"kept   {file}")
        return
    given = {**desk.flags, "contact": contact}
    checked = load_config(given, environ={}, folder=None)  # so that nothing wrong is written down
    values: dict[str, object] = {"home": "copydesk-data", "portals": "portals"}
    for name in ("home", "database", "portals", "contact"):
        if given.get(name) is not None:
            value = getattr(checked, name)
            values[name] = str(value.absolute()) if isinstance(value, Path) else value
    secret = checked.database is not None and mask_password(checked.database) != checked.database
    file.touch(mode=0o600 if secret else 0o644)
    try:
        file.write_text(_configuration(values), encoding="utf-8")
    except OSError as error:
        file.unlink()  # half a configuration is none
        error.filename = str(file)
        raise
    desk.say(f"wrote  {file}")


def _configuration(values: dict[str, object]) -> str:
    """A configuration file that names every setting, with those in `values` switched on."""
    from newsroom.config import settings
    from newsroom.toml_text import toml_value

    lines = ["# Settings of copydesk for this folder and those below it. See: copydesk config show"]
    for setting in settings():
        shown = setting.example if isinstance(setting.default, str | None) else setting.default
        mark = "" if setting.name in values else "# "
        lines += ["", f"# {setting.help}", f"{mark}{setting.name} = {toml_value(values.get(setting.name, shown))}"]
    return "\n".join(lines) + "\n"
