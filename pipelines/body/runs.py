"""A page as runs of text: what a reader takes for one paragraph, heading, cell or list item each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import iterwalk

from pipelines.body.tables import is_data_table, row_lines
from pipelines.body.wrapped_lines import paragraph_lines
from pipelines.markup import Element

_UNREAD_TAGS = """script style noscript template svg select option button textarea iframe nav footer head title object
    embed map canvas audio video rt rp figcaption dialog"""
_INLINE_TAGS = """a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr o q ruby rb
    s samp small span strike strong sub sup time tt u var wbr"""
_UNREAD = frozenset(_UNREAD_TAGS.split())
_INLINE = frozenset(_INLINE_TAGS.split())
_ASIDE = re.compile(
    r"comment|pinglun|gentie|related|recommend|tuijian|xiangguan|sidebar|side-bar|footer|copyright|breadcrumb|crumb|"
    r"login|toolbar|hotnews|ranking|rank-|-rank|paihang|pagination|pager|disclaimer|shengming",
    re.IGNORECASE,
)
_MAIN = re.compile("article|content|main|body|text|post", re.IGNORECASE)
_UNSHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BREAK = "\0"  # no character of a parsed page
_NARROW = re.compile("[\\s\u0000-\u0dff]+")


@dataclass(slots=True)
class Run:
    """The text within one block element, up to where the next block begins or this one ends.

    `chars` and `linked` are weighed: a letter of an alphabet counts a third of a CJK character, white space nothing.
    """

    lines: list[str]  # what <br> parts
    owner: Element
    chars: float
    linked: float
    listed: bool = False
    climb: int = 0  # the blocks left between the run before and this one
    whole: bool = False  # one line, and all that there is in its owner
    table: bool = False

    @property
    def text(self) -> str:
        return "".join(self.lines)


def weight(text: str) -> float:
    """The length of `text` in CJK characters."""
    if text.isascii():
        return len("".join(text.split())) / 3
    wide = len(_NARROW.sub("", text))
    return wide + (len("".join(text.split())) - wide) / 3


def runs(body: Element) -> list[Run]:
    """The runs of `body` in document order, without what is hidden, navigation, a form's controls or set aside."""
    reader = _Reader(body)
    walk = iterwalk(body, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element)
        elif reader.skips(element):
            walk.skip_subtree()
        else:
            reader.enter(element)
    reader.flush()
    return reader.found


class _Reader:
    def __init__(self, body: Element) -> None:
        self.found: list[Run] = []
        self._owners = [body]
        self._before = [0]
        self._climb = self._left = 0
        self._pieces: list[str] = []
        self._linked = 0.0
        self._anchors = 0
        self._items = self._preformatted = 0
        self._asides: dict[str, bool] = {}
        self._skipped: Element = None

    def skips(self, element: Element) -> bool:
        """Whether nothing in `element` is to be read."""
        tag = element.tag
        if tag in _UNREAD:
            self._skipped = element
        elif element.attrib and self._is_aside(element, tag):
            self._skipped = element
            if tag not in _INLINE:
                self.flush()
        elif tag == "table" and is_data_table(element):
            self._skipped = element
            self.flush()
            self._read_table(element)
        return element is self._skipped

    def _read_table(self, table: Element) -> None:
        if lines := row_lines(table):
            linked = sum(weight("".join(a.itertext("*"))) for a in table.iter("a"))
            self.found.append(Run(lines, table, weight("".join(lines)), linked, climb=self._climb, table=True))
            self._climb = self._left = 0

    def _is_aside(self, element: Element, tag: str) -> bool:
        style = element.get("style")
        if style and "none" in style and _UNSHOWN.search(style):
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if len(names) == 1 or tag == "body" or tag == "html":
            return False
        if (aside := self._asides.get(names)) is None:
            aside = self._asides[names] = bool(_ASIDE.search(names)) and not _MAIN.search(names)
        return aside

    def enter(self, element: Element) -> None:
        tag = element.tag
        if tag == "br":
            self._pieces.append(_BREAK)
        elif tag not in _INLINE:
            self.flush()
            self._owners.append(element)
            self._before.append(len(self.found))
            self._left -= 1
            self._items += tag == "li"
            self._preformatted += tag == "pre"
        elif tag == "a":
            self._anchors += 1
        if element.text:
            self._read(element.text)

    def leave(self, element: Element) -> None:
        tag = element.tag
        if element is self._skipped:
            self._skipped = None
        elif tag == "a":
            self._anchors -= 1
        elif tag not in _INLINE and tag != "br":
            self.flush()
            self._owners.pop()
            self._left += 1
            self._climb = max(self._climb, self._left)
            if len(self.found) == self._before.pop() + 1 and (run := self.found[-1]).owner is element:
                run.whole = len(run.lines) == 1
            self._items -= tag == "li"
            self._preformatted -= tag == "pre"
        if element.tail:
            self._read(element.tail)

    def _read(self, text: str) -> None:
        self._pieces.append(text.replace("\n", _BREAK) if self._preformatted else text)
        if self._anchors:
            self._linked += weight(text)

    def flush(self) -> None:
        """End the run that is being read."""
        if lines := paragraph_lines("".join(self._pieces).split(_BREAK)):
            size = weight("".join(lines))
            self.found.append(Run(lines, self._owners[-1], size, self._linked, self._items > 0, self._climb))
            self._climb = self._left = 0
        self._pieces, self._linked = [], 0.0
