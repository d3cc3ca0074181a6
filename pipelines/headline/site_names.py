"""The names a site goes by, and a page title without them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from pipelines.clues import Clues, names_in, types_of

_SEPARATOR = re.compile(
    r"\s+[|\-–—·•∙⋅»›«‹:/~]+\s+|\s*[|｜¦丨ㅣ_»›]+\s*|\s*[-—–]{2,}\s*"
    r"|(?<=[\u3400-\u9fff）)”!！?？])\s*[-—–]\s*(?=[\u3400-\u9fff])"
)
_NAME_EDGE = re.compile(r"\s*[:：,，\-–—]\s*")
_HAN = re.compile("[\u3400-\u9fff]")
_HAN_TAIL = re.compile(r"\s*(?:[|｜_]|--|——)\s*[^|｜_\-—]{2,10}$")
_MIN_HAN_HEADLINE = 8
_WORD = re.compile(r"\w+")
_MEDIUM = re.compile(
    r"(?:网|報|报|网站|在线|门户|通讯社|新闻社|电视台|传媒|周刊|杂志|客户端|新聞|ニュース|オンライン|뉴스|신문|일보)$"
)
_EDGE = " -_|—–｜»›·:/丨"
_MAX_NAME_CHARS = 50  # a longer one is a headline in the wrong place
_NOTHING = frozenset(
    {
        "home",
        "homepage",
        "homepagina",
        "startpage",
        "welcome",
        "index",
        "untitled",
        "untitleddocument",
        "document",
        "newpage",
        "notitle",
        "title",
        "null",
        "none",
        "undefined",
        "article",
        "page",
        "news",
        "blog",
        "startseite",
        "accueil",
        "inicio",
        "portada",
        "principal",
        "главная",
        "новости",
        "首页",
        "主页",
        "首頁",
        "网站首页",
        "无标题",
        "无标题文档",
        "新建网页",
        "正文",
        "新闻",
        "ホーム",
        "トップページ",
        "홈",
    }
)


def squash(text: str) -> str:
    """The letters and digits of `text`, case folded: what two spellings of a name share."""
    return "".join(_WORD.findall(text.casefold())).replace("_", "")


def names_of(clues: Clues, url: str, shown: Iterable[str] = ()) -> tuple[str, ...]:
    """What the page and its address call the site, squashed; `shown` are names seen on the page, as in a logo."""
    said = [
        value
        for name in ("og:site_name", "application-name", "twitter:site:name")
        for value in clues.meta.get(name, ())
    ]
    for node in clues.json_ld[:40]:
        said += names_in(node.get("publisher"))
        if {"WebSite", "Organization", "NewsMediaOrganization"} & set(types_of(node)):
            said += names_in(node)
    labels = [label for label in (urlsplit(url).hostname or "").split(".")[:-1] if len(label) > 3]
    squashed = [squash(name) for name in (*said, *shown, *labels) if len(name) <= _MAX_NAME_CHARS]
    return tuple(dict.fromkeys(name for name in squashed if name))


def is_nothing(title: str, names: tuple[str, ...]) -> bool:
    """Whether a title names no article: punctuation only, "Home", or the site and nothing else."""
    plain = squash(title)
    return len(plain) < 2 or plain in _NOTHING or plain in names


def is_site(part: str, names: tuple[str, ...]) -> bool:
    """Whether a part of a page title is the site's name, or much of it, or holds it."""
    plain = squash(part)
    if not plain:
        return True
    return any(
        plain == name or (len(plain) > 3 and len(name) > 3 and (plain in name or name in plain)) for name in names
    )


def is_mostly_site(text: str, names: tuple[str, ...]) -> bool:
    """Whether half of a text or more is the site's name."""
    plain = squash(text)
    return any(len(name) * 2 >= len(plain) and name in plain for name in names)


def without_site(title: str, names: tuple[str, ...]) -> str:
    """`title` without the parts at its end and head that are the site's name; nothing else is cut."""
    parts = _parts(title)
    while len(parts) > 1 and is_site(parts[-1], names):
        title, parts = _up_to(title, parts[-2]), parts[:-1]
    first = squash(parts[0]) if len(parts) > 1 else ""
    if first in names or (first and is_site(first, names) and len(first) < len(squash(title)) / 2):
        title = title[title.find(parts[1], len(parts[0])) :]
    if _HAN.search(title) and (tail := _HAN_TAIL.search(title)) and tail.start() >= _MIN_HAN_HEADLINE:
        title = title[: tail.start()]
    return _without_named_end(title, names).rstrip(_EDGE).lstrip()


def cut_site(title: str, names: tuple[str, ...]) -> str:
    """A `<title>` without site and section: as `without_site`, and without a short part after the headline."""
    cut = without_site(title, names)
    parts = _parts(cut)
    if site := next((part for part in parts[1:] if squash(part) in names), None):
        cut, parts = cut[: cut.find(site)].rstrip(_EDGE), parts[: parts.index(site)]
    if len(parts) < 2:
        return cut
    if _HAN.search(cut):
        return _cut_han(cut, parts)
    if len(parts[-1].split()) <= 3 and len(_WORD.findall(parts[0])) >= 4:
        return _up_to(cut, parts[-2])
    return cut


def site_in_title(title: str, headline: str, names: tuple[str, ...]) -> str | None:
    """The site's name at the end of a `<title>` that begins with the headline, for pages that name it nowhere else."""
    if not headline or not title.startswith(headline):
        return None
    parts = _parts(title[len(headline) :])
    last = parts[-1].strip(_EDGE + "－") if parts else ""
    if 2 <= len(last) <= 40 and (is_site(last, names) or _MEDIUM.search(last)):
        return last
    return None


def _parts(title: str) -> list[str]:
    return [part for part in _SEPARATOR.split(title[:500]) if part.strip()]


def _up_to(title: str, part: str) -> str:
    return title[: title.rfind(part) + len(part)]


def _without_named_end(title: str, names: tuple[str, ...]) -> str:
    """A colon, comma or dash parts a title from the site only where what follows is exactly a site's name."""
    ends = list(_NAME_EDGE.finditer(title[:500]))
    return title[: ends[-1].start()] if ends and squash(title[ends[-1].end() :]) in names else title


def _cut_han(title: str, parts: list[str]) -> str:
    """Chinese titles end in section and site: keep what stands before them, where it is long enough to be a title."""
    head = title[: title.find(parts[1], len(parts[0]))].rstrip(_EDGE) if len(parts[0]) >= 5 else ""
    return head.strip() or max(parts, key=len).strip()
