"""Is this page an article at all? Listings, walls, error pages and empty shells told by evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.clues import Clues
from pipelines.markup import Element, visible_text
from pipelines.metadata import is_article_type, is_listing_type
from pipelines.teasers import NO_SHARE, count_teasers, linked_share, teaser_share
from pipelines.text import one_line, word_count

_ERROR_TITLE = re.compile(
    r"(?<!\d)(?:404|410|403|500|502|503)(?!\d)(?:\s*$|\W*\s*(?:error|not found|page|fehler|erreur|错误|页面|forbidden))"
    r"|(?:page|article|file|document|content|story)\s+(?:was\s+|is\s+|could\s+not\s+be\s+|cannot\s+be\s+)?"
    r"(?:not\s+found|no\s+longer\s+available|unavailable|found)"
    r"|not\s+found\s*$|error\s+\d{3}|page\s+doesn.t\s+exist|access\s+denied|service\s+unavailable"
    r"|seite\s+(?:wurde\s+)?nicht\s+gefunden|nicht\s+gefunden|page\s+(?:introuvable|non\s+trouvée)|página\s+no\s+encontrada"
    r"|pagina\s+(?:non\s+trovata|niet\s+gevonden)|página\s+não\s+encontrada|страница\s+не\s+найдена"
    r"|页面不存在|页面未找到|找不到(?:页面|网页|该页)|無法找到|找不到網頁|您访问的页面|内容不存在|文章不存在|已被删除"
    r"|ページが見つかりません|찾을 수 없",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"(?:log|sign)\s*in\s+to\s+(?:continue|read|view)|subscribe\s+to\s+(?:continue|read|unlock)|create\s+(?:a\s+)?free\s+account"
    r"|already\s+a\s+subscriber|to\s+continue\s+reading|accept\s+(?:all\s+)?cookies\s+to|we\s+value\s+your\s+privacy"
    r"|before\s+you\s+continue|consent\s+to\s+(?:the\s+use|cookies)|verify\s+(?:that\s+)?you\s+are\s+(?:a\s+)?human|are\s+you\s+a\s+robot"
    r"|checking\s+your\s+browser|enable\s+javascript\s+and\s+cookies|please\s+complete\s+the\s+security\s+check"
    r"|mit\s+werbung\s+(?:weiter)?lesen|jetzt\s+weiterlesen|zustimmen\s+und\s+weiter|pur-abo"
    r"|请(?:先)?登录|登录后(?:查看|阅读)|请输入验证码|访问验证|安全验证|ログインして",
    re.IGNORECASE,
)
_SHELL_ROOT = (
    "//body//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='react-root' or "
    "@id='main-app' or @id='application']"
    "[not(normalize-space())] | //body//app-root[not(normalize-space())] | //body//noscript["
    "contains(translate(., 'JAVSCRIPT', 'javscript'), 'javascript')]"
)
_LISTING_PATH = re.compile(
    r"^/?$|/(?:index|default|home)\.\w{2,5}$|/(?:tags?|topics?|categor(?:y|ies)|sections?|authors?|archives?|search|themen|"
    r"rubrik|thema|list|page/\d+|latest|feed)(?:/[^/]*)?/?$",
    re.IGNORECASE,
)

# One or two short words, as sections have: /politik, /world/europe/
_SECTION_PATH = re.compile(r"(?:/[^\W\d_]{2,16}(?:-[^\W\d_]{2,12})?){1,2}/?")
_ARTICLE_ADDRESS = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?:[/-]|\d\d/)|\d{5,}|(?:[^\W_]+-){3,}[^\W_]+|[?&](?:id|p|article|aid)=\w+",
    re.IGNORECASE,
)
_LISTING_POINTS = 2.0
_NEVER_DOUBTED = -3.0  # address and data both say article
_MANY_TEASERS = 30
_FEW_TEASERS = 8

_Sign = tuple[float, str]  # positive for a listing, negative for an article


def not_an_article(
    tree: Element, clues: Clues, title: str, text: str, url: str, min_chars: int, *, live: bool = False
) -> Rejected | None:
    """Why the page with this extracted text is not an article; None when it is one. Cheap evidence first.

    The many headings of a live blog do not make it a listing.
    """
    weight = length(text)
    refusals: tuple[Callable[[], Rejected | None], ...] = (
        lambda: _error_page(clues, title, text, weight),
        lambda: _wall(tree, title, text, weight),
        lambda: _empty(tree, weight, min_chars),
        lambda: None if live else listing(tree, clues, text, url),
    )
    return next((refusal for refuse in refusals if (refusal := refuse()) is not None), None)


def length(text: str) -> int:
    """The length of a text in Latin letters' worth: a CJK character says as much as three letters."""
    return len(text) + 2 * max(0, word_count(text) - len(text.split())) if not text.isascii() else len(text)


