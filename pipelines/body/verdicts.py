"""XPaths that ask only for an element's own tag and attributes, and what they said of them, remembered.

The pages of a site have the same classes, and an expression with `re:test` calls Python for every element.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import XPath
from lxml.html import Element as new_element

from pipelines.markup import Element

_MOST_KNOWN = 50_000  # verdicts; then it starts anew

_ALONE_COSTS = 5  # times as much as in a tree

_Key = tuple[str | None, ...]


class Remembered:
    """What any of the expressions finds below a tree; none may look at neighbours, content or position."""

    def __init__(self, expressions: Iterable[XPath], attributes: Iterable[str]) -> None:
        self._expressions = tuple(expressions)
        self._attributes = tuple(attributes)
        self._known: dict[_Key, bool] = {}

    def __call__(self, tree: Element) -> list[Element]:
        """The elements found, in document order."""
        known, names = self._known, self._attributes
        keys: list[tuple[Element, _Key]] = []
        for element in tree.iterdescendants("*"):
            look = element.get
            keys.append((element, (element.tag, *[look(name) for name in names])))
        unknown = {key for _, key in keys if key not in known}
        if len(known) > _MOST_KNOWN:
            known.clear()
            unknown = {key for _, key in keys}
        if len(unknown) * _ALONE_COSTS > len(keys):
            found = {element for expression in self._expressions for element in expression(tree)}
            known.update((key, element in found) for element, key in keys)
        else:
            known.update((key, self._judge(key)) for key in unknown)
        return [element for element, key in keys if known[key]]

    def _judge(self, key: _Key) -> bool:
        """The verdict on an element with this tag and these attributes."""
        tag, *values = key
        page = new_element("html")
        page.append(
            new_element(
                tag, {name: each for name, each in zip(self._attributes, values, strict=True) if each is not None}
            )
        )
        return any(expression(page) for expression in self._expressions)
