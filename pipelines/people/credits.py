"""Whom a text credits besides its authors: its editor, and the title it had where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsroom.records import Declined, Provenance
from pipelines.people.han_labels import Credit, credit_of, editors, is_medium, is_spun_source, may_edit
from pipelines.people.han_names import has_family_name, is_cjk_name
from pipelines.text import one_line

_MAX_LINE_CHARS = 160
_BRACKETS = "()（）[]【】〔〕 \u3000"
_HAN = "\u4e00-\u9fff"
_LABELLED = re.compile(
    rf"(?P<label>[{_HAN}](?:[ \u3000]?[{_HAN}]){{1,7}})[ \u3000]*[:：|丨／][ \u3000]*(?P<value>\S.{{0,140}})"
)
_SPACED_EDITOR = re.compile(
    rf"(?:责任编辑|责编|编辑|責任編輯|編輯)[ \u3000]+(?P<value>[{_HAN}]{{2,4}}(?:[、 \u3000][{_HAN}]{{2,4}})?)"
    rf"(?:[ \u3000]+(?:校对|审核|校對|审校)[ \u3000]*[{_HAN}、 \u3000]{{2,12}})?"
)
_TITLE_WAS = re.compile(
    r"(?:本文)?原(?:标题|题|題|標題)(?:目)?[为為是][:：]?\s*(?P<value>《[^》]{2,120}》|「[^」]{2,120}」|[^，。]{4,120})"
)
_LAST_BRACKETS = re.compile(rf"[（(【\[][ \u3000]?[{_HAN}]{{2,6}}[ \u3000]?[:：][^（(【\[）)】\]]{{2,40}}[）)】\]]$")
_IS_BYLINE = re.compile("作者|记者|通讯员|校对|审核|时间|日期|摄影|实习生|文|图")
_IN_LINE = re.compile(
    rf"(?<![{_HAN}])(?P<label>[{_HAN}]{{2,8}}|[{_HAN}](?:\s{{1,4}}[{_HAN}]){{1,3}})\s{{0,4}}[:：|丨]\s{{0,4}}"
    r"(?P<value>[^\s:：|丨()（）\[\]【】,，。;；]{1,24}"
    rf"(?:[、,，][{_HAN}]{{2,4}}(?![{_HAN}:：|丨])){{0,3}})(?!\s{{0,4}}[:：])"
)
_ANSWERABLE = re.compile(
    rf"(?:责任编辑|责编|責任編輯)\s{{0,4}}[:：]\s{{0,4}}(?P<name>[{_HAN}\w_]{{2,16}})(?!\s{{0,4}}[:：])"
)
_BY_EDITOR = re.compile(
    r"(?:^|[(;；.]\s*)(?:Edit(?:ing|ed) by|Redaktion:|Redigiert von|Bearbeitet von|Édit(?:é|ion) par|Editado por|"
    r"Edición(?: de|:)|Edição(?: de|:)|A cura di|Redactie:|Redaktör:|Редактор:|Редактировал[аи]?:?)\s+"
    r"(?P<names>[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){1,3}"
    r"(?:(?:,\s|\s(?:and|und|et|y|e|и)\s)[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){1,3}){0,3})\s*(?=[);.]|$)",
    re.IGNORECASE,
)
_BY_EDITOR_CJK = re.compile(
    r"^[（(]?(?:編集(?:担当)?|편집|에디터)\s*[:：]\s*"
    r"(?P<names>[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3・ ]{2,16})[)）]?$"
)
_BIGRAM_SHARE = 0.5
_MANY_FIELDS_CHARS = 80
_LAST_CHARS = 60
_MAX_PAGE_CHARS = 200_000
_EDGE_CHARS = 12  # of the first and last paragraph, to find them on the page
_HEAD_CHARS, _BEFORE_CHARS, _BEHIND_CHARS = 6_000, 500, 400


@dataclass(frozen=True, slots=True)
class CreditLine:
    """Somebody credited on a line of a text: the whole line, or the brackets at its end."""

    credit: Credit
    value: str
    line: str


def credit_lines(text: str, title: str = "") -> Iterator[CreditLine]:
    """What the lines of `text` credit that are labels and what these announce, alone on a line or in last brackets."""
    for line in text.split("\n"):
        if 4 <= len(line) <= _MAX_LINE_CHARS:
            yield from _read_line(line, title)
        elif match := _LAST_BRACKETS.search(line[-_LAST_CHARS:]):
            yield from _read_line(match[0], title)


def without(text: str, lines: tuple[CreditLine, ...]) -> str:
    """`text` without the credit lines found in it.

    Those in brackets stay: they are printed as part of the text, and people who mark what the article is keep them.
    """
    bare = {line.line for line in lines if line.line.strip()[0] not in _BRACKETS}
    return "\n".join(line for line in text.split("\n") if line not in bare).strip("\n") if bare else text


def beside(page_text: str, text: str) -> str:
    """What stands right before and right behind `text` on its page, as one line; the page's head where it is not found.

    Portals put source and editor there, in the line of the date and under the last paragraph.
    """
    lines = [line for line in text.split("\n") if len(line) >= _EDGE_CHARS] if page_text else []
    if not lines:
        return page_text[:_HEAD_CHARS]
    flat = page_text[:_MAX_PAGE_CHARS]
    begins, ends = (" ".join(line.split()) for line in (lines[0], lines[-1]))
    first, last = flat.find(begins[:_EDGE_CHARS]), flat.rfind(ends[-_EDGE_CHARS:])
    head = flat[max(0, first - _BEFORE_CHARS) : first] if first >= 0 else flat[:_HEAD_CHARS]
    return head + "\n" + (flat[last + _EDGE_CHARS : last + _EDGE_CHARS + _BEHIND_CHARS] if last >= 0 else "")


def find_editor(
    lines: tuple[CreditLine, ...], text: str, around: str, page_text: str
) -> tuple[str | None, Provenance | None]:
    """The editor: named on a line of the text, else beside it on the page, else in an agency's last line."""
    own = [line for line in lines if line.credit is Credit.EDITOR]
    answerable = [line for line in own if "责" in line.line] or own
    if answerable:
        chosen = answerable[-1]
        others = tuple(Declined(line.value, "another line names the editor") for line in own if line is not chosen)
        return chosen.value, Provenance("editor's line", one_line(chosen.line)[:80], others[:5])
    near = [(label, name) for label, value in labelled(around) if (name := _editor_beside(label, value))]
    for label, name in sorted(near, key=lambda pair: "责" not in pair[0]):
        return name, Provenance("editor's line", f"beside the text: {label}")
    for match in _ANSWERABLE.finditer(page_text[:_MAX_PAGE_CHARS]):
        if name := editors(match["name"]):
            return name, Provenance("editor's line", one_line(match[0])[:80])
    for line in text.split("\n")[:4] + text.split("\n")[-4:]:
        found = _BY_EDITOR.search(line[-400:]) or _BY_EDITOR_CJK.match(line[:60])
        if found and not _starts_lower(found["names"]):
            return one_line(found["names"]), Provenance("editor's line", one_line(line[-80:]))
    return None, None


