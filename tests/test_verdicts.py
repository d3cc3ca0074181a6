"""Remembered verdicts are those that the expressions give."""

from __future__ import annotations

import random

from lxml import html
from lxml.etree import XPath

from pipelines.body.verdicts import Remembered

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
EXPRESSIONS = [
    XPath(".//*[self::div or self::p][re:test(@class, '^ad-|share') or @data-promo]", namespaces=NAMESPACES),
    XPath(".//*[contains(@style, 'display:none') or @aria-hidden='true']"),
]
ATTRIBUTES = ("class", "style", "aria-hidden", "data-promo")


def native(tree: html.HtmlElement) -> list[html.HtmlElement]:
    found = {element for expression in EXPRESSIONS for element in expression(tree)}
    return [element for element in tree.iterdescendants() if element in found]


def some_page(chance: random.Random, new_classes: int) -> html.HtmlElement:
    classes = ["ad-top", "text", "share", "lead", *(f"box-{chance.randrange(10**9)}" for _ in range(new_classes))]
    parts = []
    for _ in range(60):
        tag = chance.choice(["div", "p", "span"])
        attributes = [f'class="{chance.choice(classes)}"']
        attributes += chance.sample(['style="display:none"', 'aria-hidden="true"', 'data-promo=""', 'id="x"'], k=1)
        shown = " ".join(attributes[: chance.randrange(3)])
        parts.append(f"<{tag} {shown}>words</{tag}>")
    return html.fromstring("<html><body>" + "".join(parts) + "</body></html>")


def test_what_is_remembered_is_what_the_expressions_say() -> None:
    chance = random.Random(1)
    remembered = Remembered(EXPRESSIONS, ATTRIBUTES)
    found = 0
    for new_classes in (0, 0, 2, 0, 30, 1):  # met before, few that are new, many that are new
        page = some_page(chance, new_classes)
        expected = native(page)
        assert remembered(page) == expected
        found += len(expected)
    assert found > 20


def test_an_attribute_that_is_there_but_empty_counts_as_there() -> None:
    remembered = Remembered(EXPRESSIONS, ATTRIBUTES)
    known = html.fromstring("<div>" + "<p class='text'>a</p>" * 20 + "</div>")
    remembered(known)
    promoted = html.fromstring("<div>" + "<p class='text'>a</p>" * 20 + "<p data-promo=''>b</p></div>")
    assert [element.text for element in remembered(promoted)] == ["b"]
