"""What the labels of Chinese credit lines say: 责任编辑, 原标题, 来源, and what spinning programs make of them.

A program that swaps words for near ones swaps those of labels as well: 责任编辑 becomes 义务编纂, 原标题 原题目.
The words differ with its dictionary, the build does not: who is answerable, then edits; what was first, then a title.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Credit(StrEnum):
    """What a label announces."""

    EDITOR = "editor"
    SOURCE = "source"
    ORIGINAL_TITLE = "original title"


_SPACE = re.compile(r"\s+")
_TIME_UNIT = re.compile("^[年月日时分秒]")
_EDITS = "编[辑纂撰者校审缉篡排订修录次务]|[編编][輯辑]|纂[辑编修]|撰编|辑录|修纂|总编辑?|主编|剪辑|审[编校]|采编|责编"
_ANSWERS = (
    "责任|义务|职责|任务|使命|权责|职守|职分|负责|总责|专责|重任|重担|仔肩|担负|负担|当责|天职|事责|責任|主管|工作|执行|"
    "值班|值守|本期|本版|本文|栏目|网络|网站|新闻|内容|文字|首席|高级|见习|实习"
)
_EDITOR_LABEL = re.compile(
    rf"(?:{_ANSWERS})?(?:{_EDITS})|(?:{_ANSWERS})[\u4e00-\u9fff]{{0,1}}[编編纂辑輯撰][\u4e00-\u9fff]?"
    rf"|责[编校編]|[\u4e00-\u9fff]{{2}}(?:编[辑纂撰校审缉写]|[編编]輯|纂辑|编者)|責編"
)
_BUILT_AS_EDITOR = re.compile(
    "编[\u4e00-\u9fff]|[\u4e00-\u9fff]{2}[编編纂辑輯撰校缉][\u4e00-\u9fff]?|[\u4e00-\u9fff]{3}[编編纂辑輯撰]"
)
_NO_EDITOR_LABEL = re.compile(
    "编[剧导舞曲码程号译委队]|撰[文稿]|^编者$|^撰写$|^编[写著]$|^剪辑$|校[长区园对]|学校|^(?:美术|视频|图片|摄影|影视|音乐|动画|版面|电影|后期|图文|美)"
)
_ORIGINAL_LABEL = re.compile(
    r"(?:本|此|该|文章|新闻)?文?(?:原[来本先始初文稿帖有]?|本来|底本|起初|最初|初始|旧)[的之]?"
    r"(?:标\s?题|題目|标目|题目?|標題|題|题名|标名|篇名|篇目|题材|名称|问题|主题|标志|标识|标记|题词|题旨)[目名]?"
)
_SOURCE_LABEL = re.compile(
    "(?:本文|文章|稿件|稿子|消息|信息|新闻|内容|原文|资讯|文)?(?:来源于?|來源|稿源|出处|转自|转载自|摘自|来源网站|来源媒体)"
)
_SPUN_SOURCE_LABEL = re.compile(
    "(?:本文|文章|稿件|消息|信息|新闻|内容)?(?:起源|根源|由来|泉源|源头|来历|来路|渊源|发源|源泉|出自|来自|本原|根由|起原|开头|来头)"
)
_NO_SOURCE = re.compile(
    "(?:网络|互联网|网上|未知|不详|本站|本网|原创|转载|转帖|综合|网友|佚名|其他|其它|作者|投稿|整理|编辑|用户|会员|admin|管理员|匿名|none|null|"
    "size=).{0,6}",
    re.IGNORECASE,
)
_MEDIUM = re.compile(
    "(?:报|网|社|台|刊|志|新闻|在线|客户端|频道|之声|卫视|发布|融媒|传媒|观察|财经|通讯|电视|广播|门户|讯|导报|视界|号|出版)"
    "(?:[（(][\u4e00-\u9fff]{2,4}[)）])?$"
)
_NAME = re.compile(
    r"[\u4e00-\u9fff·]{2,4}(?:[_ ]?[A-Za-z]{1,4}\d{2,6})?|[A-Za-z][A-Za-z0-9_.-]{1,20}(?: [A-Z][A-Za-z-]{1,20})?"
)
_NOT_A_NAME = re.compile(
    "报道|编辑|来源|时间|日期|采访|获悉|表示|注意|发表|字号|声明|评论|推荐|关注|分享|扫码|返回|查看|更多|相关|阅读|版权|打印|收藏|本文|免责|"
    "热门|指出|认为|上一|下一|没有|还是|如何|怎么|什么"
)
_NAMES_APART = re.compile(r"[、,，/ \u3000]+")


def may_edit(label: str) -> bool:
    """Whether an unknown label has the build of an editor's: 编制, 责无编次, 分内撰校."""
    label = _SPACE.sub("", label)
    return _BUILT_AS_EDITOR.fullmatch(label) is not None and not _NO_EDITOR_LABEL.search(label)


def credit_of(label: str) -> Credit | None:
    """What `label`, the words before a colon, announces; None for any other words."""
    label = _TIME_UNIT.sub("", _SPACE.sub("", label))
    if not 2 <= len(label) <= 8:
        return None
    if _ORIGINAL_LABEL.fullmatch(label):
        return Credit.ORIGINAL_TITLE
    if _SOURCE_LABEL.fullmatch(label) or _SPUN_SOURCE_LABEL.fullmatch(label):
        return Credit.SOURCE
    if _EDITOR_LABEL.fullmatch(label) and not _NO_EDITOR_LABEL.search(label):
        return Credit.EDITOR
    return None


def is_spun_source(label: str) -> bool:
    """Whether the label means a source only if what follows is a medium: 起源, 根源, 由来."""
    return _SOURCE_LABEL.fullmatch(_TIME_UNIT.sub("", _SPACE.sub("", label))) is None


def is_medium(name: str) -> bool:
    """Whether a name ends as those of papers, agencies and stations do."""
    return _MEDIUM.search(name) is not None


def names_no_source(name: str) -> bool:
    """Whether what stands where a source should says nothing: 网络, 转载, 本站原创."""
    return _NO_SOURCE.fullmatch(name) is not None


def editors(value: str) -> str | None:
    """The names in what follows an editor's label, as written; None when it holds anything else."""
    value = value.strip(" \u3000:：|丨[]【】()（）")
    parts = [part for part in _NAMES_APART.split(value) if part]
    if not 1 <= len(parts) <= 4 or _NOT_A_NAME.search(value):
        return None
    several = len(parts) > 1 and any(len(part) > 3 and not part[-1].isascii() for part in parts)
    return value if not several and (_NAME.fullmatch(value) or all(map(_NAME.fullmatch, parts))) else None
