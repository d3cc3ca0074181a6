"""A portal's own CSS selectors, for pages that the general rules read wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from lxml.cssselect import CSSSelector

from pipelines.markup import Element, visible_text

_BLOCKS = frozenset(
    {
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "tr",
        "table",
        "section",
        "article",
    }
    | {"pre", "dd", "dt", "dl", "figure", "figcaption", "br", "hr"}
)
_SILENT = frozenset({"script", "style", "noscript", "template", "iframe", "button", "select"})


class Select(Protocol):
    """The selectors of one layout; `newsroom.portals` reads them from the portal file."""

    @property
    def title(self) -> str | None:
        """Element that holds the headline."""

    @property
    def body(self) -> str | None:
        """Element that holds the article's text."""

    @property
    def byline(self) -> str | None:
        """Elements that hold the authors' names."""

    @property
    def published(self) -> str | None:
        """Element that holds the publication date."""

    @property
    def remove(self) -> tuple[str, ...]:
        """Elements to drop before reading."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What the selectors found; None or empty where they name nothing or match nothing."""

    title: str | None = None
    text: str | None = None
    byline: tuple[str, ...] = ()
    published: str | None = None


def apply(tree: Element, select: Select) -> Selected:
    """Drop what `select.remove` names from the tree, then read what the other selectors name."""
    for selector in select.remove:
        for element in _matches(tree, selector):
            if element.getparent() is not None:
                element.drop_tree()
    title, published = _first(tree, select.title), _first(tree, select.published)
    bodies = _matches(tree, select.body)
    return Selected(
        title=visible_text(title) if title is not None else None,
        text="\n".join(block_text(element) for element in bodies) or None,
        byline=tuple(visible_text(element) for element in _matches(tree, select.byline)),
        published=(published.get("datetime") or published.get("content") or visible_text(published))
        if published is not None
        else None,
    )


def block_text(element: Element) -> str:
    """The text of an element, a line a block."""
    lines = (" ".join(line.split()) for line in "".join(_pieces(element)).split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(element: Element) -> Iterator[str]:
    """Texts in document order, line ends around blocks; source line ends are only spaces."""
    skipping: Element | None = None
    for event, node in _walk(element):
        block = "\n" if node.tag in _BLOCKS else ""
        if event == "start":
            if skipping is None and node.tag in _SILENT:
                skipping = node
            if skipping is None:
                yield block + (node.text or "").replace("\n", " ")
            continue
        if skipping is node:
            skipping = None
        if skipping is None and node is not element:
            yield block + (node.tail or "").replace("\n", " ")


def _walk(element: Element) -> Iterator[tuple[str, Element]]:
    stack = [(element, iter(element))]
    yield "start", element
    while stack:
        node, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield "end", node
        else:
            yield "start", child
            stack.append((child, iter(child)))


def _first(tree: Element, selector: str | None) -> Element | None:
    return next(iter(_matches(tree, selector)), None)


def _matches(tree: Element, selector: str | None) -> list[Element]:
    return list(_compiled(selector)(tree)) if selector else []


@lru_cache(maxsize=256)
def _compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")
