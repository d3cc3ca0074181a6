"""Archives as other crawlers write them, and as they come when something went wrong; made here, byte by byte."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

TEXT = (
    "The ferry to the outer islands will run twice a day from the first of May, the harbour office said on Monday.",
    "Islanders had asked for a later boat since the school moved to the mainland and the clinic closed its doors.",
    "The council will pay for the crew, and the price of a crossing stays what it was when the old pier still stood.",
    "A third boat, bought from a yard that gave up last winter, is to lie in reserve until the autumn storms begin.",
)


def html(title: str = "Ferry runs twice a day", text: Sequence[str] = TEXT, head: str = "") -> bytes:
    """A page that holds an article."""
    body = "".join(f"<p>{each}</p>" for each in text)
    page = (
        f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{body}</article></body></html>"
    )
    return page.encode()


def answer(
    body: bytes = b"", status: str = "200 OK", kind: str = "text/html; charset=utf-8", more: str = "", end: str = "\r\n"
) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *(more.split("|") if more else []), "", ""]
    return end.join(lines).encode() + body


def sha1(data: bytes) -> str:
    """A digest as most writers put it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def record(
    kind: str = "response",
    url: str | None = "http://paper.example/ferry.html",
    block: bytes = b"",
    date: str | None = "2020-03-04T05:06:07Z",
    number: int = 1,
    length: int | str | None = None,
    end: str = "\r\n",
    more: str = "",
    **fields: str,
) -> bytes:
    """A WARC record; `fields` are header fields with _ for -, `more` are lines that end their header."""
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Target-URI": url,
        "WARC-Date": date,
        "Content-Type": "application/http; msgtype=response" if kind in ("response", "revisit") else "text/plain",
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "Content-Length": str(len(block) if length is None else length),
    }
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in head.items() if value is not None)]
    return (end.join(lines) + end + more + end).encode() + block + b"\r\n\r\n"


def page(url: str = "http://paper.example/ferry.html", *, number: int = 1, **more: str | None) -> bytes:
    """A record of a page with an article of its own title."""
    title = more.pop("title", None) or "Ferry runs twice a day"
    return record(url=url, block=answer(html(title)), number=number, **more)  # type: ignore[arg-type]


def members(*records: bytes) -> bytes:
    """A gzip member for each record."""
    return b"".join(gzip.compress(each) for each in records)


def write(path: Path, *records: bytes) -> Path:
    """Records in a file: members of their own when it is called .gz."""
    path.write_bytes(members(*records) if path.suffix == ".gz" else b"".join(records))
    return path


def arc(*records: tuple[str, bytes], date: str = "20200304050607", length: str | None = None) -> bytes:
    """An ARC file of addresses and their answers."""
    named = b"1 0 Made here\nURL IP-address Archive-date Content-type Archive-length\n\n"
    out = f"filedesc://made.arc 0.0.0.0 {date} text/plain {len(named)}\n".encode() + named
    for url, block in records:
        size = length or str(len(block))
        out += f"{url} 192.0.2.1 {date} text/html {size}\n".encode() + block + b"\n"
    return out


def wacz(path: Path, **inside: bytes) -> Path:
    """A WACZ package; `inside` are the files below archive/, with __ for a dot."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("datapackage.json", "{}")
        for name, data in inside.items():
            package.writestr(f"archive/{name.replace('__', '.')}", data)
    return path
