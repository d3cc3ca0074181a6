"""Sniffing and decoding against the WHATWG vectors and real pages without a declaration."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

from pipelines.decode import decode_body, sniff_charset


def score(pack: Path) -> dict[str, float]:
    """Share of labels sniffed right, of byte sequences decoded right by encoding, and of real pages told right."""
    sniff = json.loads((pack / "sniff.json").read_text("utf-8"))
    sniffed = [sniff_charset(b64decode(case["html_b64"]), _type(case["transport"])) == case["expect"] for case in sniff]
    figures = {"sniff": sum(sniffed) / len(sniffed)}
    for encoding, vectors in json.loads((pack / "decode.json").read_text("utf-8")).items():
        valid = vectors["valid"]
        if len(valid) < 2:
            continue
        right = [decode_body(bytes.fromhex(raw), f"text/plain; charset={encoding}") == text for raw, text in valid]
        figures[f"decode_{encoding.replace('-', '_')}"] = sum(right) / len(right)
    pages = json.loads((pack / "undeclared_or_real_pages.json").read_text("utf-8"))
    told = [
        _decoder(sniff_charset(b64decode(page["file_b64"]), "text/html")) == page["whatwg_encoding"] for page in pages
    ]
    return figures | {"real_pages": sum(told) / len(told)}


def _type(transport: str | None) -> str:
    return f"text/html; charset={transport}" if transport else "text/html"


def _decoder(label: str) -> str:
    """gbk and gb18030 are one decoder in the WHATWG standard; the pack names it gb18030."""
    return "gb18030" if label == "gbk" else label
