"""Text made clean, and made equal where only its clothes differ."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNSPACED = (  # scripts that write without spaces
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+(?:['’]\\w+)?")
_SPACED_WORD = re.compile(r"\w+(?:['’]\w+)?")
_LETTERS = re.compile(r"[^\W_]+")
# Lines that a portal adds to a text that is not its own; a copy is a copy with or without them.
_BOILERPLATE = re.compile(
    r"""^[\s(\[（【]*(?:
      (?:原标题|原题目|来源|稿源|文章来源|责任编辑|责编|编辑|作者|记者|(?:本文)?转[载自])\s*[:：].{0,60}
    | (?:版权声明|免责声明|特别声明|声明)\s*[:：].*
    | (?:更多精彩|点击进入专题|返回搜狐|扫码|关注.{0,12}公众号).{0,60}
    | (?:copyright|©|\(c\)|all\ rights\ reserved).{0,200}
    | (?:read\ more|see\ also|related|advertisement|subscribe|sign\ up|share\ this|follow\ us)\b.{0,80}
    | (?:lesen\ sie\ auch|mehr\ zum\ thema|anzeige|lire\ aussi|publicité|lea\ también|publicidad)\b.{0,80}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)


def drop_controls(text: str) -> str:
    """`text` without NUL, control characters and lone surrogates."""
    return _CONTROLS.sub("", text) if _CONTROLS.search(text) else text


def clean_text(text: str) -> str:
    """`text` as both databases can hold it: no NUL, control characters or lone surrogates; \\n ends a line."""
    if "\r" in text or (not text.isascii() and any(end in text for end in "\x85\u2028\u2029")):
        text = _LINE_ENDS.sub("\n", text)
    return drop_controls(text)


def one_line(text: str) -> str:
    """`text` cleaned, on one line, runs of white space made one space."""
    joined = " ".join(text.split())
    if joined.isprintable():
        return joined
    return " ".join(clean_text(joined).replace("\xad", "").split())


def plain_line(text: str) -> str:
    """`one_line` of text from a page's data, where character references are often written once too often."""
    return one_line(html.unescape(text) if "&" in text else text)


def paragraphs(text: str) -> str:
    """`text` cleaned, without trailing blanks or runs of empty lines. Code points stay as written."""
    # Splitting and joining a line takes a third of the time of replacing each run of white space in it.
    lines = "\n".join([" ".join(line.split()) for line in clean_text(text).split("\n")])
    return _BLANK_LINES.sub("\n\n", lines).strip()


def normalise_for_match(text: str) -> str:
    """The words of `text` and nothing else: NFKC, case folded, no punctuation, no boilerplate lines.

    Two texts with equal results say the same in the same order. Between words stands one space; CJK
    characters stand side by side, since white space there is layout.
    """
    kept = (line for line in clean_text(text).split("\n") if line.strip() and not _is_boilerplate(line))
    folded = unicodedata.normalize("NFKC", "\n".join(kept)).casefold()
    words = " ".join(_LETTERS.findall(unicodedata.normalize("NFKC", folded)))
    return _CJK_GAP.sub("", words) if _CJK_LETTER.search(words) else words


_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK_LETTER = re.compile(f"[{_CJK}]")
_CJK_GAP = re.compile(f"(?<=[{_CJK}]) | (?=[{_CJK}])")


def without_headline(text: str, title: str) -> str:
    """`text` without its first line where that only says the title again."""
    head, _, rest = text.partition("\n")
    if (
        not rest
        or not title
        or len(head) > 2 * len(title) + 20
        or normalise_for_match(head) != normalise_for_match(title)
    ):
        return text
    return rest.lstrip("\n")


def match_digest(text: str) -> str:
    """`sha256:` of the normalised text: equal for exact copies."""
    return normalised_digest(normalise_for_match(text))


def normalised_digest(normalised: str) -> str:
    """`match_digest` of what `normalise_for_match` made."""
    return _sha256(normalised)


def content_digest(title: str, text: str) -> str:
    """`sha256:` of title and text as stored: changes with every edit that a reader could see."""
    return _sha256(one_line(title) + "\n\n" + paragraphs(text))


def word_count(text: str) -> int:
    """Words; each character counts as one in scripts that write without spaces."""
    if not text.isascii() and _UNSPACED_LETTER.search(text):
        return len(_WORD.findall(text))
    pieces = text.split()
    others = [piece for piece in pieces if not piece.isalnum()]  # about one in six; the rest are a word each
    return len(pieces) - len(others) + len(_SPACED_WORD.findall(" ".join(others)))


def unspaced_letters(text: str) -> int:
    """The characters of scripts that write without spaces: each says as much as a few letters of others do."""
    return 0 if text.isascii() else len(_UNSPACED_LETTER.findall(text))


def _is_boilerplate(line: str) -> bool:
    return len(line) <= 300 and _BOILERPLATE.match(line) is not None


def _sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
