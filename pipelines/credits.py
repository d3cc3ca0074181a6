"""Whose story it was: the source or agency credited, the editor, the title it had where it came from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsroom.records import Provenance
from pipelines.bylines import NOT_IN_A_HAN_NAME, agency_in
from pipelines.clues import Clues

_SOURCE = re.compile(
    r"(?:(?:消息|文章|稿件|信息|新闻)?来\s*源(?:于)?|稿\s*源|文章出处|出处|來源)\s*[:：]\s*(?P<name>[^\s:：,，。;；|<>()（）\[\]【】]{2,24})"
)
_DATELINE_AGENCY = re.compile(
    r"\((?P<latin>Reuters|AP|AFP|dpa|Bloomberg|UPI|EFE|ANSA|Xinhua|PTI)\)"
    r"|^(?:据)?(?P<han>新华社|中新社|中新网|人民网|央视网|央广网|新京报讯|参考消息网)(?=[\u4e00-\u9fff]{0,8}\d{1,2}月|讯|记者|[（(])"
)
# 责任编辑 and how spinning programs write it: 责 and 任 swapped for near words.
_EDITOR = re.compile(
    r"(?:[责义任职负]{1,2}[任务编责]?\s*编[辑纂缉撰]|责\s*编|編輯|编辑|(?:[责义任职]\s*[任务]\s*编\s*[辑纂缉撰]))\s*[:：]?\s*"
    r"(?P<name>[\u4e00-\u9fffA-Za-z·_]{1,12}\d{0,6}(?:[、,，][\u4e00-\u9fff·]{2,4}){0,3})\s*(?=[)）\]】\s|,，。]|$)"
)
_ORIGINAL_TITLE = re.compile(r"[(（\[【]?\s*原\s*(?:标\s*题|题\s*目|題|標題)\s*[:：]\s*(?P<title>[^\n]{2,120})")


def find_source(
    clues: Clues, byline_texts: Sequence[str], head: str, text: str
) -> tuple[str | None, Provenance | None]:
    """Where the text came from: a 来源 line, an agency in the byline or the dateline."""
    for name in ("source", "mediaid", "article:source", "news_source", "og:article:source"):
        value = clues.first(name)
        if value and 2 <= len(value[0]) <= 40 and "://" not in value[0]:
            return value[0], Provenance("meta", name)
    for place, where in (("head of the page", head), ("text", text[:300] + "\n" + text[-300:])):
        if match := _SOURCE.search(where):
            return match["name"].strip('《》“”"'), Provenance("来源 line", place)
    for line in byline_texts:
        if agency := agency_in(line):
            return agency, Provenance("agency in byline", line[:80])
    if match := _DATELINE_AGENCY.search(text[:200]):
        return match["latin"] or match["han"].removesuffix("讯"), Provenance("dateline", "first line")
    return None, None


def find_editor(text: str, page_text: str) -> tuple[str | None, Provenance | None]:
    """The editor a 责任编辑 line names, in the text's tail or near it on the page."""
    for place, where in (("text", text[-400:]), ("text", text[:200]), ("page", page_text)):
        matches = [match for match in _EDITOR.finditer(where) if not NOT_IN_A_HAN_NAME.search(match["name"])]
        if matches:
            return matches[-1]["name"], Provenance("责任编辑 line", place)
    return None, None


def find_original_title(text: str) -> tuple[str | None, Provenance | None]:
    """The title a copied page says the text had where it came from: 原标题 or 原题目."""
    match = _ORIGINAL_TITLE.search(text[:600]) or _ORIGINAL_TITLE.search(text[-400:])
    if match is None:
        return None, None
    title = match["title"].strip()
    if title.endswith((")", "）", "]", "】")) and match[0][0] in "(（[【":
        title = title[:-1]
    return title.strip(), Provenance("原标题 line", "text")
