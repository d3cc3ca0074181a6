"""The folder and the processes of a demo: portal files, crawls, other commands. Nothing outlives the block."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path

import copydesk
from copydesk.demo.site import FEED, MAIN_SITEMAP, Site
from copydesk.signals import ended_by_sigterm
from newsroom.errors import CopydeskError, UsageError

CRAWL_LIMIT_S = 240  # takes 4; a busy machine may need more
COMMAND_LIMIT_S = 60
CONFIGURATION = 'home = "copydesk-data"\nportals = "portals"\nworkers = 1\ncontact = "demo@copydesk.invalid"\n'
_OURS = ("COPYDESK_", "_COPYDESK_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class DemoError(CopydeskError):
    """The demo did not come out as it must."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and its exit code."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with portal files and a corpus, in which commands run."""

    folder: Path

    @property
    def database_url(self) -> str:
        """The corpus that the crawls of this demo fill."""
        return f"sqlite:///{self.folder / 'copydesk-data' / 'corpus.sqlite3'}"

    def write_portal_files(self, sites: Mapping[str, Site]) -> None:
        """One file a portal, and the configuration that finds them."""
        (self.folder / "portals").mkdir()
        (self.folder / "copydesk.toml").write_text(CONFIGURATION, encoding="utf-8")
        for name, site in sites.items():
            path = self.folder / "portals" / f"{name}.toml"
            path.write_text(portal_file(site), encoding="utf-8")

    def run(self, *arguments: str, limit_s: float = COMMAND_LIMIT_S) -> Done:
        """Run `copydesk ARGUMENTS` here, with no settings but this folder's; it ends with us."""
        command = [sys.executable, "-m", "copydesk", *arguments]
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command, cwd=self.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            stdout, stderr = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise DemoError(f"copydesk {' '.join(arguments)}: not done after {limit_s:.0f} s") from None
        finally:
            _end(process)
        return Done(process.returncode, stdout, stderr)

    def ask(self, *arguments: str) -> Done:
        """As `run`, for a command that only looks, and in this process: to start another takes most of a second."""
        from copydesk.main import run

        out, err = io.StringIO(), io.StringIO()
        with _standing_in(self.folder), redirect_stdout(out), redirect_stderr(err):
            code = run(arguments)
        return Done(code, out.getvalue(), err.getvalue())

    def crawl(self) -> Done:
        """Crawl every portal. Raises DemoError when the crawl does not end well."""
        done = self.run("crawl", "--all", "--json", "--quiet", limit_s=CRAWL_LIMIT_S)
        if done.exit_code:
            said = done.stderr.strip() or done.stdout.strip() or "nothing"
            raise DemoError(f"copydesk crawl --all ended with {done.exit_code} and said: {said}")
        return done


def portal_file(site: Site) -> str:
    """The portal file of a site: two are found by themselves, the Chinese one names its sources."""
    paper = site.paper
    lines = [
        f'home = "{site.base}/"',
        f'name = "{paper.name}"',
        f'timezone = "{paper.timezone}"',
        'tags = ["demo"]',
        'revisit = ["1s"]  # look for edits at once; hours and days are usual',
    ]
    if paper.id == "linjiang":
        for kind, path in (("homepage", "/"), ("feed", FEED[paper.id]), ("sitemap", MAIN_SITEMAP[paper.id])):
            lines += ["", "[[sources]]", f'kind = "{kind}"', f'url = "{path}"']
    lines += ["", "[fetch]", "delay = 0", "concurrency = 4", "allow_private = true  # loopback, for the demo only", ""]
    return "\n".join(lines)


def environment() -> dict[str, str]:
    """Our environment without proxies and without the user's own settings of copydesk."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name.lower() not in _PROXIES and name != "XDG_CONFIG_HOME"
    }
    code = str(Path(copydesk.__file__).resolve().parent.parent)
    path = os.pathsep.join([code, *filter(None, [kept.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "COPYDESK_COLOR": "never"}


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """Work in `folder` with the environment of a command of the demo."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment())
    try:
        with chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def open_stage(keep: Path | None) -> Iterator[Stage]:
    """A stage in `keep`, or in a folder that is removed at the end. Raises UsageError when `keep` holds files."""
    with ended_by_sigterm():
        if keep is not None:
            if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
                raise UsageError(f"{keep}: is not an empty folder; name one that does not exist yet")
            keep.mkdir(parents=True, exist_ok=True)
            yield Stage(keep.resolve())
            return
        folder = Path(tempfile.mkdtemp(prefix="copydesk-demo-")).resolve()
        try:
            yield Stage(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _end(process: subprocess.Popen[str]) -> None:
    """Make sure that the process is over: asked first, then told."""
    if process.poll() is not None:
        return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=6)
    if process.poll() is None:
        process.kill()
        process.communicate()
