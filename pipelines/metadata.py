"""What a page says about its article besides body and title: address, section, tags, picture, site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsroom.records import Provenance
from newsroom.urls import canonical_url, resolve, same_site
from pipelines.clues import Clues, names_in, types_of
from pipelines.text import one_line

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