def find_original_title(lines: tuple[CreditLine, ...]) -> tuple[str | None, Provenance | None]:
    """The title a copied page says the text had where it came from: 原标题 or 原题目."""
    for line in lines:
        if line.credit is Credit.ORIGINAL_TITLE:
            return line.value, Provenance("原标题 line", one_line(line.line)[:80])
    return None, None


def labelled(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of label and value in running text: `来源：示例网 责任编辑：张三`."""
    for match in _IN_LINE.finditer(text):
        yield re.sub(r"\s", "", match["label"]), match["value"].strip(" ,，、")


def _read_line(line: str, title: str) -> Iterator[CreditLine]:
    core = line.strip(_BRACKETS)
    if match := _SPACED_EDITOR.fullmatch(core):
        yield CreditLine(Credit.EDITOR, match["value"].strip(), line)
    elif match := _TITLE_WAS.match(core):
        yield CreditLine(Credit.ORIGINAL_TITLE, _unquoted(match["value"]), line)
    elif match := _LABELLED.fullmatch(core):
        fields = list(labelled(core)) if len(core) <= _MANY_FIELDS_CHARS else []
        if len(fields) > 1 and all(credit_of(label) or _IS_BYLINE.fullmatch(label) for label, _ in fields):
            yield from (found for label, value in fields if (found := _credit(label, value, line, title)))
        elif found := _credit(match["label"], match["value"], line, title):
            yield found
        elif inner := _LAST_BRACKETS.search(line[-_LAST_CHARS:]):
            yield from _read_line(inner[0], title) if inner[0] != line else ()
    elif (inner := _LAST_BRACKETS.search(line[-_LAST_CHARS:])) and inner[0] != line:
        yield from _read_line(inner[0], title)


def _credit(label: str, value: str, line: str, title: str) -> CreditLine | None:
    credit = credit_of(label)
    if credit is None and _may_be_original(label) and _resemble(value, title):
        credit = Credit.ORIGINAL_TITLE
    if credit is Credit.ORIGINAL_TITLE:
        return CreditLine(credit, _unquoted(_closed(line, value)), line)
    if credit is Credit.SOURCE:
        return CreditLine(credit, value.strip(_BRACKETS), line) if _is_source(label, value) else None
    name = _first_field(value).strip(_BRACKETS)
    if credit is Credit.EDITOR and (names := editors(name)):
        return CreditLine(credit, names, line)
    is_person = 2 <= len(name) <= 3 and is_cjk_name(name) and has_family_name(name)
    return CreditLine(Credit.EDITOR, name, line) if is_person and may_edit(label) else None


def _is_source(label: str, value: str) -> bool:
    return len(value) <= 40 and not re.search("[。！？]", value) and (is_medium(value) or not is_spun_source(label))


def _editor_beside(label: str, value: str) -> str | None:
    return editors(value) if credit_of(label) is Credit.EDITOR else None


def _first_field(value: str) -> str:
    """What stands before the next label: `张三 校对：李四`."""
    return re.split(rf"[ \u3000]+[{_HAN}]{{2,6}}[:：|丨]", value, maxsplit=1)[0]


def _closed(line: str, value: str) -> str:
    """`value` with the bracket that stripping the line's own took from its end: 大桥（东段）."""
    for opener, closer in (("（", "）"), ("(", ")"), ("[", "]"), ("【", "】")):
        if value.count(opener) == value.count(closer) + 1 and line.rstrip().endswith(closer):
            return value + closer
    return value


def _unquoted(title: str) -> str:
    title = title.strip()
    for opener, closer in (("《", "》"), ("「", "」"), ("“", "”")):
        if title.startswith(opener) and title.find(closer) == len(title) - 1:
            return title[1:-1]
    return title


def _may_be_original(label: str) -> bool:
    """A label that names a title and says more than that: 旧有题名, 原先标语."""
    return len(label) >= 3 and re.search("[题題标標名目]", label) is not None


def _resemble(one: str, other: str) -> bool:
    """Whether two titles share half of the shorter one's pairs of characters."""
    left, right = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one[:120], other[:120]))
    return min(len(left), len(right)) >= 5 and len(left & right) >= _BIGRAM_SHARE * min(len(left), len(right))


def _starts_lower(names: str) -> bool:
    return names[0].islower()
