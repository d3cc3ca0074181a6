"""The body of a Chinese page: the stretch of running text that outweighs the links, captions and stamps in it.

Old portals lay a page out in tables and name nothing; general engines return all of the cells. Running text is long and
has its stops; the rest is short or linked. The body is the contiguous part of the page with the greatest sum of the one
less the other (Pasternack and Roth 2009), completed by what else stands in the block that holds most of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.body.runs import Run, runs
from pipelines.markup import Element
from pipelines.people.han_forms import simplified

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPT_CHARS = 50_000
_LEAST_CHARS = 50
_BESIDE_RUNS = 12
_STOP = re.compile("[，。！？；、：…．､｡,.!?;]")
_FURNITURE = re.compile(
    "(?:版权|著作权)(?:所有|归|歸|声明|与|及|保护|保護)|禁止.{0,6}转载|谢绝转载|不得转载|仅代表|不代表|"
    "未经.{0,12}(?:授权|许可|书面)|icp备|许可证|不良信息|网友评论仅|"
    "(?:本站|免责|特别|郑重)声明|copyright|all rights reserved",
    re.IGNORECASE,
)
_STAMP = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?\s{0,3}\d{1,2}:\d\d")
_REPLIES = re.compile(
    r"^\W{0,3}(?:(?:我要|我来|发表|查看|网友|最新|热门|精彩|全部|相关|文章|用户|读者)*(?:评论|留言|跟贴|跟帖|回帖|回复)"
    r"|(?:发表|最新|热门|相关)*回应)[\s\d()（）条條:：]{0,12}$"
)
_CREDIT = re.compile(r"^\W{0,3}(?:责任编辑|责编|编辑|编审|校对|审核)[^，。]{0,4}[:：]")
_RUNNING_CHARS = 18
_UNSTOPPED_CHARS = 40
_LINKED_SHARE = 0.5
_FURNITURE_CHARS = 150
_STAMPED_CHARS = 60
_COSTS = {"link": 3.0, "furniture": 20.0, "credit": 20.0, "stamp": 20.0, "short": 3.0, "table": 3.0}
_SAME_BLOCK_COST = 0.5
_LEAP_COST = 6.0
_REPLIES_BEGIN = float("-inf")
_FIRST_SHARE = 0.2  # of the heaviest part: replies may say more than the article
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_KEPT = ("running", "short", "credit", "table")
_SUB = (*_HEADINGS, "p", "li", "table")


@dataclass(frozen=True, slots=True)
class ChineseBody:
    """A body of Chinese words, a line a paragraph, and the block that holds most of it.

    `before` and `behind` are the unlinked short lines next to it, where its credits stand.
    """

    text: str
    place: str
    before: tuple[str, ...]
    behind: tuple[str, ...]


def chinese_body(page: Element) -> ChineseBody | None:
    """The article's words of a page that is Chinese; None when it is not, or has no such stretch."""
    body = page.find("body") if page.tag == "html" else page
    if body is None or not _may_be_chinese(page) or not _is_chinese(body.text_content()):
        return None
    found = runs(body)
    kinds = [_kind(run) for run in found]
    first, end, weight = _body_stretch(_values(found, kinds))
    if weight < _LEAST_CHARS:
        return None
    home = _home(found[first:end], kinds[first:end])
    first, end = _widened(found, kinds, first, end, home)
    kept = (found[at] for at in range(first, end) if _stays(found[at], kinds[at], home))
    text = "\n".join(line for run in kept for line in _lines(run))
    if not _is_chinese(text):
        return None
    before = _beside(found[max(0, first - _BESIDE_RUNS) : first], kinds[max(0, first - _BESIDE_RUNS) : first])
    behind = _beside(found[end : end + _BESIDE_RUNS], kinds[end : end + _BESIDE_RUNS])
    return ChineseBody(text, _name(home), before, behind)


def _beside(found: list[Run], kinds: list[str]) -> tuple[str, ...]:
    return tuple(
        line
        for run, kind in zip(found, kinds, strict=True)
        if kind in ("short", "stamp", "credit")
        for line in run.lines
    )


def _may_be_chinese(page: Element) -> bool:
    """Whether a heading says something in Han, or says as little as "New Page 1": the whole text is dear to read."""
    said = "".join(heading.text_content() for heading in islice(page.iter("title", "h1"), 4))
    return len(said.split()) < 4 or _HAN.search(said) is not None


