"""How fast archives of others are imported, and in how much memory: `copydesk import warc` as a whole command.

    python -m benchmarks.archive_import [--megabytes N...]

Makes a gzip WARC file of each size as CC-NEWS has them, of made-up news pages in Chinese and English from fifty sites,
each with a script that does not pack well, and imports it into an empty folder. Prints records a second and the peak
memory of all processes together. A CC-NEWS file is of about 1,000 MB; that takes half an hour here.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks import processes
from benchmarks.search import START, Language

SITES = 50
SCRIPT_BYTES = 9_000


def page(language: Language, draw: random.Random, number: int) -> bytes:
    """A news page of 500 words or 900 characters."""
    english = number % 2
    title = language.english(8) if english else language.chinese(18)
    said = [language.english(60) + "." if english else language.chinese(150) for _ in range(8 if english else 6)]
    when = (START + timedelta(seconds=number)).isoformat()
    return (
        f"<!doctype html><html lang={'en' if english else 'zh'}><head><meta charset=utf-8><title>{title}</title>"
        f'<meta property="article:published_time" content="{when}">'
        f"<script>var state='{draw.randbytes(SCRIPT_BYTES).hex()}'</script></head>"
        f"<body><article><h1>{title}</h1>{''.join(f'<p>{each}</p>' for each in said)}</article></body></html>"
    ).encode()


def make(path: Path, size: int) -> int:
    """Write an archive of about `size` bytes; its number of pages."""
    draw = random.Random(5)
    language, number = Language(draw), 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        while file.tell() < size:
            number += 1
            body = page(language, draw, number)
            sent = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
            record = writer.create_warc_record(
                f"https://paper{number % SITES}.example/news/{number}.html",
                "response",
                payload=io.BytesIO(body),
                http_headers=StatusAndHeaders("200 OK", sent, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": f"{START + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"},
            )
            writer.write_record(record)
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[20, 100])
    options = parser.parse_args()
    for megabytes in options.megabytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            archive = folder / "CC-NEWS-20260101000000-00001.warc.gz"
            pages = make(archive, megabytes * 1_000_000)
            copydesk = [sys.executable, "-m", "copydesk"]
            desk = folder / "desk"
            processes.run([*copydesk, "init", str(desk)], os.environ)
            done = processes.run([*copydesk, "import", "warc", str(archive), "--json"], os.environ, cwd=desk)
            if done.exit_code:
                raise SystemExit(done.stderr)
            told = json.loads(done.stdout)
        print(
            f"{megabytes} MB, {pages:,} pages: {told['new']:,} articles, {pages / done.wall_s:.0f} records/s, "
            f"peak {done.peak_rss_mb:.0f} MB in all processes",
            flush=True,
        )


if __name__ == "__main__":
    main()
