"""A body split over several containers that are built alike, with advertising between them, made one again."""

from __future__ import annotations

from copy import copy

from pipelines.markup import Element

_LONG_CHARS = 80  # a paragraph of the article, not a teaser's or a caption's line
_LEAST_LOST = 2  # such paragraphs in a container before it counts as a part of the body: a teaser has one

_Kind = tuple[object, ...]


def joined_containers(page: Element, text: str) -> Element | None:
    """A copy of `page` with the containers that `text` left out in the first that it was taken from; None without any.

    Only those count that have the same class, and stand in the same class of element in the same block, as one with
    the text.
    """
    had = "".join(text.split())
    if not any(_is_split(parts, had) for parts in _alike(page).values()):
        return None
    whole = copy(page)
    for parts in _alike(whole).values():
        if _is_split(parts, had):
            first, *others = parts
            for part in others:
                first.extend(list(part))
    return whole


def _is_split(parts: dict[Element, list[str]], had: str) -> bool:
    """Whether some of the containers are most of the text, and others, with several paragraphs, no part of it."""
    taken = [sum(line in had for line in lines) for lines in parts.values()]
    sizes = [len(lines) for lines in parts.values()]
    return any(2 * found > size for found, size in zip(taken, sizes, strict=True)) and any(
        not found and size >= _LEAST_LOST for found, size in zip(taken, sizes, strict=True)
    )


def _alike(page: Element) -> dict[_Kind, dict[Element, list[str]]]:
    """Containers of long paragraphs by how they are built and where they stand, in document order."""
    found: dict[_Kind, dict[Element, list[str]]] = {}
    for paragraph in page.iter("p"):
        line = "".join("".join(paragraph.itertext()).split())
        if len(line) >= _LONG_CHARS and (kind := _kind(paragraph.getparent())):
            found.setdefault(kind, {}).setdefault(paragraph.getparent(), []).append(line)
    return {kind: parts for kind, parts in found.items() if len(parts) > 1}


def _kind(container: Element | None) -> _Kind | None:
    if container is None or not container.get("class") or container.tag not in ("div", "section"):
        return None
    wrap = container.getparent()
    block = wrap.getparent() if wrap is not None else None
    if wrap is None or block is None:
        return None
    return container.tag, container.get("class"), wrap.tag, wrap.get("class"), block