def _is_chinese(text: str) -> bool:
    """Whether Han is most of the script of `text`, and neither kana nor hangul says that it is not Chinese."""
    if text.isascii():
        return False
    text = text[:_SCRIPT_CHARS]
    han = len(_HAN.findall(text))
    if han < _LEAST_CHARS or len(_KANA.findall(text)) * 12 > han or len(_HANGUL.findall(text)) * 3 > han:
        return False
    return han * 6 > len(_LETTER.findall(text))


def _stays(run: Run, kind: str, home: Element) -> bool:
    return kind != "link" and (kind != "furniture" or _block(run) is home)


def _name(block: Element) -> str:
    """The block as a reader of the page's source finds it: div#content, td.article"""
    if name := block.get("id"):
        return f"{block.tag}#{name.split()[0]}" if name.split() else str(block.tag)
    return ".".join((str(block.tag), *(block.get("class") or "").split()[:2]))


def _lines(run: Run) -> list[str]:
    return [f"- {run.lines[0]}"] if run.listed and len(run.lines) == 1 else run.lines


def _kind(run: Run) -> str:
    text, unlinked = simplified(run.text), run.chars - run.linked
    if run.linked > _LINKED_SHARE * run.chars:
        return "link"
    if run.table:
        return "table"
    if run.chars < 20 and _REPLIES.search(text):
        return "replies"
    if run.chars < _FURNITURE_CHARS and _FURNITURE.search(text):
        return "furniture"
    if run.chars < 40 and _CREDIT.search(text):
        return "credit"
    if run.chars < _STAMPED_CHARS and _STAMP.search(text):
        return "stamp"
    if run.owner.tag in _HEADINGS:
        return "short"
    if unlinked >= _UNSTOPPED_CHARS or (unlinked >= _RUNNING_CHARS and _STOP.search(text)):
        return "running"
    return "short"


def _values(found: list[Run], kinds: list[str]) -> list[float]:
    """What each run says for the page's body being there: its characters, or the cost of passing over it."""
    values, before = [], None
    for run, kind in zip(found, kinds, strict=True):
        block = _block(run)
        leap = _LEAP_COST * max(0, run.climb - 1)
        if kind == "running":
            values.append(run.chars - run.linked - leap)
        elif kind == "replies":
            values.append(_REPLIES_BEGIN)
        elif kind == "short" and block is before:
            values.append(-_SAME_BLOCK_COST)
        else:
            values.append(-_COSTS[kind] - (run.chars if kind == "link" else 0.0) - leap)
        before = block
    return values


def _body_stretch(values: Sequence[float]) -> tuple[int, int, float]:
    """Where the body begins and ends, and its weight: of the parts between calls for replies the first that matters."""
    marks = [at for at, value in enumerate(values) if value == _REPLIES_BEGIN]
    parts = [
        _stretch(values, begin, end)
        for begin, end in zip([0, *marks], [*marks, len(values)], strict=True)
        if begin < end
    ]
    most = max((weight for _, _, weight in parts), default=0.0)
    return next((part for part in parts if part[2] >= _FIRST_SHARE * most), (0, 0, 0.0))


def _stretch(values: Sequence[float], begin: int, stop: int) -> tuple[int, int, float]:
    """Where the contiguous values with the greatest sum begin and end, and the sum."""
    best, first, end = 0.0, 0, 0
    total = 0.0
    for at in range(begin, stop):
        if total <= 0:
            total, begin = 0.0, at
        total += values[at]
        if total > best:
            best, first, end = total, begin, at + 1
    return first, end, best


def _home(found: list[Run], kinds: list[str]) -> Element:
    """The block that holds the most of the stretch."""
    weights: dict[Element, float] = {}
    for run, kind in zip(found, kinds, strict=True):
        if kind == "running":
            weights[_block(run)] = weights.get(_block(run), 0.0) + run.chars
    return max(weights, key=lambda block: weights[block])


def _widened(found: list[Run], kinds: list[str], first: int, end: int, home: Element) -> tuple[int, int]:
    """The stretch with what stands before and behind it in the same block: past links, when running text is there."""
    ours = [at for at, kind in enumerate(kinds) if kind == "running" and _block(found[at]) is home]
    first, end = min(first, ours[0]), max(end, ours[-1] + 1)
    while first and kinds[first - 1] in _KEPT and _block(found[first - 1]) is _block(found[first]):
        first -= 1
    while end < len(found) and kinds[end] in _KEPT and _block(found[end]) is _block(found[end - 1]):
        end += 1
    return first, end


def _block(run: Run) -> Element:
    return run.owner.getparent() if run.owner.tag in _SUB or (run.whole and run.owner.tag == "div") else run.owner
