from __future__ import annotations

import json
import time

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Rejected
from pipelines.body.embedded import embedded_article
from pipelines.extract import extract

URL = "https://www.example.org/town/harbour-opens-after-nine-years-4711.html"
PROSE = "".join(
    f"<p>In year {year} of the works the town waited for the {part} of the harbour, which cost more than anybody had "
    "said it would when the first stone was laid by the mayor on a rainy morning.</p>"
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint"), 1)
)
STATE = {"page": {"id": 7, "teasers": ["<p>Buy</p>", "short"], "story": {"title": "Harbour opens", "html": PROSE}}}


def escaped(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")


def shell(script: str, body: str = "<div id=root></div>") -> bytes:
    head = '<meta property="og:title" content="Harbour opens after nine years">'
    page = f"<html><head><title>Post</title>{head}</head><body>{body}{script}<script src=/a.js></script></body></html>"
    return page.encode()


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{escaped(STATE)}</script>',
        f"<script>window.__STATE__ = window.__STATE__ || {{}}; window.__STATE__ = {escaped(STATE)};</script>",
        f'<script>window["q"] = window["q"] || [];window["q"].push({escaped(STATE)})</script>',
        f"<script>self.__flight.push([1,{escaped('4:' + json.dumps(['$', 'x', STATE]))}])</script>",
    ],
)
def test_a_shell_that_carries_its_article_is_read(script: str) -> None:
    found = extract(shell(script), URL, "text/html")
    assert isinstance(found, Article), found
    assert found.text.count("\n") == 4
    assert "paint of the harbour" in found.text
    assert found.title == "Harbour opens after nine years"
    assert found.provenance["text"].rule == "embedded data"


def test_a_shell_without_an_article_in_it_stays_a_shell() -> None:
    data = {"labels": ["<p>Log in</p>" * 3, "Search"], "n": list(range(200))}
    found = extract(shell(f"<script>window.x = {escaped(data)}</script>"), URL, "text/html")
    assert isinstance(found, Rejected)
    assert found.reason is Reason.CLIENT_RENDERED


def test_what_a_page_shows_is_not_replaced_by_what_it_carries() -> None:
    other = PROSE.replace("harbour", "airport")
    found = extract(shell(f"<script>window.x = {escaped({'next': other})}</script>", PROSE), URL, "text/html")
    assert isinstance(found, Article)
    assert "airport" not in found.text


@pytest.mark.parametrize(
    "script", ["<script>" * 50_000, "<script>" + "=[" * 500_000 + "<p ", "<script>" + '="\\' * 300_000 + "<p </script>"]
)
def test_hostile_scripts_cost_little(script: str) -> None:
    start = time.process_time()
    assert embedded_article(script) is None
    assert time.process_time() - start < 5
