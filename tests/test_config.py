"""The configuration: what wins, where it came from, and what is refused."""

from pathlib import Path

import pytest

from newsroom.config import load_config, mask_password, settings, unknown_variables, user_config_folder
from newsroom.errors import ConfigError


def build(folder: Path, flags=None, environ=None, **places):
    return load_config(flags, environ=environ or {}, folder=folder, **places)


def test_each_place_gives_way_to_the_one_above_it(tmp_path):
    project, user, named = tmp_path / "project", tmp_path / "user", tmp_path / "named.toml"
    (project / "deep" / "er").mkdir(parents=True)
    user.mkdir()
    (user / "config.toml").write_text(
        "workers = 1\nlog_level = 'debug'\nwarc = false\ncontact = 'u@x'\nlog_format='json'"
    )
    (project / "copydesk.toml").write_text("workers = 2\nlog_level = 'error'\nwarc = true\ncontact = 'p@x'")
    named.write_text("workers = 3\nlog_level = 'warning'\n\nwarc = false")
    config = build(
        project / "deep" / "er",
        {"workers": 5, "home": None},
        {"COPYDESK_WORKERS": "4", "COPYDESK_LOG_LEVEL": "info", "COPYDESK_WARC": ""},
        config_file=named,
        user_folder=user,
    )
    assert (config.workers, config.log_level, config.warc) == (5, "info", False)
    assert (config.contact, config.log_format, config.color) == ("p@x", "json", "auto")
    origins = {name: str(origin) for name, origin in config.sources.items()}
    assert origins["workers"] == "--workers" and origins["log_level"] == "COPYDESK_LOG_LEVEL"
    assert origins["warc"] == f"{named}:4" and origins["contact"] == f"{project / 'copydesk.toml'}:4"
    assert origins["log_format"] == f"{user / 'config.toml'}:5" and origins["home"] == "default"


def test_nothing_given_is_a_configuration_too(tmp_path):
    config = build(tmp_path)
    assert config.home == Path("copydesk-data") and config.database is None
    assert config.database_url == f"sqlite:///{Path.cwd() / 'copydesk-data' / 'corpus.sqlite3'}"
    assert config.worker_count >= 1


def test_paths_in_a_file_start_from_that_file(tmp_path):
    (tmp_path / "copydesk.toml").write_text('home = "data"\nportals = "/srv/portals"\ndatabase = "news.db"')
    (tmp_path / "below").mkdir()
    config = build(tmp_path / "below")
    assert config.home == tmp_path / "data" and config.portals == Path("/srv/portals")
    assert config.database_url == f"sqlite:///{tmp_path / 'news.db'}"
    assert build(tmp_path / "below", {"home": "data"}).home == Path("data")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgres://desk@db/news", "postgresql+psycopg://desk@db/news"),
        ("postgresql://desk@db/news", "postgresql+psycopg://desk@db/news"),
        ("postgresql+psycopg://desk@db/news", "postgresql+psycopg://desk@db/news"),
        ("sqlite:////srv/news.db", "sqlite:////srv/news.db"),
        ("/srv/news.db", "sqlite:////srv/news.db"),
    ],
)
def test_a_database_may_be_a_path_or_a_url(tmp_path, given, url):
    assert build(tmp_path, environ={"COPYDESK_DATABASE_URL": given}).database_url == url


def test_all_faults_are_told_at_once_with_their_place(tmp_path):
    (tmp_path / "copydesk.toml").write_text('hoem = "x"\n\nworkers = "many"\nwarc = "perhaps"\n')
    with pytest.raises(ConfigError) as caught:
        build(tmp_path, {"color": "allways"}, {"COPYDESK_DATABASE_URL": "mysql://u:secret@h/d"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "--color: color: 'allways': must be one of auto, always, never; did you mean \"always\"?"
    assert lines[1].startswith("COPYDESK_DATABASE_URL: database: 'mysql://u:***@h/d'")
    assert lines[2] == f'{tmp_path}/copydesk.toml:1: hoem: unknown setting; did you mean "home"?'
    assert lines[3].startswith(f"{tmp_path}/copydesk.toml:3: workers: 'many': must be a whole number")
    assert lines[4].startswith(f"{tmp_path}/copydesk.toml:4: warc: 'perhaps': must be true or false")
    assert len(lines) == 5 and "secret" not in str(caught.value) and caught.value.exit_code == 2


@pytest.mark.parametrize("content", [b"home = ", b"\xff\xfe", b"a = " + b"[" * 9000, b"[home]\nx = 1"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "copydesk.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"copydesk\.toml"):
        build(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(environ={}, folder=None, config_file=tmp_path / "none.toml")


@pytest.mark.parametrize("value", ["", "a\nb", 7, ["x"]])
def test_a_user_agent_cannot_smuggle_headers(tmp_path, value):
    with pytest.raises(ConfigError, match="one line of printable text"):
        build(tmp_path, {"user_agent": value})


def test_the_user_agent_is_honest_and_the_portal_may_choose_its_own(tmp_path):
    config = build(tmp_path, {"contact": "desk@archive.example"})
    assert config.agent().startswith("copydesk/") and config.agent().endswith(" (+desk@archive.example)")
    assert config.agent(contact="other@x").endswith(" (+other@x)")
    assert config.agent("Own/1.0") == "Own/1.0"
    assert build(tmp_path, {"user_agent": "Mine/2"}).agent(contact="x") == "Mine/2"


def test_a_misspelt_variable_is_noticed():
    assert unknown_variables({"COPYDESK_HOEM": "x", "COPYDESK_HOME": "y", "HOME": "z"}) == [
        'COPYDESK_HOEM: no such setting; did you mean "COPYDESK_HOME"?'
    ]


def test_the_users_own_folder_follows_xdg():
    assert user_config_folder({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}) == Path("/x/copydesk")
    assert user_config_folder({"HOME": "/h"}) == Path("/h/.config/copydesk")
    assert user_config_folder({}) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40@h:5432/d?x=1", "postgresql://u:***@h:5432/d?x=1"),
        ("postgresql://u:a@b@h/d", "postgresql://u:***@h/d"),
        ("sqlite:////x", "sqlite:////x"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
    ],
)
def test_passwords_are_not_shown(url, shown):
    assert mask_password(url) == shown


def test_every_setting_has_help_an_example_and_a_variable(tmp_path):
    for setting in settings():
        assert len(setting.help) > 20 and setting.example, setting.name
        assert setting.env.startswith("COPYDESK_")
        build(tmp_path, environ={setting.env: setting.example})  # the example is accepted
