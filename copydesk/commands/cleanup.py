"""`copydesk cleanup`: what has been kept long enough goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from copydesk.context import Desk, DeskCommand, output_option, pass_desk

if TYPE_CHECKING:
    from storage.cleanup.policy import Policy
    from storage.cleanup.report import Report
    from storage.database import Database


@click.command(cls=DeskCommand)
@click.option("--yes", is_flag=True, help="Do it; without it, nothing is changed and what would go is said.")
@click.option("--verify", "verify_all", is_flag=True, help="Then check every WARC file, not only those written anew.")
@click.option("--vacuum", is_flag=True, help="Write an SQLite file anew even when little of it is free.")
@click.option("--fail-if-empty", is_flag=True, help="Exit with 4 when nothing goes.")
@output_option
@pass_desk
def cleanup(desk: Desk, yes: bool, verify_all: bool, vacuum: bool, fail_if_empty: bool, output: str) -> int:
    """Take away what has been kept long enough; a dry run without --yes.

    Raw captures go by the fields retention and retention_other of their portal's file, which keep everything unless
    they say otherwise; runs, released quarantine and logs by keep_runs, keep_quarantine and keep_logs. Articles and
    their texts never go, and of a removed capture address, time and digest stay on record. What a hold covers stays:
    see `copydesk hold`. Also gives back the leases of dead processes, and ends and deletes what they left.

    It may run beside crawls. It can be stopped or killed at any moment; the next cleanup goes on from there. Exit code
    1 when damage was met, 6 when another cleanup is at work.

    \b
    Examples:
      copydesk cleanup
      copydesk cleanup --yes
      copydesk cleanup --yes --json
    """
    from datetime import UTC, datetime

    from copydesk.counting import Counting
    from copydesk.stopping import Stopping
    from newsroom.config import version
    from newsroom.errors import NothingToDo
    from storage.cleanup.run import Choices, clean
    from storage.database import open_database

    config, now = desk.config, datetime.now(UTC)
    with open_database(config.database_url) as database, Stopping() as stopping:
        policy = _policy(desk, database)
        with Counting(desk, "records") as counting:
            choices = Choices(really=yes, vacuum=vacuum, stopping=stopping, progress=counting.show)
            report = clean(database, config, policy, f"copydesk/{version()}", now, choices)
        if verify_all and not report.stopped:
            _verify(desk, database, report)
        _print(report, output)
        _say(desk, report)
        if stopping():
            return stopping.exit_code
    if report.problems:
        return 1
    return NothingToDo.exit_code if fail_if_empty and report.is_empty else 0


def _policy(desk: Desk, database: Database) -> Policy:
    """What portal files, the corpus and the settings say."""
    from newsroom.portals import load_portals
    from storage.cleanup.policy import policy_of

    folder = desk.config.portals
    files = load_portals(folder) if folder.is_dir() else []
    with database.reading() as corpus:
        policy, unclear = policy_of(desk.config, files, corpus.portals.list())
    for line in unclear:
        desk.warn(line)
    return policy


def _verify(desk: Desk, database: Database, report: Report) -> None:
    """Check every WARC file against itself and the database."""
    from copydesk.counting import Counting
    from storage.captures import verify

    done: dict[str, int] = {}
    with database.reading() as corpus, Counting(desk, "records") as counting:

        def progress(file: str, records: int) -> None:
            done[file] = records
            counting.show(sum(done.values()))

        retired = corpus.captures.retired()
        found = verify(desk.config.warc_folder, corpus.captures.all(), retired=retired, progress=progress)
    report.verified_files = found.files
    for one in (*found.torn, *found.bad_digests, *found.missing):
        if one.file not in report.missing:
            report.problems.append(f"{one.file}: byte {one.offset}: {one.problem}; run copydesk verify")


# --- saying it ----------------------------------------------------------------------------------------------------


def _print(report: Report, output: str) -> None:
    from copydesk.output import Column, print_rows, to_json

    if output == "json":
        sys.stdout.write(to_json(report.as_dict()) + "\n")
        sys.stdout.flush()
        return
    keys = ("what", "portal", "tier", "rows", "records", "bytes")
    print_rows(_rows(report), [Column(key, right=key in keys[3:]) for key in keys], output)


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    """What goes, a line each; nothing for what does not."""
    for (portal, tier), tally in sorted(report.captures.items()):
        yield {
            "what": "captures",
            "portal": portal,
            "tier": tier,
            "rows": tally.rows,
            "records": tally.records,
            "bytes": tally.bytes,
        }
    plain = (("runs", report.runs), ("quarantine", report.quarantine), ("leases", report.leases))
    for what, rows in (*plain, ("dead runs", report.interrupted)):
        if rows:
            yield {"what": what, "rows": rows}
    litter = (("logs", report.logs), ("temporary files", report.temporary), ("orphan WARC files", report.orphans))
    for what, tally in litter:
        if tally.rows:
            yield {"what": what, "rows": tally.rows, "bytes": tally.bytes}


def _say(desk: Desk, report: Report) -> None:
    """The rest, for people, on stderr."""
    files, kept = report.files, report.kept
    said = [
        (files["deleted"], "WARC files deleted: all in them has expired"),
        (files["rewritten"], "WARC files written anew, without what has expired"),
        (files["finished"], "WARC files of dead processes finished"),
        (files["leftovers"], "WARC files deleted that an earlier cleanup had given up"),
        (files["pending"], f"WARC files ({report.pending_bytes:,} bytes) wait for crawls that began before"),
        (report.restored, "removed captures taken back: a crawl had come to refer to them"),
        (report.held, "expired captures and rows stay: a hold covers them"),
        (kept["referred"], "expired captures stay: a kept record refers to them"),
        (kept["unread"], "expired captures stay: their pages are still to be read"),
        (kept["leased"], "expired captures stay: their pages are being fetched"),
        (kept["waiting"], "expired captures wait: too little of their files has expired"),
        (len(report.recoverable), "WARC files hold captures that the next crawl or copydesk process takes in"),
        (len(report.strangers), "files in the WARC folder are not ours and were left alone"),
    ]  # fmt: skip
    for number, text in said:
        if number:
            desk.say(f"{number:,} {text}")
    if reason := report.database.get("not_vacuumed_because"):
        desk.say(f"the database was not vacuumed: {reason}")
    if report.database.get("index_merged"):
        done = "would be" if report.dry_run else "were"
        desk.say(f"the parts of the search index {done} merged into one, which is searched sooner")
    for name in report.missing:
        desk.warn(f"{name}: captures lie in it, and it is not there; restore it from a backup")
    for problem in report.problems:
        desk.warn(problem)
    if report.stopped:
        desk.say("stopped; what was done is kept, and the next cleanup goes on")
    elif report.is_empty:
        desk.say("nothing to clean up")
    elif report.dry_run:
        desk.say("nothing was changed; next: copydesk cleanup --yes")
    elif files["rewritten"] or files["deleted"]:
        desk.say("a CDXJ index made earlier no longer fits; next: copydesk verify --cdxj FILE")
