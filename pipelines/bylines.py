"""Who wrote it: people told apart from agencies, labels and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues, names_in
from pipelines.markup import Element, visible_text
from pipelines.text import one_line

_META_NAMES = (
    "parsely-author",
    "sailthru.author",
    "author",
    "byl",
    "article:author_name",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "dcsext.author",
    "cxenseparse:author",
    "twitter:creator:name",
)
_BYLINE_XPATH = (
    "//body//*[self::a or self::span or self::div or self::p or self::address or self::li or self::cite or "
    "self::strong]"
    "[@rel='author' or contains(@class,'author') or contains(@class,'byline') or contains(@class,'Author') "
    "or contains(@class,'Byline') or @id='author' or @id='byline']"
)
_LEADING = re.compile(
    r"^(?:(?:written|reported|posted|published|text|words|story|article|report)\s+)?"
    r"(?:by|von|par|por|di|da|de|door|av|af|autor(?:in)?|author|text|texte|testo|redaktion|автор|текст)\s*[:：]?\s+"
    r"|^(?:作者|记者|撰文|撰稿|文|作\s+者|本报记者|記者)\s*[:：/／丨|]?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;，；、|/／·]|\s+(?:and|und|et|y|e|og|och|en|и|&|with|mit|avec|con)\s+)\s*", re.IGNORECASE
)
_TRAILING = re.compile(
    r"\s*(?:\(.*|（.*|\[.*|[–—-]\s.*|\s+(?:for|in|at|from|aus|für|pour|à)\s+.*|@.*|\d{1,2}[.:/ ].*)$", re.IGNORECASE
)
_NOT_A_PERSON = re.compile(
    r"https?:|www\.|@|\.(?:com|net|org|cn|de|co|uk|fr)\b|[<>{}=#%]|\d{3,}"
    r"|\b(?:staff|admin|editor|editors|editorial|reporter|correspondent|newsroom|desk|writer|team|redaktion|redaktør|"
    r"rédaction|redacción|redazione|redactie|agency|agencies|agencia|contributor|contributors|guest|author|authors|"
    r"by|updated|published|posted|follow|twitter|facebook|email|subscribe|share|min|read|ago|news|online|"
    r"journalist|journalistin|reporterin|volontär|director|columnist|photographer|photo|video|inc|ltd|gmbh|ag|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|uhr|am|pm)\b",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"^(?:the\s+)?(?:reuters|associated press|ap|afp|agence france[- ]presse|dpa(?:[-/ ]\w+)*|bloomberg|upi|efe|ansa|"
    r"apa|sda|tass|ria novosti|xinhua|pti|ians|ani|kyodo(?: news)?|jiji|yonhap|canadian press|press association|"
    r"pa media|europa press|epd|kna|sid|ritzau|ntb|tt|belga|anp|lusa|interfax|тасс|риа новости|интерфакс|"
    r"新华社|新华网|中新社|中国新闻网|中新网|央视新闻|人民网|人民日报|环球时报|共同社|共同通信|時事通信|연합뉴스)$",
    re.IGNORECASE,
)
_HAN_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
_HAN_BYLINE = re.compile(
    r"(?:(?:本报|本网|本刊|特约|见习|新华社|[\u4e00-\u9fff]{2,8}?)?(?:记者|通讯员|撰文|撰稿)\s*[:：/／丨| ]?\s*"
    r"|(?:作\s*者|文)\s*[:：/／丨|]\s*)"
    r"(?P<names>[\u4e00-\u9fff·]{2,4}(?:[ 、,，\u3000]+[\u4e00-\u9fff·]{2,4}){0,4})(?=[\s)）\]】,，。;；|/]|$)"
)
_HAN_AUTHOR_LABEL = re.compile(
    r"作\s*者\s*[:：]\s*(?P<names>[^\s:：，。<>()（）|]{2,20}(?:[、,，][^\s:：，。<>()（）|]{2,8}){0,4})"
)
# Copied and shuffled pages carry the reporter's line anywhere: [示例日报记者 张三]
_HAN_BRACKETED = re.compile(
    r"[\[【（(][\u4e00-\u9fff]{0,10}记者[ :：\u3000]*"
    r"(?P<names>[\u4e00-\u9fff·]{2,4}(?:[ 、,，\u3000]+[\u4e00-\u9fff·]{2,4}){0,4})[\]】）)]"
)
NOT_IN_A_HAN_NAME = re.compile(
    r"报道|编辑|来源|时间|日期|采访|获悉|了解|发现|表示|注意到|从|在|见面|问|说|为|的|了|是|者$|招待|协会|联系|发表|字号"
)
_TEXT_BYLINE = re.compile(
    r"^(?:By|Von|Par|Por|Di|Door|Autor|Автор)\s*:?\s+(?P<names>[^\W\d_][\w.'’-]+(?:\s+[^\W\d_][\w.'’-]*){1,3}"
    r"(?:(?:,\s|\s(?:and|und|et|y)\s)[^\W\d_][\w.'’-]+(?:\s+[^\W\d_][\w.'’-]*){1,3})*)\s*(?:[|,·•–-].*)?$"
)


def find_byline(
    tree: Element, clues: Clues, text: str, site_name: str | None
) -> tuple[tuple[str, ...], Provenance | None]:
    """The people who wrote the page, in its order, and the rule that named them."""
    rejected: list[Declined] = []
    for rule, place, candidate in _candidates(tree, clues, text):
        names = tuple(dict.fromkeys(name for part in candidate for name in people(part, site_name)))
        if names:
            return names, Provenance(rule, place, tuple(rejected[:5]))
        rejected += [
            Declined(one_line(part)[:80], f"{rule} {place}: names no person") for part in candidate if part.strip()
        ]
    return (), None


def people(text: str, site_name: str | None = None) -> Iterator[str]:
    """The names of people in a byline; labels, roles, agencies, addresses and the site's own name left out."""
    text = one_line(text)
    if len(text) > 300 or re.match(r"https?:|www\.", text):
        return
    for part in _SPLIT.split(_LEADING.sub("", text)):
        name = _TRAILING.sub("", _LEADING.sub("", part.strip(" .:：-–—•|\"'“”()（）[]【】"))).strip(" .:：-–—")
        if _is_person(name) and name.casefold() != (site_name or "").casefold():
            yield name


