"""What a page says of itself: meta elements, links, JSON-LD, microdata, headings. Read once, in document order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from lxml.etree import XPath

from pipelines.dates.script_dates import times_in_scripts
from pipelines.markup import Element, visible_text
from pipelines.text import one_line, plain_line

_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review)$")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_ITEMS = XPath("descendant::*[@itemprop][not(self::meta)][ancestor::body]")
_BROKEN_TYPE = re.compile(r'"@type"\s{0,4}:\s{0,4}\[?\s{0,4}"([A-Za-z]{0,30}(?:Article|BlogPosting|Report))"')
_BROKEN_DATE = re.compile(r'"(datePublished|dateModified|dateCreated)"\s{0,4}:\s{0,4}"([^"\\<>]{8,40})"')
_MAX_JSON_CHARS = 500_000
_MAX_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Clues:
    """The machine-readable statements of one page."""

    meta: Mapping[str, tuple[str, ...]]  # by lower-case name, property or itemprop
    links: Mapping[str, tuple[str, ...]]  # href by lower-case rel
    json_ld: tuple[Mapping[str, object], ...]  # every node, flattened
    article_node: Mapping[str, object] | None  # the one of the page's article, if there is one
    itemprops: Mapping[str, tuple[Element, ...]]
    headings: tuple[str, ...]  # h1
    heading_elements: tuple[Element, ...]
    title: str  # <title>
    language: str | None  # <html lang>
    script_times: tuple[tuple[str, str], ...] = ()  # name and value, on pages that state no time of publication

    def first(self, *names: str) -> tuple[str, str] | None:
        """The first meta value among `names`, with the name that had it."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value, name
        return None

    @property
    def types(self) -> frozenset[str]:
        """Every JSON-LD type on the page."""
        return frozenset(kind for node in self.json_ld for kind in types_of(node))


def read_clues(tree: Element) -> Clues:
    """The clues of a parsed page."""
    meta, links = _read_head(tree)
    titles = [one_line(visible_text(element)) for element in tree.iter("title") if element.text]
    heading_elements = tuple(islice(tree.iter("h1"), 12))
    headings = (one_line(visible_text(element)) for element in heading_elements)
    nodes = tuple(_json_ld(tree))
    return Clues(
        meta={name: tuple(values) for name, values in meta.items()},
        links={name: tuple(values) for name, values in links.items()},
        json_ld=nodes,
        article_node=_article_node(nodes),
        itemprops=_itemprops(tree),
        headings=tuple(heading for heading in headings if heading),
        heading_elements=heading_elements,
        title=titles[0] if titles else "",
        language=(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip() or None,
        script_times=() if _states_a_time(meta, nodes) else times_in_scripts(tree),
    )


def _article_node(nodes: tuple[Mapping[str, object], ...]) -> Mapping[str, object] | None:
    articles = [node for node in nodes if any(_ARTICLE_TYPE.search(kind) for kind in types_of(node))]
    return max(articles, key=lambda node: ("headline" in node) + ("datePublished" in node), default=None)


def types_of(node: Mapping[str, object]) -> tuple[str, ...]:
    """The JSON-LD types of a node, without their vocabulary's address."""
    value = node.get("@type")
    kinds = value if isinstance(value, list) else [value]
    return tuple(kind.rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str))


def names_in(value: object) -> list[str]:
    """The names in a JSON-LD value: a string, a node with a name, or a list of either."""
    if isinstance(value, str):
        return [plain_line(value)] if value.strip() else []
    if isinstance(value, list):
        return [name for item in value[:50] for name in names_in(item)]
    if isinstance(value, dict):
        return names_in(value.get("name"))
    return []


def referred(clues: Clues, node: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON-LD node that `node` is, or that it only names by its @id."""
    name = node.get("@id")
    if not isinstance(name, str) or len(node) > 1 + ("@type" in node):
        return node
    return next((other for other in clues.json_ld if other.get("@id") == name and len(other) > len(node)), node)


def _states_a_time(meta: Mapping[str, object], nodes: tuple[Mapping[str, object], ...]) -> bool:
    return "article:published_time" in meta or any("datePublished" in node for node in nodes)


def _read_head(tree: Element) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    meta: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    for element in tree.iter("meta", "link"):
        if element.tag == "link":
            for rel in (element.get("rel") or "").lower().split():
                links.setdefault(rel, []).append((element.get("href") or "").strip())
            continue
        content = one_line(element.get("content") or element.get("value") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := (element.get(attribute) or "").strip().lower():
                meta.setdefault(name, []).append(content)
    return meta, links


def _itemprops(tree: Element) -> dict[str, tuple[Element, ...]]:
    found: dict[str, list[Element]] = {}
    for element in _ITEMS(tree):
        for name in element.get("itemprop").lower().split():
            found.setdefault(name, []).append(element)
    return {name: tuple(elements) for name, elements in found.items()}


def _json_ld(tree: Element) -> Iterator[Mapping[str, object]]:
    nodes = 0
    for script in tree.iter("script"):
        kind = (script.get("type") or "").lower()
        if "ld+json" not in kind or not script.text or len(script.text) > _MAX_JSON_CHARS:
            continue
        for node in _flatten(_loads(script.text), depth=0):
            yield node
            nodes += 1
            if nodes >= _MAX_NODES:
                return


def _loads(text: str) -> object:
    """JSON as pages write it: raw line ends in strings, CDATA wrappers, trailing commas."""
    text = text.strip().removeprefix("<![CDATA[").removeprefix("//<![CDATA[").strip()
    text = text.removesuffix("//]]>").removesuffix("]]>").strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return _salvaged(text)


def _salvaged(text: str) -> Mapping[str, str] | None:
    """What can still be read of an article's data that a bare quote in its headline broke: its type and dates."""
    kind = _BROKEN_TYPE.search(text)
    dates = {match[1]: match[2] for match in reversed(list(islice(_BROKEN_DATE.finditer(text), 20)))}
    return {"@type": kind[1], **dates} if kind and dates else None


def _flatten(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    """Nodes with a type, outer ones first; people and places inside an article are not nodes of their own."""
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value[:200]:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _flatten(value.get(key), depth + 1)
