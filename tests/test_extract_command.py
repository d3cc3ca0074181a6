"""`copydesk extract`: an article from a file, a list of files, a WARC file or an address; nothing is stored."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from newsroom.reasons import Reason
from tests.captures_kit import page, writer
from tests.import_kit import HARBOUR, RIVER, write_lines
from tests.nursery import Forked

STORY = f"""<!DOCTYPE html><html lang="en"><head><title>River rises | The Paper</title>
<meta property="og:title" content="River rises"><meta property="og:type" content="article">
<meta property="article:published_time" content="2026-02-03T23:30:00-05:00">
<meta name="author" content="Ann Lee"></head>
<body><nav><a href="/">Home</a></nav>
<article><h1>River rises</h1><p>{RIVER}</p><p>{HARBOUR}</p></article></body></html>"""
LISTING = "<html><body><h1>News</h1><p>Nothing today.</p></body></html>"


def test_extract_reads_a_file_and_explains(home: Path, say: Any) -> None:
    (home / "page.html").write_text(STORY, encoding="utf-8")
    code, out, _ = say("extract", "page.html", "--url", "https://paper.example/1.html", "--explain")
    assert code == 0 and out.startswith(
        "River rises\nAnn Lee · 2026-02-03T23:30:00-05:00 · en\nhttps://paper.example/1.html\n"
    )
    assert "article:published_time" in out and "barges upstream" in out
    (home / "list.html").write_text(LISTING, encoding="utf-8")
    code, out, said = say("extract", "list.html")
    assert (code, out) == (3, "") and "list.html: no article: " in said


def test_extract_batch_answers_every_line_in_order(home: Path, say: Any) -> None:
    (home / "pages").mkdir()
    (home / "pages" / "a.html.gz").write_bytes(gzip.compress(STORY.encode()))
    (home / "pages" / "b.html").write_text(LISTING, encoding="utf-8")
    listed = [
        {"id": "gone", "url": "https://paper.example/0", "file": "none.html"},
        {"id": "story", "url": "https://paper.example/1", "file": "a.html.gz", "content_type": "text/html"},
        "{broken",
        {"id": 4, "url": "https://paper.example/2", "file": "b.html"},
        {"id": 5, "file": "b.html"},
    ]
    code, out, _ = say("extract", "--batch", str(write_lines(home / "pages" / "list.jsonl", listed)), "--jobs", "1")
    found = [json.loads(each) for each in out.splitlines()]
    assert code == 0 and [(each["id"], each["status"]) for each in found] == [
        ("gone", "error"),
        ("story", "ok"),
        (3, "error"),
        (4, "rejected"),
        (5, "error"),
    ]
    story = found[1]
    assert (story["title"], story["authors"], story["language"]) == ("River rises", ["Ann Lee"], "en")
    assert story["date"] == "2026-02-03T23:30:00-05:00" and "The river rose" in story["text"]
    assert "none.html: No such file" in found[0]["detail"] and "url: missing" in found[4]["detail"]
    assert found[3]["reason"] in {reason.value for reason in Reason}


def test_extract_goes_on_behind_a_damaged_record_of_a_warc_file(home: Path, say: Any) -> None:
    archive = writer(home / "warc")
    ends = [archive.append(page(number, body=STORY.encode() + b" " * number)).address for number in (1, 2, 3)]
    archive.close()
    (file,) = (home / "warc").iterdir()
    damaged = bytearray(file.read_bytes())
    damaged[ends[1].offset + 60] ^= 0xFF
    file.write_bytes(damaged)
    code, out, _ = say("extract", str(file), "--format", "json")
    found = [json.loads(each) for each in out.splitlines()]
    assert code == 0 and [each["status"] for each in found] == ["ok", "error", "ok"]
    assert found[2]["url"] == "http://paper.example/story-3.html"


class _Paper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/robots.txt": b"User-agent: *\nDisallow: /closed\n", "/story.html": STORY.encode()}
        body = known.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def paper() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Paper)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "code"), [("/story.html", 0), ("/closed", 5), ("/none", 3)])
def test_extract_fetches_an_address_politely(home: Path, paper: str, path: str, code: int) -> None:
    (home / "p.toml").write_text(f'home = "{paper}/"\n[fetch]\nallow_private = true\ndelay = 0\n')
    words = ("extract", paper + path, "--portal", "./p.toml", "--format", "json")
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with Forked(words, cwd=home, env=environ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    found = json.loads(out)
    assert (found.get("title") == "River rises") == (code == 0)
    assert found["status"] == ("ok" if code == 0 else "error")
    assert not (home / "copydesk-data").exists()