def agency_in(text: str) -> str | None:
    """The agency a byline names instead of a person."""
    for part in _SPLIT.split(_LEADING.sub("", one_line(text)[:300])):
        if _AGENCY.match(part.strip(" .()")):
            return part.strip(" .()")
    return None


def byline_lines(clues: Clues) -> tuple[str, ...]:
    """What the page's data say of its authors, people or not."""
    node = clues.article_node or {}
    metas = [value for name in _META_NAMES for value in clues.meta.get(name, ())]
    return tuple(names_in(node.get("author")) + metas)


def _candidates(tree: Element, clues: Clues, text: str) -> Iterator[tuple[str, str, list[str]]]:
    if node := clues.article_node:
        yield "json-ld", "author", names_in(node.get("author") or node.get("creator"))
    for name in _META_NAMES[:2]:
        yield "meta", name, list(clues.meta.get(name, ()))
    yield "rel=author", "a[rel~=author]", [visible_text(a) for a in tree.xpath("//body//a[@rel='author']")[:6]]
    yield "itemprop", "author", [_item_name(element) for element in clues.itemprops.get("author", ())[:6]]
    for name in _META_NAMES[2:]:
        yield "meta", name, list(clues.meta.get(name, ()))
    for element in tree.xpath(_BYLINE_XPATH)[:8]:
        yield "byline class", element.get("class") or element.get("id") or "", [visible_text(element)[:200]]
    yield "text pattern", "head of the text", _from_text(text)


def _item_name(element: Element) -> str:
    named = element.xpath(".//*[@itemprop='name']")
    return visible_text(named[0]) if named else element.get("content") or visible_text(element)


def _from_text(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in lines[:6] + lines[-4:]:
        if (match := _TEXT_BYLINE.match(line)) and len(line) < 120:
            return [match["names"]]
        if names := han_names(line):
            return names
    bracketed = _HAN_BRACKETED.search(text)
    return re.split(r"[ 、,，\u3000]+", bracketed["names"]) if bracketed else []


def han_names(line: str) -> list[str]:
    """Names behind 记者, 作者, 文/ and the like in one line of Chinese."""
    for match in (*_HAN_AUTHOR_LABEL.finditer(line), *_HAN_BYLINE.finditer(line)):
        names = [
            name for name in re.split(r"[ 、,，\u3000]+", match["names"]) if name and not NOT_IN_A_HAN_NAME.search(name)
        ]
        if names:
            return names
    return []


def _is_person(name: str) -> bool:
    if not 2 <= len(name) <= 60 or _NOT_A_PERSON.search(name) or _AGENCY.match(name):
        return False
    if re.search(r"[\u4e00-\u9fff]", name):
        return NOT_IN_A_HAN_NAME.search(name) is None and len(name) <= 12
    words = name.split()
    return (
        len(words) <= 6
        and any(char.isalpha() for char in name)
        and (len(words) > 1 or name[0].isupper() or not name.isascii())
    )
