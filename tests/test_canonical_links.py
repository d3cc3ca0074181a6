from __future__ import annotations

import pytest

from pipelines.clues import read_clues
from pipelines.facts.canonical import find_canonical
from pipelines.markup import parse

ARTICLE = "https://www.example.org/town/bridge-4711234.html"


@pytest.mark.parametrize(
    ("declared", "url", "expected"),
    [
        ("/town/bridge-4711234.html", ARTICLE + "?utm_source=x", ARTICLE),
        ("http://example.org/town/bridge-4711234.html", ARTICLE, ARTICLE),
        ("https://www.example.org/", ARTICLE, ARTICLE),
        ("https://www.example.org/town/", ARTICLE, ARTICLE),
        ("https://www.example.org/town/harbour-9999999.html", ARTICLE, ARTICLE),
        ("https://other.example.net/town/bridge-4711234.html", ARTICLE, ARTICLE),
        (
            "https://www.example.org/2026/bridge-opens-4711234",
            ARTICLE,
            "https://www.example.org/2026/bridge-opens-4711234",
        ),
        (
            "https://www.example.org/town/bridge",
            "https://www.example.org/town/bridge/amp",
            "https://www.example.org/town/bridge",
        ),
        ("javascript:void(0)", ARTICLE, ARTICLE),
        ("", ARTICLE, ARTICLE),
        (None, ARTICLE, ARTICLE),
    ],
)
def test_a_canonical_address_is_believed_only_where_it_can_be(declared: str | None, url: str, expected: str) -> None:
    link = "" if declared is None else f'<link rel="canonical" href="{declared}">'
    assert find_canonical(read_clues(parse(f"<html><head>{link}</head><body></body></html>")), url)[0] == expected
