"""What a page says about its article besides the body: title, address, section, tags, picture, site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from newsroom.records import Provenance
from newsroom.urls import canonical_url, resolve, same_site
from pipelines.clues import Clues, names_in, types_of
from pipelines.text import one_line

_SEPARATOR = re.compile(
    r"\s+[|\-–—·•»:/]+\s+|\s*[|｜_»]+\s*|\s*[-—–]{2,}\s*|(?<=[\u3400-\u9fff）)”!！?？])\s*[-—–]\s*(?=[\u3400-\u9fff])"
)
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
_RESEMBLES = 0.6
_ARTICLE_ID = re.compile(r"\d{5,}|[0-9a-f]{8}-[0-9a-f-]{20,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Facts:
    """The plain fields of a page, each as the page has it or None."""

    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    lead_image: str | None = None
    description: str | None = None
    is_accessible_for_free: bool | None = None


def find_title(clues: Clues, site_name: str | None, url: str) -> tuple[str, Provenance | None]:
    """The headline a reader sees: an h1 that the page's data agree with, else those data, else the title element."""
    reference = _reference(clues)
    cut = cut_site(clues.title, site_name, url)
    rejected: list[str] = []
    for place, heading in _headings(clues):
        if _resembles(heading, reference[0] if reference else cut or clues.title):
            return heading, Provenance("heading", place, tuple(rejected[:5]))
        rejected.append(heading[:120])
    if reference:
        rule, place = reference[1], reference[2]
        text = reference[0] if rule == "json-ld" else cut_site(reference[0], site_name, url)
        return text, Provenance(rule, place, tuple(rejected[:5]))
    if cut:
        return cut, Provenance("title element", "site name cut off", tuple(rejected[:5]))
    return (clues.headings[0], Provenance("heading", "h1")) if clues.headings else ("", None)


def _reference(clues: Clues) -> tuple[str, str, str] | None:
    node = clues.article_node or {}
    for name in ("headline", "name"):
        value = node.get(name)
        if isinstance(value, str) and value.strip():
            return one_line(value), "json-ld", name
    if found := clues.first("og:title", "twitter:title", "dc.title", "headline", "articletitle"):
        return found[0], "meta", found[1]
    return None


def _headings(clues: Clues) -> Iterator[tuple[str, str]]:
    for element in clues.itemprops.get("headline", ())[:3]:
        text = one_line("".join(element.itertext()))
        if 2 <= len(text) <= 300:
            yield "itemprop headline", text
    for heading in clues.headings:
        if 2 <= len(heading) <= 300:
            yield "h1", heading


def _resembles(a: str, b: str) -> bool:
    left, right = (" ".join(_WORD.findall(text.casefold())) for text in (a, b))
    if not left or not right:
        return False
    if left == right or (min(len(left), len(right)) >= 8 and (left in right)):
        return True
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= _RESEMBLES


def cut_site(title: str, site_name: str | None, url: str) -> str:
    """A page title without the name of the site or section at its end or head."""
    parts = [part for part in _SEPARATOR.split(title) if part.strip()]
    if len(parts) < 2:
        return title
    if _HAN.search(title):
        return _cut_han(title, parts)
    while len(parts) > 1 and _names_site(parts[-1], site_name, url):
        parts.pop()
        title = title[: title.rfind(parts[-1]) + len(parts[-1])]
    if len(parts) > 1 and _names_site(parts[0], site_name, url):
        title = title[title.find(parts[1]) :]
        parts = parts[1:]
    if len(parts) > 1 and len(parts[-1].split()) <= 3 and len(_WORD.findall(parts[0])) >= 4:
        title = title[: title.rfind(parts[-2]) + len(parts[-2])]
    return title.strip()


def _cut_han(title: str, parts: list[str]) -> str:
    """Chinese titles end in section and site: keep what stands before them, where it is long enough to be a title."""
    head = title[: title.find(parts[1], len(parts[0]))].rstrip(" -_|—–｜»·:/") if len(parts[0]) >= 5 else ""
    return head.strip() or max(parts, key=len).strip()


def _names_site(part: str, site_name: str | None, url: str) -> bool:
    squashed = "".join(_WORD.findall(part.casefold()))
    names = ["".join(_WORD.findall((site_name or "").casefold()))]
    names += [label for label in (urlsplit(url).hostname or "").split(".") if len(label) > 3]
    if not squashed:
        return True
    return any(
        name and (squashed == name or (len(squashed) > 3 and (squashed in name or name in squashed))) for name in names
    )


