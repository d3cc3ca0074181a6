"""kill -9 in the middle of storing: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection

from newsroom.records import Article, Candidate, Capture, Outcome, Role, State, WarcAddress
from storage.corpus import Corpus
from storage.database import open_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FILE = "f.warc.gz"
ROUNDS = 5
BATCH = 5


def _store_batch(corpus: Corpus, first: int) -> None:
    """Pages `first` to `first + BATCH - 1`, captured, stored and accounted for."""
    urls = [f"https://paper.example/{first + each}" for each in range(BATCH)]
    corpus.frontier.add("paper", [Candidate(url, url, Role.ARTICLE) for url in urls], NOW)
    outcomes = []
    for page in corpus.frontier.lease("paper", f"desk:{os.getpid()}", BATCH, NOW):
        number = int(page.url.rpartition("/")[2])
        address = WarcAddress(FILE, number * 10, 10, f"<urn:uuid:{number}>")
        capture = Capture(page.url, NOW, 200, "text/html", f"sha256:{number}", 1, address)
        article = Article(page.url, page.url, f"Title {number}", f"Text number{number}.", match_digest=str(number))
        outcomes.append(Outcome(page, State.DONE, capture=capture, article=article))
    corpus.ingest("paper", None, outcomes, {FILE: (first + BATCH) * 10}, NOW)


def _store_until_killed(url: str, acknowledge: Connection) -> None:
    with open_database(url) as database:
        with database.reading() as corpus:
            first = corpus.captures.watermarks().get(FILE, 0) // 10
        while True:
            with database.writing() as corpus:
                _store_batch(corpus, first)
            first += BATCH
            acknowledge.send(first)


def test_what_was_acknowledged_survives_a_kill_and_no_batch_is_there_by_half(database_url: str) -> None:
    with open_database(database_url) as database, database.writing() as corpus:
        corpus.portals.put("paper", name="Paper", home=None, definition={}, now=NOW)
    context, acknowledged = multiprocessing.get_context("fork"), 0
    draw = random.Random(7)
    for _ in range(ROUNDS):
        ours, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=_store_until_killed, args=(database_url, theirs))
        writer.start()
        theirs.close()
        acknowledged = ours.recv()
        time.sleep(draw.uniform(0, 0.1))
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join(30)
        try:
            while True:
                acknowledged = ours.recv()
        except EOFError:
            ours.close()
        _check(database_url, acknowledged)


def _check(url: str, acknowledged: int) -> None:
    with open_database(url) as database, database.reading() as corpus:
        stored = corpus.captures.watermarks()[FILE] // 10
        assert stored in {acknowledged, acknowledged + BATCH}  # a commit may be durable before it is acknowledged
        counts = corpus.counts()
        assert {counts[name] for name in ("pages", "captures", "articles", "revisions")} == {stored}
        assert corpus.frontier.owners() == []
        assert corpus.search.search(f"number{stored - 1}").total == 1
        assert corpus.search.search(f"number{stored}").total == 0
        if database.is_sqlite:
            assert corpus._connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
