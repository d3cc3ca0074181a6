from __future__ import annotations

import pytest

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.markup import MAX_ATTRIBUTES, MAX_CHARS, parse, too_much

MANY = " ".join(f"a{number}=1" for number in range(MAX_ATTRIBUTES + 1))
BARE = " ".join(f"a{number}" for number in range(MAX_ATTRIBUTES + 1))


@pytest.mark.parametrize(
    "page",
    [
        f"<p {MANY}>text</p>",
        f"<p {BARE}>text</p>",
        f"<p title='>' {MANY}>text</p>",
        f'<p " {MANY}>text</p>',
        f"<p ' {MANY}>text</p>",
        f"<p {MANY}",
        f"<script>if (a<b) {{}}</script><p {MANY}>text</p>",
    ],
)
def test_a_tag_with_too_many_attributes_is_refused_before_parsing(page: str) -> None:
    refused = parse(page)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.RESOURCE_LIMIT
    assert "attributes on one tag" in refused.detail


@pytest.mark.parametrize(
    "page",
    [
        f"<script>var found = a <b {BARE}</script><p>text</p>",
        f"<p title='{MANY}'>text</p>",
        f"<p>{MANY}</p>",
        "<p>" + "text " * 50_000,
    ],
)
def test_long_code_values_and_texts_are_no_attributes(page: str) -> None:
    assert too_much(page.encode()) is None


@pytest.mark.parametrize(
    "opening",
    [
        "<?xml version='1.0' encoding='gbk'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.0//EN' 'a.dtd'>\n<html>",
        " \n<!doctype html>\n<html lang=en/>",
        "<html xmlns='http://www.w3.org/1999/xhtml' />",
        "",
    ],
)
def test_the_opening_of_a_page_does_not_cost_its_head_or_body(opening: str) -> None:
    tree = parse(f"{opening}<head><title>Naïve 东京 😀</title></head><body><p>one\x00 two</p></body></html>")
    assert tree.findtext(".//title") == "Naïve 东京 😀"
    assert tree.findtext(".//p") == "one two"


def test_a_page_without_tags_has_no_tree() -> None:
    assert parse("just words") is None
    assert parse("") is None


def test_a_page_of_too_many_characters_is_refused() -> None:
    refused = parse("<p>" + "a" * MAX_CHARS)
    assert isinstance(refused, Rejected)
    assert refused.detail == "20000003 characters of HTML, at most 20000000 are read"
