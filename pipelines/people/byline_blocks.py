"""Where on a page its byline stands: the marked elements near the headline, not those of comments and teasers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from pipelines.markup import Element, visible_text
from pipelines.people.byline_words import LABEL, LABEL_ONLY
from pipelines.people.names import House, Kind, Named, letters, names
from pipelines.text import one_line

_TEXT_CHARS = etree.XPath("string-length(normalize-space(.))")
_TAGS = (
    *(
        "a",
        "span",
        "div",
        "p",
        "address",
        "li",
        "cite",
        "strong",
        "em",
        "b",
        "i",
        "small",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ),
    *("header", "footer", "section", "ul", "dd", "td", "font", "author"),
)
_MARK = re.compile(
    r"[aA]uthor(?!i[sz]|it)|[bB]y-?[lL]ine|[aA]uteur|[aA]utor|[wW]riter|[jJ]ournalist|[rR]eporter|signature|posted-by"
)
_NOT_THE_PAGES = re.compile(
    r"comment(?!s?-(?:open|closed|enabled))|respond|repl(?:y|ies)\b|related|recommend|recirc|teaser|sidebar|site-footer|"
    r"page-footer|popular|trending|promo|newsletter|carousel|summary-item|snippet|listPosts|read-?next|also-like|most-|"
    r"more-(?:from|news|stories|articles)|latest|quote|testimonial|review-list|guideline|menu|(?:^|[\s_-])(?:img|image|photo|picture|caption|credit)s?(?:$|[\s_-])|"
    r"-nav\b|^nav|navbar|navigation|search|login|disqus|reader|highlander|withAuthor|post-list|news-list__|card-content",
    re.IGNORECASE,
)
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|auteurs?|autor(?:en|es)?|staff|journalists?|profile?s?|contributors?)/[\w%.@-]{3}"
)
_OTHER_WORK = re.compile(
    r"(?:updated|edited|reviewed|checked|approved|translated|photographed|photos?|photography|illustrated|redigiert|"
    r"aktualisiert|geprüft|übersetzt|traduit|révisé|editado|revisado)\s+(?:by|von|par|por)\b\s*:?\s*",
    re.IGNORECASE,
)
_SKIPPED = frozenset({"time", "figure", "figcaption", "button", "script", "style", "noscript", "h1", "select", "form"})
_MAX_MARKED = 60
_MAX_BLOCK_CHARS = 300
_MAX_PIECES = 40
_MAX_LABELLED_CHARS = 80
_MAX_ELEMENT_CHARS = 700
_MAX_LEVELS = 12
_MAX_CLASS_CHARS = 300
_FEW = 3


@dataclass(frozen=True, slots=True)
class Marked:
    """An element that the page marks as a byline."""

    rule: str  # rel=author, or byline class
    place: str
    element: Element


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    mark: tuple[object, ...]  # tag and class of the element it stands in


def marked(tree: Element) -> list[Marked]:
    """The page's own byline elements in document order, outer ones first."""
    return _on_the_page(tree, [mark for element in tree.iter(_TAGS) if (mark := _as_marked(element))])


def author_links(tree: Element) -> list[Marked]:
    """The page's own links with rel=author."""
    return _on_the_page(tree, [_author_link(link) for link in tree.iter("a") if link.get("rel") == "author"])


