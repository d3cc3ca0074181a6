"""Pages that stand where an article should: error pages with status 200, walls, shells, pages with next to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.clues import Clues
from pipelines.markup import Element, visible_text
from pipelines.text import one_line

_PAGE = r"(?:page|article|file|document|content|story|site|url)"
# Each must be how a server speaks: "not found" or "500" alone end the headlines of true stories.
_ERROR = re.compile(
    r"^\W*(?:http\W*)?(?:error\W*)?(?:404|410|403|500|502|503)\W*$"
    r"|(?<!\d)(?:404|410|403|500|502|503)\W{1,4}(?:error|not\s+found|fehler|erreur|forbidden|gone|bad\s+gateway|"
    r"internal\s+server|service\s+unavailable|错误|页面|頁面)"
    r"|\b404\W{1,4}page\b|\b(?:http|error|fehler|erreur)\W{1,4}(?:404|410|403|500|502|503)(?!\d)"
    rf"|\b{_PAGE}\s+(?:you\s+(?:are\s+looking\s+for|requested)\s+)?(?:was\s+|is\s+)?"
    r"(?:not\s+found|no\s+longer\s+(?:available|exists?)|unavailable)"
    rf"|\b{_PAGE}\s+(?:you\s+(?:are\s+looking\s+for|requested)\s+)?(?:could\s+not|couldn.t|cannot|can.t)\s+be\s+found"
    rf"|\b{_PAGE}\s+(?:does\s+not|doesn.t)\s+exist|can.t\s+find\s+(?:that|the|this)\s+page"
    r"|^\W*(?:not\s+found|access\s+denied|service\s+unavailable|forbidden)\W*$"
    r"|(?:seite|artikel|dokument|inhalt)\s+(?:wurde\s+|konnte\s+)?(?:leider\s+)?nicht\s+(?:gefunden|mehr\s+verfügbar)"
    r"|^\W*nicht\s+gefunden\W*$|page\s+(?:introuvable|non\s+trouvée)|(?:página|artículo|artigo)\s+não?\s+encontrad[ao]"
    r"|página\s+no\s+encontrada|pagina\s+(?:non\s+trovata|niet\s+gevonden)|страница\s+не\s+(?:найдена|существует)"
    r"|(?:页面|网页|文章|内容|帖子|頁面|網頁)(?:不存在|未找到|已(?:经)?被?删除|已被刪除)"
    r"|(?:找不到|无法找到|無法找到)(?:您?要?的?)(?:页面|网页|该页|頁面|網頁)|您(?:访问|请求)的页面"
    r"|(?:ページ|記事)(?:が|は)(?:見つかりません|存在しません)|(?:페이지|기사)를\s?찾을\s수\s없",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"(?:log|sign)\s*in\s+to\s+(?:continue|read|view)|subscribe\s+to\s+(?:continue|read|unlock)"
    r"|to\s+continue\s+reading|already\s+a\s+subscriber|verify\s+(?:that\s+)?you\s+are\s+(?:a\s+)?human"
    r"|please\s+complete\s+the\s+security\s+check|enable\s+javascript\s+and\s+cookies"
    r"|mit\s+werbung\s+(?:weiter)?lesen|jetzt\s+weiterlesen|zustimmen\s+und\s+weiter"
    r"|请先登录|登录后(?:查看|阅读|可见)|請先登入|ログインして(?:続き|お読み)|로그인\s?후\s?(?:이용|계속)",
    re.IGNORECASE,
)
# In a page with hardly another word these are the page; in an article they are its subject.
_SHORT_WALL = re.compile(
    r"create\s+(?:a\s+)?free\s+account|accept\s+(?:all\s+)?cookies\s+to|we\s+value\s+your\s+privacy|before\s+you\s+continue"
    r"|consent\s+to\s+(?:the\s+use|cookies)|are\s+you\s+a\s+robot|checking\s+(?:your\s+browser|if\s+the\s+site)"
    r"|(?:in\s+)?just\s+a\s+moment|attention\s+required|ddos\s+protection|pur-abo|请登录|请输入验证码|访问验证|安全验证",
    re.IGNORECASE,
)
_WALL_CHARS = 800
_SHORT_CHARS = 300
_SHELL_ROOT = etree.XPath(
    "//body//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='react-root' or "
    "@id='main-app' or @id='application'][not(normalize-space())] | //body//app-root[not(normalize-space())] | "
    "//body//noscript[contains(translate(., 'JAVSCRIPT', 'javscript'), 'javascript')]"
)
_BUNDLE = 4  # scripts that a page loads to draw itself; a page of a few words has seldom more than one


def error_page(clues: Clues, title: str, text: str, weight: int) -> Rejected | None:
    """ERROR_PAGE when a short page says in its title or headings, or in its few words, that there is no page."""
    if weight > 1_500:
        return None
    for said in (title, clues.title, *clues.headings[:2]):
        if said and len(said) < 120 and (match := _ERROR.search(said)):
            return Rejected(Reason.ERROR_PAGE, f'says "{one_line(match[0])}" in its title')
    if weight < _SHORT_CHARS and (match := _ERROR.search(text[:300])):
        return Rejected(Reason.ERROR_PAGE, f'says "{one_line(match[0])}"')
    return None


def wall(tree: Element, title: str, text: str, weight: int) -> Rejected | None:
    """WALL when a short page asks for a login, consent or proof of being human."""
    if weight > _WALL_CHARS:
        return None
    for pattern, where in _walls(tree, title, text, weight):
        if match := pattern.search(where):
            return Rejected(Reason.WALL, f'says "{one_line(match[0])}"')
    return None


def _walls(tree: Element, title: str, text: str, weight: int) -> Iterator[tuple[re.Pattern[str], str]]:
    yield _WALL, f"{title}\n{text}"
    if weight < _SHORT_CHARS:
        yield _SHORT_WALL, f"{title}\n{text}"
    if weight < 100:
        seen = visible_text(tree)[:3_000]
        yield _WALL, seen
        yield _SHORT_WALL, seen[:1_000]


def too_little(tree: Element, weight: int, min_chars: int, scripts: int) -> Rejected | None:
    """CLIENT_RENDERED, NO_ARTICLE or TOO_SHORT when there is less text than `min_chars`, or none at all."""
    if weight and weight >= min_chars:
        return None
    if weight < 50 and (evidence := _shell(tree, scripts)):
        return Rejected(Reason.CLIENT_RENDERED, evidence)
    if not weight:
        return Rejected(Reason.NO_ARTICLE, "no body text found")
    return Rejected(Reason.TOO_SHORT, f"{weight} characters' worth of text, at least {min_chars} are asked for")


def _shell(tree: Element, scripts: int) -> str | None:
    body = tree.find("body")
    seen = len(visible_text(tree if body is None else body))
    if seen < 600 and _SHELL_ROOT(tree):
        return "an empty application root and next to no text"
    if seen < 100 and scripts >= _BUNDLE:
        return f"{scripts} scripts and {seen} characters of text"
    return None