def _error_page(clues: Clues, title: str, text: str, weight: int) -> Rejected | None:
    if weight > 1_500:
        return None
    for said in (title, clues.title, *clues.headings[:2]):
        if said and len(said) < 120 and (match := _ERROR_TITLE.search(said)):
            return Rejected(Reason.ERROR_PAGE, f'says "{one_line(match[0])}" in its title')
    if weight < 300 and (match := _ERROR_TITLE.search(text[:300])):
        return Rejected(Reason.ERROR_PAGE, f'says "{one_line(match[0])}"')
    return None


def _wall(tree: Element, title: str, text: str, weight: int) -> Rejected | None:
    if weight > 800:
        return None
    where = f"{title}\n{text}" if weight >= 100 else f"{title}\n{text}\n{visible_text(tree)[:3_000]}"
    if match := _WALL.search(where):
        return Rejected(Reason.WALL, f'says "{one_line(match[0])}"')
    return None


def _empty(tree: Element, weight: int, min_chars: int) -> Rejected | None:
    if weight >= min_chars:
        return None
    if weight < 50 and tree.xpath(_SHELL_ROOT) and len(visible_text(tree)) < 600:
        return Rejected(Reason.CLIENT_RENDERED, "an empty application root and next to no text")
    if not weight:
        return Rejected(Reason.NO_ARTICLE, "no body text found")
    return Rejected(Reason.TOO_SHORT, f"{weight} characters' worth of text, at least {min_chars} are asked for")


def listing(tree: Element, clues: Clues, text: str, url: str) -> Rejected | None:
    """NO_ARTICLE when the page lists other pages: signs of a listing are weighed against signs of an article."""
    signs = [*_address_signs(url), *_data_signs(clues)]
    said = sum(weight for weight, _ in signs)
    if said <= _NEVER_DOUBTED:
        return None
    teasers = count_teasers(tree)
    if said <= 0 and teasers < _FEW_TEASERS and _prose(text) >= 3:
        return None
    signs += _body_signs(tree, text, teasers)
    if sum(weight for weight, _ in signs) < _LISTING_POINTS:
        return None
    return Rejected(Reason.NO_ARTICLE, "a listing: " + ", ".join(name for weight, name in signs if weight > 0))


def _address_signs(url: str) -> list[_Sign]:
    parts = urlsplit(url)
    if parts.path in ("", "/") and not parts.query:
        return [(2.0, "front page address")]
    if _ARTICLE_ADDRESS.search(f"{parts.path}?{parts.query}"):
        return [(-1.0, "article address")]
    return [(1.0, "section address")] if _LISTING_PATH.search(parts.path) or _SECTION_PATH.fullmatch(parts.path) else []


def _data_signs(clues: Clues) -> list[_Sign]:
    og_type = (clues.first("og:type") or ("", ""))[0].lower()
    signs = [(1.0, "JSON-LD collection")] if is_listing_type(clues) else []
    if og_type == "website":
        signs.append((0.5, "og:type website"))
    node = clues.article_node
    if node is not None and "headline" in node and "datePublished" in node:
        signs.append((-2.0, "JSON-LD article"))
    elif is_article_type(clues):
        signs.append((-0.5, "og:type article"))
    return signs


def _body_signs(tree: Element, text: str, teasers: int) -> list[_Sign]:
    share = linked_share(tree, text)
    headed, few = teasers >= _FEW_TEASERS, text.count("\n") + 1 < _FEW_TEASERS
    cards = NO_SHARE if few else teaser_share(tree, text, headed=headed)
    # Related stories around a short article have headings too, but seldom more words than it.
    if cards.share > (0.6 if headed else 0.8) and cards.pages >= _FEW_TEASERS:
        signs = [(3.5, f"{cards.share:.0%} of the text is teasers of {cards.pages} pages")]
    elif share > 0.2:
        signs = [(3.0 if share > 0.8 else 2.0 if share > 0.5 else 1.0, f"{share:.0%} of the text is links")]
    else:
        signs = []
    if teasers >= _MANY_TEASERS:
        signs.append((1.5, f"{teasers} teasers"))
    elif not cards.pages and _prose(text) >= 3:
        signs.append((-1.0, "paragraphs of prose"))
    return signs


def _prose(text: str) -> int:
    """Paragraphs that only running text has."""
    return sum(1 for line in text.split("\n") if len(line) > 66 and length(line) > 200)