def _on_the_page(tree: Element, found: list[Marked]) -> list[Marked]:
    page = Page.of(tree)
    return [mark for mark in found[:_MAX_MARKED] if not page.is_elsewhere(mark.element)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which parts of a page belong to its own story."""

    around_headline: frozenset[Element]
    verdicts: dict[Element, bool]

    @staticmethod
    def of(tree: Element) -> Page:
        """The page of a tree; what holds the headline is the story's own, whatever it is called."""
        headings = list(tree.iter("h1"))
        return Page(frozenset(headings[0].iterancestors()) if len(headings) == 1 else frozenset(), {})

    def is_elsewhere(self, element: Element) -> bool:
        """Whether an element stands in the comments, in a teaser of another story, in a figure or the like."""
        path = []
        verdict = False
        for node in (element, *element.iterancestors()):
            if node.tag in ("body", "html", "main") or node in self.around_headline:
                break
            if node in self.verdicts:
                verdict = self.verdicts[node]
                break
            path.append(node)
            if _is_elsewhere(node):
                verdict = True
                break
        self.verdicts.update(dict.fromkeys(path, verdict))
        return verdict


def named_in(element: Element, house: House) -> list[Named]:
    """Whom a byline element names: the first name, and those marked up as it is."""
    if _TEXT_CHARS(element) > _MAX_ELEMENT_CHARS:
        return []
    if element.tag == "a" and len(whole := names(visible_text(element), house)) == 1:
        return whole  # given name and family name may stand in elements of their own
    first: _Piece | None = None
    found: list[Named] = []
    for piece in _pieces(element):
        here = names(piece.text, house)
        if not any(named.kind is Kind.PERSON for named in here):
            continue
        if first is None or piece.mark == first.mark:
            first = first or piece
            found += [named for named in here if named.kind is not Kind.PEN_NAME]
    return found


def did_other_work(element: Element) -> bool:
    """Whether an element, or the text just before it, says that who follows did not write (Updated by)."""
    if _OTHER_WORK.match(visible_text(element)):
        return True
    for node in (element, *islice(element.iterancestors(), 6)):
        if text := _text_before(node).strip()[-80:]:
            return any(found.end() == len(text) for found in _OTHER_WORK.finditer(text))
    return False


def _text_before(node: Element) -> str:
    """The text that stands just before an element in its parent."""
    before = node.getprevious()
    if before is None:
        parent = node.getparent()
        return str(parent.text or "") if parent is not None else ""
    if before.tail and before.tail.strip():
        return str(before.tail)
    return visible_text(before)[-80:] if len(before) < _FEW else ""


def block_of(element: Element) -> Element:
    """The largest part of the page around `element` that is still no more than a byline's size."""
    block = element
    for ancestor in islice(element.iterancestors(), _MAX_LEVELS):
        if ancestor.tag in ("body", "html") or _TEXT_CHARS(ancestor) > _MAX_BLOCK_CHARS:
            break
        block = ancestor
    return block


def labelled(headings: Sequence[Element]) -> Iterator[str]:
    """Runs of text with or behind a label (By, Von, Text:) among those that follow a heading."""
    for heading in headings:
        label = False
        for text in _following(heading):
            if label or (len(text) <= _MAX_LABELLED_CHARS and LABEL.match(text)):
                yield text
            label = LABEL_ONLY.match(text) is not None


def _as_marked(element: Element) -> Marked | None:
    words = (element.get("class") or element.get("id") or "")[:_MAX_CLASS_CHARS]
    if element.tag == "a":
        if element.get("rel") == "author":
            return _author_link(element)
        if _is_linked_name(element):
            return Marked("author page", one_line(element.get("href"))[:80], element)
    if words and _is_mark(words):
        return Marked("byline class", one_line(words)[:80], element)
    return None


def _author_link(link: Element) -> Marked:
    return Marked("rel=author", "a[rel~=author]", link)


def _is_linked_name(link: Element) -> bool:
    """Whether a link leads to an author's page of the name that it shows (/author/jane-roe: Jane Roe)."""
    href = link.get("href") or ""
    if not _AUTHOR_PAGE.search(href):
        return False
    key = letters(href)
    words = [letters(word) for word in visible_text(link)[:60].split()]
    return any(len(word) > 2 and word in key for word in words)


def _is_elsewhere(node: Element) -> bool:
    if node.tag in ("nav", "figure", "figcaption", "blockquote", "form"):
        return True
    if node.tag == "aside" and _TEXT_CHARS(node) > _MAX_BLOCK_CHARS:
        return True
    words = f"{node.get('class') or ''} {node.get('id') or ''}"[:_MAX_CLASS_CHARS]
    return len(words) > 1 and _is_of_others(words)


# A page says the same classes over and over, and so do the pages of a site.
@lru_cache(maxsize=8192)
def _is_mark(words: str) -> bool:
    return _MARK.search(words) is not None


@lru_cache(maxsize=2048)
def _is_of_others(words: str) -> bool:
    return _NOT_THE_PAGES.search(words) is not None


def _pieces(element: Element) -> Iterator[_Piece]:
    """The runs of text in an element, each with the markup it stands in."""
    count = 0
    for node in element.iter():
        if count >= _MAX_PIECES:
            return
        if not isinstance(node.tag, str):
            continue
        texts = [] if node.tag in _SKIPPED else [(node.text, node)]
        texts += [(node.tail, node.getparent())] if node is not element else []
        for text, holder in texts:
            if text and (line := one_line(text)) and not LABEL_ONLY.match(line):
                count += 1
                yield _Piece(line, (holder.tag, holder.get("class")))


def _following(heading: Element) -> Iterator[str]:
    """The first runs of text behind a heading."""
    count = 0
    node = heading
    while node is not None and node.tag != "body":
        for sibling in node.itersiblings():
            for text in sibling.itertext("*"):
                if line := one_line(text):
                    count += 1
                    yield line
                    if count >= _MAX_PIECES:
                        return
        node = node.getparent()
