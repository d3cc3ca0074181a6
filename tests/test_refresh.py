"""Pages that only send the reader on."""

from __future__ import annotations

import time

import pytest

from spiders.exchange import meta_robots
from spiders.refresh import refresh_target


@pytest.mark.parametrize(
    ("tag", "target"),
    [
        ('<meta http-equiv="refresh" content="0; url=/zh/">', "/zh/"),
        ("<META HTTP-EQUIV=Refresh CONTENT='3;URL=https://news.test/a?b=1&amp;c=2'>", "https://news.test/a?b=1&c=2"),
        ("<meta content=\"0;url='/quoted'\" http-equiv='refresh'>", "/quoted"),
        ('<meta http-equiv="refresh" content="300; url=/">', None),
        ('<meta http-equiv="refresh" content="5">', None),
        ('<meta name="description" content="0; url=/no">', None),
    ],
)
def test_a_meta_refresh_names_where_it_leads(tag: str, target: str | None) -> None:
    assert refresh_target(f"<html><head>{tag}</head><body></body></html>") == target


def test_a_page_of_meta_tags_is_read_in_linear_time() -> None:
    start = time.process_time()
    assert refresh_target("<meta http-equiv=" * 100_000) is None
    assert meta_robots(b"<meta name=robots " * 100_000) == ""
    assert time.process_time() - start < 2


def test_robots_meta_tags_are_kept_with_the_capture() -> None:
    assert meta_robots(b'<meta name="robots" content="NoArchive, noindex">') == "noarchive, noindex"
    assert meta_robots(b'<meta name="author" content="noarchive">') == ""