def find_facts(clues: Clues, url: str) -> tuple[Facts, dict[str, Provenance]]:
    """The plain fields and where each came from."""
    node = clues.article_node or {}
    found: dict[str, Provenance] = {}

    def pick(field: str, place: str, from_json: list[str], *meta: str) -> str | None:
        if from_json:
            found[field] = Provenance("json-ld", place)
            return from_json[0]
        if value := clues.first(*meta):
            found[field] = Provenance("meta", value[1])
            return value[0]
        return None

    image = pick("lead_image", "image", _image(node.get("image")), "og:image:secure_url", "og:image", "twitter:image")
    free = _free(node.get("isAccessibleForFree"))
    if free is not None:
        found["is_accessible_for_free"] = Provenance("json-ld", "isAccessibleForFree")
    facts = Facts(
        site_name=pick("site_name", "", [], "og:site_name", "application-name", "twitter:site:name")
        or pick("site_name", "publisher", names_in(node.get("publisher"))),
        section=pick(
            "section",
            "articleSection",
            names_in(node.get("articleSection")),
            "article:section",
            "parsely-section",
            "section",
        ),
        tags=_tags(clues, node),
        lead_image=resolve(url, image) if image else None,
        description=pick("description", "", [], "og:description", "description", "twitter:description")
        or pick("description", "description", names_in(node.get("description"))),
        is_accessible_for_free=free,
    )
    return facts, found


def _image(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [found for item in value[:1] for found in _image(item)]
    if isinstance(value, dict):
        return _image(value.get("url") or value.get("contentUrl"))
    return []


def _free(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _tags(clues: Clues, node: object) -> tuple[str, ...]:
    values = list(clues.meta.get("article:tag", ()))
    if not values:
        keywords = node.get("keywords") if isinstance(node, dict) else None
        values = names_in(keywords) or list(clues.meta.get("news_keywords", ()) or clues.meta.get("keywords", ()))
    parts = (one_line(part) for value in values for part in re.split(r"[,;，、；]", value))
    return tuple(dict.fromkeys(part for part in parts if 1 < len(part) <= 80))[:30]


def trusted_canonical(declared: str | None, url: str) -> str:
    """The canonical address of the page fetched from `url`, as far as its rel=canonical can be believed.

    Not believed: another site, the home page, an address without the number that names this article, or a mere
    section above it. One that differs by http/https or `www.` alone keeps the scheme and host that answered.
    """
    own = canonical_url(url)
    target = resolve(url, declared) if declared and declared.strip() else None
    if target is None or not same_site(target, url):
        return own
    target = canonical_url(target)
    here, there = urlsplit(own), urlsplit(target)
    if there.path in ("", "/") and not there.query and (here.path not in ("", "/") or here.query):
        return own
    if not _same_article(here.path + "?" + here.query, there.path + "?" + there.query):
        return own
    return there._replace(scheme=here.scheme, netloc=here.netloc).geturl()


def _same_article(here: str, there: str) -> bool:
    """Whether an address may stand for the page at `here`: its article number is kept, or it is no mere prefix."""
    numbers = set(_ARTICLE_ID.findall(here))
    if numbers and _ARTICLE_ID.findall(there):
        return bool(numbers & set(_ARTICLE_ID.findall(there)))
    path, other = here.split("?")[0].rstrip("/"), there.split("?")[0].rstrip("/")
    if path.startswith(other + "/"):
        rest = path[len(other) + 1 :]
        return re.fullmatch(r"(?:amp|print|mobile|index\.\w+|\d{1,2}|page/\d+)(?:\.html?)?", rest) is not None
    return True


def is_article_type(clues: Clues) -> bool:
    """Whether the page's data call it an article."""
    og_type = (clues.first("og:type") or ("", ""))[0].lower()
    return (
        og_type in ("article", "news", "newsarticle", "blog", "news.article", "og:article")
        or clues.article_node is not None
    )


def is_listing_type(clues: Clues) -> bool:
    """Whether the page's data call it a collection."""
    return any(
        kind in ("CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage") for kind in clues.types
    ) or any("Blog" in types_of(node) for node in clues.json_ld)
