"""A command as the child of a task: what it says, how it ends, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from conftest import DAGS

from copydesk_airflow import child as child_module
from copydesk_airflow import settings
from copydesk_airflow.child import LINE_LIMIT, Child, Ended
from copydesk_airflow.outcomes import judge

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


class Log:
    """The lines of a log; `until` waits for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    def until(self, line: str, limit_s: float = 20) -> None:
        wait_for(lambda: line in self.lines, f"the line {line}", limit_s)


def wait_for(condition: Callable[[], object], what: str, limit_s: float = 20) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, f"waited {limit_s} s in vain for {what}"
        time.sleep(0.02)


def run(code: str, log: Log | None = None, child: Child | None = None) -> Ended:
    """Run Python code as a command."""
    return (child or Child()).run([sys.executable, "-c", code], Path("/"), dict(os.environ), log or Log())


def is_there(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    monkeypatch.setattr(child_module, "GRACE_S", 0.5)
    yield 0.5


def test_the_grace_is_shorter_than_airflows() -> None:
    from airflow.sdk.execution_time import supervisor

    assert "escalation_delay: float = 5.0" in Path(supervisor.__file__).read_text("utf-8")
    assert child_module.GRACE_S < 5


def test_the_report_is_the_last_line_of_stdout_whatever_stderr_says() -> None:
    log = Log()
    code = """
import sys
print('{"early": 1}'); print('{"fetched": 3}', flush=True)
print('{"level": "info", "a": "log line"}', file=sys.stderr)
sys.exit(3)
"""
    ended = run(code, log)
    assert (ended.code, ended.report) == (3, {"fetched": 3})
    assert '{"level": "info", "a": "log line"}' in log.lines


@pytest.mark.parametrize(
    ("printed", "report"),
    [("[\\n{},\\n{}\\n]\\n", [{}, {}]), ('{\\n  "a": 1\\n}\\n', {"a": 1}), ("", {}), ("no json\\n", {}), ("7\\n", {})],
)
def test_json_over_several_lines_is_read_and_anything_else_is_no_report(printed: str, report: object) -> None:
    assert run(f"print('{printed}', end='')").report == report


def test_endless_lines_take_no_endless_memory() -> None:
    log = Log()
    code = "import sys\nfor _ in range(400): sys.stdout.write('x' * 100_000)\nprint('\\n{\"a\": 1}')"
    before = peak_bytes()
    assert run(code, log).report == {"a": 1}
    assert max(map(len, log.lines)) < LINE_LIMIT + 10
    assert peak_bytes() - before < 40_000_000


def peak_bytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_bytes_that_are_no_text_do_not_end_the_task() -> None:
    log = Log()
    assert run("import sys; sys.stderr.buffer.write(b'\\xff\\xfe tail')", log).code == 0
    assert log.lines[0].endswith(" tail")


def test_a_grandchild_that_holds_the_pipes_does_not_hold_the_task() -> None:
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print('{\"pid\": %d}' % p.pid)"
    began = time.monotonic()
    ended = run(code)
    assert time.monotonic() - began < 20
    wait_for(lambda: not is_there(ended.report["pid"]), "the end of the grandchild")


def test_a_stopped_command_gets_one_sigterm_and_may_say_its_last() -> None:
    code = """
import signal, sys, time
count = 0
def leave(*_):
    global count
    count += 1
    time.sleep(0.3)
    print('{"signals": %d}' % count, flush=True)
    sys.exit(143)
signal.signal(signal.SIGTERM, leave)
print('up', flush=True)
time.sleep(60)
"""
    log, child = Log(), Child()
    threading.Thread(target=lambda: (log.until("up"), child.stop(), child.stop())).start()
    ended = run(code, log, child)
    assert (ended.code, ended.report) == (143, {"signals": 1})


def test_a_stubborn_command_is_killed_after_the_grace(short_grace: float) -> None:
    log, child = Log(), Child()
    threading.Thread(target=lambda: (log.until("up"), child.stop())).start()
    assert run(STUBBORN, log, child).code == -signal.SIGKILL


def test_a_command_is_stopped_from_a_signal_handler(short_grace: float) -> None:
    """As Airflow does it: on_kill runs in the handler of SIGTERM, in the middle of whatever the task is doing."""
    child, log, parent = Child(), Log(), os.getpid()
    before = signal.signal(signal.SIGUSR1, lambda *_: child.stop())
    try:
        threading.Thread(target=lambda: (log.until("up"), os.kill(parent, signal.SIGUSR1))).start()
        assert run(STUBBORN, log, child).code == -signal.SIGKILL
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_stop_that_comes_before_the_command_is_there_is_not_forgotten(short_grace: float) -> None:
    child = Child()
    child.stop()
    began = time.monotonic()
    assert run("import time; time.sleep(60)", child=child).code == -signal.SIGTERM
    assert time.monotonic() - began < 20


def test_a_stop_after_the_end_disturbs_nobody() -> None:
    child = Child()
    assert run("pass", child=child).code == 0
    child.stop()


def test_an_exception_in_the_task_ends_the_command(short_grace: float) -> None:
    class TimeIsUp(BaseException):
        pass

    seen: list[str] = []

    def log(line: str) -> None:
        seen.append(line)
        raise TimeIsUp

    with pytest.raises(TimeIsUp):
        Child().run([sys.executable, "-c", f"import os; print(os.getpid(), flush=True); {STUBBORN}"], Path("/"),
                    dict(os.environ), log)  # fmt: skip
    assert not is_there(int(seen[0]))


def test_a_command_ends_when_its_task_is_killed_outright(tmp_path: Path) -> None:
    task = f"""
import os, sys
sys.path.insert(0, {str(DAGS)!r})
from pathlib import Path
from copydesk_airflow.child import Child
code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
Child().run([sys.executable, "-c", code], Path("/"), dict(os.environ), lambda line: print(line, flush=True))
"""
    process = subprocess.Popen([sys.executable, "-c", task], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert is_there(pid)
    process.kill()
    process.wait()
    wait_for(lambda: not is_there(pid), "the end of the command")
    process.stdout.close()


# --- outcomes and settings ------------------------------------------------------------------------------------------


def test_exit_code_0_is_success() -> None:
    judge("copydesk", 0, {})


@pytest.mark.parametrize("code", [2, 3, 5])
def test_these_exit_codes_fail_without_a_retry(code: int) -> None:
    with pytest.raises(AirflowFailException, match=f"exit code {code}") as raised:
        judge("copydesk crawl north", code, {"fetched": 1}, ("error: the last word",))
    assert raised.value.report == {"fetched": 1}
    assert "the last word" in str(raised.value)


def test_exit_code_4_skips() -> None:
    with pytest.raises(AirflowSkipException):
        judge("copydesk", 4, {})


@pytest.mark.parametrize("code", [1, 6, 130, 143, -9, -15, 77])
def test_other_exit_codes_are_tried_again(code: int) -> None:
    with pytest.raises(AirflowException) as raised:
        judge("copydesk", code, {})
    assert not isinstance(raised.value, AirflowFailException | AirflowSkipException)


def test_a_command_gets_our_settings_and_nothing_of_airflows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
    monkeypatch.setenv("PYTHONPATH", "/of/another/interpreter")
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "postgresql://desk@localhost/news")
    monkeypatch.setenv("COPYDESK_ALERT_WEBHOOK", "https://hooks.example/secret")
    monkeypatch.setenv("COPYDESK_FOLDER", "/srv/news")
    monkeypatch.setenv("COPYDESK_HOME", "data")
    env = settings.command_environment()
    assert not [name for name in env if "AIRFLOW" in name or name.startswith("PYTHONPATH")]
    assert "airflow-db-not-allowed" not in str(env)
    assert "COPYDESK_ALERT_WEBHOOK" not in env
    assert env["COPYDESK_DATABASE_URL"] == "postgresql://desk@localhost/news"
    assert (env["COPYDESK_HOME"], env["COPYDESK_PORTALS"]) == ("/srv/news/data", "/srv/news/portals")


def test_the_command_may_be_a_path_with_spaces_or_have_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "my tools" / "copydesk"
    path.parent.mkdir()
    path.touch()
    for said, words in (
        (str(path), [str(path)]),
        ("python -m copydesk", ["python", "-m", "copydesk"]),
        ("", ["copydesk"]),
    ):
        monkeypatch.setenv("COPYDESK_COMMAND", said)
        assert settings.command() == words
