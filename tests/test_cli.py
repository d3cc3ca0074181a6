"""The command: its help, its outputs, its exit codes, and how fast it answers."""

import csv
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from copydesk import main as main_module
from copydesk import reference
from copydesk.commands import COMMANDS
from copydesk.main import LazyGroup, cli, run
from copydesk.output import Column, as_text, clean, display_width, fit, print_rows
from newsroom import errors

REPOSITORY = Path(__file__).parents[1]
TREE = list(reference.walk(cli))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder, and an environment that says nothing."""
    for name in [name for name in os.environ if name.startswith("COPYDESK_")] + ["XDG_CONFIG_HOME", "NO_COLOR"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def portals(folder):
    (folder / "portals").mkdir()
    (folder / "portals" / "river.toml").write_text('home = "https://river.example/"\ntags = ["daily"]\n')
    (folder / "portals" / "hill.toml").write_text('home = "https://hill.example/"\nname = "山报"\nenabled = false\n')
    return folder / "portals"


def process(*arguments, **options):
    command = [sys.executable, "-m", "copydesk", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


# --- help and documentation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "command"), TREE, ids=[name for name, _ in TREE])
def test_every_command_and_option_has_help_with_an_example(name, command):
    assert command.help and command.help.strip().splitlines()[0].rstrip().endswith(".")
    examples = command.help.partition("Example")[2]
    assert name.split()[-1] in examples.partition(":")[2], "the example must use the command"
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    for argument in arguments:
        for word in re.findall(r"\w+", argument.metavar or argument.name):
            assert word.lower() in command.help.lower(), f"the help must say what {word} is"
    silent = [one.opts for one in command.params if isinstance(one, click.Option) and len(one.help or "") < 10]
    assert silent == []


def test_the_walk_reaches_groups_and_their_members():
    names = [name for name, _ in TREE]
    assert {"copydesk", "copydesk portal", "copydesk portal lint", "copydesk config show"} <= set(names)


def test_the_table_of_commands_agrees_with_the_commands():
    context = click.Context(cli)
    for name, (_, _, summary) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command.name == name
        assert command.help.strip().splitlines()[0] == summary


@pytest.mark.parametrize("page", ["commands.md", "configuration.md", "portal-files.md"])
def test_the_reference_pages_are_up_to_date(page):
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    assert "<!-- begin" in text and "<!-- end" in text
    assert text == reference.refreshed(text), "run: python -m copydesk.reference docs"


def test_the_reference_names_every_option_of_every_command():
    text = reference.commands()
    for name, command in TREE:
        section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1] in section, f"{name} {option.opts}"


HEAVY = {"scrapy", "sqlalchemy", "trafilatura", "pydantic", "rich", "lxml", "alembic", "langdetect", "warcio"}


def test_no_help_imports_anything_heavy():
    asked = [[*name.split()[1:], "--help"] for name, _ in TREE]
    code = f"import sys; from copydesk.main import run; print(set(map(run, {asked})), {HEAVY} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "{0} set()"


def test_help_answers_within_200_ms_of_cpu():
    code = "from copydesk.main import run; run(['--help'])"
    best_s = 9.0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "portal" in done.stdout
        best_s = min(best_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert best_s < 0.2


# --- exit codes -------------------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """Add a command `fail` that raises what it is given."""

    def install(error):
        @click.command()
        def fail():
            raise error

        monkeypatch.setitem(COMMANDS, "fail", ("", "", ""))
        monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: fail)

    return install


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.CopydeskError("x"), 1),
        (errors.UsageError("x"), 2),
        (errors.SchemaError("x"), 2),
        (errors.BelowExpectation("x"), 3),
        (errors.NothingToDo("x"), 4),
        (errors.Blocked("x"), 5),
        (errors.StorageError("x"), 6),
        (ZeroDivisionError("x"), 1),
        (KeyboardInterrupt(), 130),
        (click.UsageError("x"), 2),
        (SystemExit(143), 143),
        (click.exceptions.Exit(3), 3),
    ],
)
def test_each_error_ends_with_its_exit_code_and_no_traceback(failing, capsys, error, code):
    failing(error)
    assert run(["fail"]) == code
    shown = capsys.readouterr()
    assert shown.out == "" and "Traceback" not in shown.err


@pytest.mark.parametrize(("given", "code"), [(None, 0), (0, 0), (5, 5), ("text", 0)])
def test_a_command_may_return_its_exit_code(monkeypatch, given, code):
    monkeypatch.setattr(cli, "invoke", lambda context: given)
    assert run(["portal"]) == code


def test_debug_shows_the_traceback(failing, capsys):
    failing(errors.StorageError("disk is full"))
    assert run(["--debug", "fail"]) == 6
    shown = capsys.readouterr().err
    assert "Traceback" in shown and "error: disk is full" in shown


def test_a_misspelt_command_option_or_id_gets_a_suggestion(portals, capsys):
    assert run(["portl", "list"]) == 2
    assert 'did you mean "portal"?' in capsys.readouterr().err
    assert run(["portal", "lst"]) == 2
    assert run(["portal", "show", "rivr"]) == 2
    assert 'did you mean "river"?' in capsys.readouterr().err


def test_ctrl_c_ends_with_130(folder):
    code = (
        "import time, copydesk.main as m;"
        "m.cli.invoke = lambda *a, **k: (print('on', flush=True), time.sleep(60)); m.main(['portal'])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "on\n"
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130 and "Traceback" not in said


def test_a_reader_that_goes_away_is_no_error(folder):
    child = process("portal", "schema", cwd=folder)
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    assert child.wait(timeout=20) == 141 and said == ""


# --- options, wherever they stand -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "/srv/x", "config", "show", "--json"],
        ["config", "--home", "/srv/x", "show", "--json"],
        ["config", "show", "--json", "--home", "/srv/x"],
        ["--home", "/srv/y", "config", "show", "-o", "json", "--home", "/srv/x"],
    ],
)
def test_global_options_stand_before_or_after_the_command(folder, capsys, arguments):
    assert run(arguments) == 0
    rows = {row["setting"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["home"]["value"] == "/srv/x" and rows["home"]["source"] == "--home"


def test_config_show_masks_the_password(folder, capsys, monkeypatch):
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "postgresql://desk:secret@db/news")
    assert run(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "postgresql+psycopg://desk:***@db/news" in shown and "COPYDESK_DATABASE_URL" in shown


def test_config_check_finds_unknown_keys_and_variables(folder, capsys, monkeypatch):
    assert run(["config", "check"]) == 0
    monkeypatch.setenv("COPYDESK_WORKER", "3")
    assert run(["config", "check"]) == 2
    assert 'did you mean "COPYDESK_WORKERS"?' in capsys.readouterr().err
    (folder / "copydesk.toml").write_text('hom = "x"')
    assert run(["config", "check"]) == 2
    assert 'copydesk.toml:1: hom: unknown setting; did you mean "home"?' in capsys.readouterr().err


def test_quiet_silences_remarks_but_not_errors(portals, capsys):
    assert run(["-q", "portal", "lint"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["portal", "show", "-q", "nobody"]) == 2
    assert "no portal" in capsys.readouterr().err


# --- portal commands --------------------------------------------------------------------------------------------


def test_portal_list_in_every_format(portals, capsys):
    assert run(["portal", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[0].split()[:3] == ["id", "name", "enabled"] and lines[1].startswith("hill   山报")
    assert run(["portal", "list", "-o", "ndjson", "--tag", "daily"]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["river"]
    assert run(["portal", "list", "--json", "--disabled"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["山报"]
    assert run(["portal", "list", "-o", "csv"]) == 0
    assert [row["id"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["hill", "river"]


def test_a_wrong_file_does_not_hide_the_others(portals, capsys):
    (portals / "bad.toml").write_text('home = "https://a.example/"\ntimezome = "UTC"\n')
    assert run(["portal", "list", "-o", "ndjson"]) == 2
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2
    assert 'bad.toml:2: timezome: unknown field; did you mean "timezone"?' in shown.err


def test_portal_show_prints_defaults_too(portals, capsys):
    assert run(["portal", "show", "river"]) == 0
    fields = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines() if " " in line)
    assert fields["fetch.delay"] == "1.0" and fields["tags"] == "daily"
    assert run(["portal", "show", str(portals / "hill.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["enabled"] is False


def test_portal_lint_tells_errors_from_warnings(portals, capsys):
    assert run(["portal", "lint"]) == 0
    (portals / "odd.toml").write_text(
        'id = "strange"\nhome = "http://127.0.0.1:8000/"\n[[sources]]\nkind = "feed"\nurl = "https://b.example/f"\n'
        "[articles]\ndeny = ['http']\n[fetch]\nobey_robots = false\ndelay = 0\n"
    )
    assert run(["portal", "lint", "odd.toml".join([f"{portals}/", ""])]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.partition("odd.toml:")[2].split(":")[0] for line in shown] == ["1", "2", "5", "7", "9", "10"]
    assert all("warning: " in line for line in shown)
    assert run(["portal", "lint", "--strict", "-o", "json"]) == 2
    assert {row["level"] for row in json.loads(capsys.readouterr().out)} == {"warning"}
    (portals / "bad.toml").write_text("home = \n")
    assert run(["portal", "lint", "-o", "ndjson"]) == 2
    errors_found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["line"] for row in errors_found if row["level"] == "error"] == [1]


def test_portal_disable_and_enable_change_the_file_and_nothing_else(portals, capsys):
    before = (portals / "river.toml").read_text()
    assert run(["portal", "disable", "river"]) == 0
    assert run(["portal", "list", "--enabled", "-o", "ndjson"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["portal", "enable", "river"]) == 0
    after = (portals / "river.toml").read_text()
    assert after.replace("enabled = true\n", "") == before


def test_portal_schema_is_json_schema(portals, capsys):
    assert run(["portal", "schema", "--write"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["required"] == ["home"]
    assert json.loads((portals / "portal.schema.json").read_text(encoding="utf-8")) == printed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "_COPYDESK_COMPLETE" in capsys.readouterr().out


def test_portal_ids_complete(portals):
    environ = {"_COPYDESK_COMPLETE": "bash_complete", "COMP_WORDS": "copydesk portal show r", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-m", "copydesk"],
        env={**os.environ, **environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,river" in done.stdout.splitlines()


# --- init and doctor --------------------------------------------------------------------------------------------


def test_init_makes_a_folder_that_the_other_commands_find(folder, capsys, monkeypatch):
    assert run(["init", "desk", "--contact", "https://archive.example/bot"]) == 0
    monkeypatch.chdir(folder / "desk" / "portals")
    assert run(["config", "show", "--json"]) == 0
    rows = {row["setting"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert rows["contact"] == "https://archive.example/bot" and rows["home"] == str(folder / "desk" / "copydesk-data")
    assert (folder / "desk" / "copydesk-data" / "corpus.sqlite3").is_file()
    assert (folder / "desk" / "portals" / "portal.schema.json").is_file()
    assert run(["doctor", "--json"]) == 0
    states = {row["subject"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states["database"] == states["user agent"] == states["disk"] == "ok"


def test_init_twice_keeps_what_is_there(folder, capsys):
    assert run(["init"]) == 0
    (folder / "copydesk.toml").write_text('home = "elsewhere"\n')
    assert run(["init"]) == 0
    assert (folder / "copydesk.toml").read_text() == 'home = "elsewhere"\n'
    assert (folder / "elsewhere" / "corpus.sqlite3").is_file()


def test_init_writes_nothing_wrong_down(folder, capsys):
    assert run(["--database", "mysql://h/d", "init"]) == 2
    assert list(folder.iterdir()) == []


def test_doctor_changes_nothing_and_says_what_is_missing(folder, capsys):
    assert run(["doctor", "-o", "ndjson"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["subject"] for row in found if row["state"] == "warning"} >= {"user agent", "portals", "database"}
    assert list(folder.iterdir()) == []


def test_doctor_ends_with_2_for_a_wrong_file_and_6_for_a_lost_server(portals, capsys):
    lost = ["doctor", "--database", "postgresql://desk:secret@127.0.0.1:9/news"]
    assert run(lost) == 6
    shown = capsys.readouterr().out
    assert "✗ database" in shown and "secret" not in shown
    (portals / "bad.toml").write_text("home = 1")
    assert run(lost) == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system without room")
def test_doctor_ends_with_6_when_the_disk_has_no_room(folder, capsys):
    assert run(["doctor", "--home", "/proc/copydesk"]) == 6
    assert "✗ disk" in capsys.readouterr().out


# --- output -----------------------------------------------------------------------------------------------------


def printed(rows, columns, output):
    file = io.StringIO()
    return print_rows(rows, columns, output, file), file.getvalue()


def test_rows_stream_through_ndjson():
    file = io.StringIO()

    def rows():
        for number in range(3):
            assert file.getvalue().count("\n") == number  # the line before is out already
            yield {"n": number}

    assert print_rows(rows(), ["n"], "ndjson", file) == 3


def test_no_rows_are_valid_in_every_format():
    assert printed([], ["a"], "json") == (0, "[]\n")
    assert printed([], ["a"], "ndjson") == (0, "")
    assert printed([], ["a"], "csv") == (0, "a\n")
    assert printed([], ["a"], "table") == (0, "")


def test_values_keep_their_kind_in_json():
    when = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    _, text = printed([{"a": when, "b": None, "c": [1, "河"], "d": "x\n"}], ["a", "b", "c", "d"], "json")
    assert json.loads(text) == [{"a": "2026-03-01T08:30:00Z", "b": None, "c": [1, "河"], "d": "x\n"}]


def test_a_table_passes_no_control_characters_to_the_terminal():
    hostile = "\x1b]0;owned\x07\x1b[31mred\u202e\u200b\x9b0m\r\nnext\ud800"
    _, text = printed([{"title": hostile}], ["title"], "table")
    assert text == "title\n]0;owned[31mred0m next\n"
    assert clean("می\u200cخواهم") == "می\u200cخواهم" and clean("👨\u200d👩\u202e\u2066") == "👨\u200d👩"
    assert clean("河岸\u3000日报") == "河岸 日报" and as_text([True, None, 2]) == "yes, , 2"


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_a_csv_cell_never_starts_a_formula(cell):
    _, text = printed([{"a": cell, "n": -5}], ["a", "n"], "csv")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["a"] == f"'{cell}" and row["n"] == "-5"


def test_chinese_takes_two_columns():
    assert display_width("河岸a") == 5
    assert fit("河岸日报", 5) == "河岸…" and fit("abc", 3) == "abc"
    _, text = printed(
        [{"a": "河岸", "b": 1}, {"a": "abcdef", "b": 22}], [Column("a"), Column("b", right=True)], "table"
    )
    assert text == "a        b\n河岸     1\nabcdef  22\n"


def test_a_lone_surrogate_does_not_end_an_export(folder):
    code = (
        "from copydesk.output import print_rows as p; import copydesk.main as m;"
        "m.cli.invoke = lambda *a, **k: p([{'t': '\\ud800'}], ['t'], 'ndjson'); m.main(['portal'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stdout == '{"t": "\\ud800"}\n'


def test_log_lines_can_be_json(folder):
    code = (
        "import logging; from copydesk.context import Desk; d = Desk(flags={'log_format': 'json'}); d.start_logging();"
        "logging.getLogger('a').debug('no'); logging.getLogger('a').info('河 %s', 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    line = json.loads(done.stderr)
    assert (line["level"], line["logger"], line["message"]) == ("info", "a", "河 1")
    assert datetime.fromisoformat(line["time"]).timestamp() == pytest.approx(time.time(), abs=60)


def test_the_version_is_printed(capsys):
    assert main_module.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("copydesk ")
