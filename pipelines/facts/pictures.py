"""The picture an article is shown with, and what the page says under it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.etree import XPath

from newsroom.records import Provenance
from newsroom.urls import resolve
from pipelines.clues import Clues, referred
from pipelines.facts.candidates import Offer, choose
from pipelines.markup import Element, visible_text
from pipelines.text import one_line, plain_line

_META = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "image", "thumbnail")
# Names that sites give to the picture they show where an article has none.
_STAND_IN = re.compile(
    r"(?:^|[-_./])logos?(?:$|[-_./\d])|logo$|favicon|placeholder|no[-_]?(?:image|photo|picture|thumb)|^(?:blank|spacer|pixel)\b"
    r"|default[-_]?(?:share|social|image|img|og|teaser|press)|(?:share|social|opengraph|og|twitter|facebook)[-_]?(?:default|standard|fallback)",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
_SIZE = re.compile(r"[-_@](?:\d{2,4}x\d{2,4}|\d{3,4}w?|[1-3]x|scaled)$")
_NUMBER = re.compile(r"[0-9a-f]{12,}|\d{6,}", re.IGNORECASE)
_CAPTION_CLASSES = XPath("//@class[contains(., 'caption')]/..")
_SOURCES = XPath(
    ".//img/@src | .//img/@data-src | .//img/@srcset | .//img/@data-srcset | .//source/@srcset", smart_strings=False
)
_MOST_CAPTIONS = 40
_MAX_CAPTION_CHARS = 1_000
_MAX_URL_CHARS = 2_000


def find_picture(clues: Clues, url: str) -> tuple[str | None, Provenance | None]:
    """The address of the picture that the page's data name; logos and stand-ins are no picture of the article."""
    node = clues.article_node or {}
    offers = [Offer(value, "json-ld", "image") for value in _images(clues, node.get("image"))]
    offers += [Offer(value, "json-ld", "thumbnailUrl") for value in _images(clues, node.get("thumbnailUrl"))]
    offers += [Offer(value, "meta", name) for name in _META for value in clues.meta.get(name, ())[:1]]
    offers += [Offer(value, "link", "rel=image_src") for value in clues.links.get("image_src", ())[:1]]
    return choose(_resolved(offer, url) for offer in offers)


def find_caption(tree: Element, clues: Clues, picture: str | None, title: str) -> tuple[str | None, Provenance | None]:
    """What stands under the picture on the page, or what the page's data say of it."""
    if picture is None:
        return None, None
    node = clues.article_node or {}
    offers = [Offer(text, "caption", f"under the picture, <{tag}>") for tag, text in _under(tree, picture)]
    offers += [Offer(text, "json-ld", "image.caption") for text in _said_of_image(clues, node.get("image"))]
    offers += [Offer(plain_line(value), "meta", "og:image:alt") for value in clues.meta.get("og:image:alt", ())[:1]]
    return choose(Offer(o.value, o.rule, o.place, _no_caption(o.value, title)) for o in offers)


def _images(clues: Clues, value: object) -> list[str]:
    if isinstance(value, list):
        return [found for item in value[:1] for found in _images(clues, item)]
    if isinstance(value, dict):
        node = referred(clues, value)
        return [said for name in ("url", "contentUrl") if isinstance(said := node.get(name), str)][:1]
    return [value] if isinstance(value, str) else []


def _said_of_image(clues: Clues, value: object) -> list[str]:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return []
    node = referred(clues, first)
    return [plain_line(said) for name in ("caption", "description") if isinstance(said := node.get(name), str)]


def _resolved(offer: Offer, url: str) -> Offer:
    target = resolve(url, offer.value.strip()) if len(offer.value) <= _MAX_URL_CHARS else None
    if target is None:
        return Offer(offer.value, offer.rule, offer.place, "not an address of a picture")
    path = urlsplit(target).path
    name = _EXTENSION.sub("", path.rsplit("/", 1)[-1])
    fault = "the site's own picture, not the article's" if _STAND_IN.search(name) else ""
    return Offer(target, offer.rule, offer.place, fault or ("a drawing" if path.lower().endswith(".svg") else ""))


def _under(tree: Element, picture: str) -> Iterator[tuple[str, str]]:
    marks = _marks(picture)
    captions = list(islice(tree.iter("figcaption"), _MOST_CAPTIONS)) or _CAPTION_CLASSES(tree)[:_MOST_CAPTIONS]
    for caption in captions:
        frame = _frame(caption)
        if frame is None or not any(marks & _marks(part) for source in _SOURCES(frame)[:12] for part in _parts(source)):
            continue
        if text := one_line(visible_text(caption)):
            yield caption.tag, text
            return


def _frame(caption: Element) -> Element | None:
    """The element around caption and picture: the figure, or the nearest one with a picture."""
    node = caption.getparent()
    for _ in range(3):
        if node is None or node.tag in ("body", "article", "main"):
            return None
        if node.tag == "figure" or next(node.iter("img"), None) is not None:
            return node
        node = node.getparent()
    return None


def _parts(source: str) -> list[str]:
    return [part.split()[0] for part in source[:_MAX_URL_CHARS].split(", ")[:4] if part.strip()]


def _marks(address: str) -> set[str]:
    """What two addresses of one picture in different sizes share: its file name, long numbers in the path."""
    path = unquote(urlsplit(address[:_MAX_URL_CHARS]).path) if "%" not in address else unquote(address[:_MAX_URL_CHARS])
    name = _SIZE.sub("", _EXTENSION.sub("", path.rstrip("/").rsplit("/", 1)[-1].lower()))
    return {mark.lower() for mark in _NUMBER.findall(path)} | ({name} if len(name) >= 6 else set())


def _no_caption(text: str, title: str) -> str:
    if len(text) > _MAX_CAPTION_CHARS:
        return "too long for a caption"
    if len(text) < 3 or (" " not in text and text.isascii()):
        return "a file name, not a caption"
    return "only says the title" if text.casefold() == title.casefold() else ""
