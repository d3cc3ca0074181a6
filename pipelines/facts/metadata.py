"""What a page says about its article besides body, title, people and dates: section, tags, picture, site, access."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues, names_in, referred, types_of
from pipelines.facts import pictures
from pipelines.facts.candidates import Offer, choose
from pipelines.headline.site_names import names_of, site_in_title, squash
from pipelines.markup import Element
from pipelines.text import plain_line

_NO_SECTION = frozenset(
    {"post", "posts", "article", "articles", "all", "uncategorized", "uncategorised", "none", "default", "page", "正文"}
    | {"home", "homepage", "startseite", "accueil", "inicio", "portada", "главная", "首页", "首頁", "トップ", "ホーム"}
)
_ANY_NEWS = frozenset(
    {"news", "allnews", "topnews", "nachrichten", "noticias", "actualité", "actualités", "notizie", "nyheter", "nieuws"}
    | {"новости", "新闻", "新聞", "ニュース", "뉴스", "aktuelles"}
)
_MAX_SECTION_CHARS = 60
_MAX_SITE_CHARS = 80
_MAX_DESCRIPTION_CHARS = 2_000
_MAX_TAGS = 30
_TAG_END = re.compile(r"[,;，、；]")
_TAG_META = ("article:tag", "news_keywords", "parsely-tags", "keywords")


@dataclass(frozen=True, slots=True)
class Facts:
    """The plain fields of a page, each as the page has it or None."""

    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    lead_image: str | None = None
    lead_image_caption: str | None = None
    description: str | None = None
    is_accessible_for_free: bool | None = None


def find_facts(tree: Element, clues: Clues, title: str, url: str) -> tuple[Facts, dict[str, Provenance]]:
    """The plain fields of the page whose article is called `title`, and where each came from."""
    site_name, site_from = choose(_site_names(clues, title, url))
    section, section_from = choose(_sections(clues, title, names_of(clues, url)))
    tags, tags_from = _tags(clues, title)
    image, image_from = pictures.find_picture(clues, url)
    caption, caption_from = pictures.find_caption(tree, clues, image, title)
    description, description_from = choose(_descriptions(clues, title))
    free, free_from = _free(clues)
    found = {
        "site_name": site_from,
        "section": section_from,
        "tags": tags_from,
        "lead_image": image_from,
        "lead_image_caption": caption_from,
        "description": description_from,
        "is_accessible_for_free": free_from,
    }
    facts = Facts(site_name, section, tags, image, caption, description, free)
    return facts, {field: place for field, place in found.items() if place}


def _meta(clues: Clues, *names: str) -> Iterator[Offer]:
    for name in names:
        for value in clues.meta.get(name, ())[:1]:
            yield Offer(plain_line(value), "meta", name)


def _site_names(clues: Clues, title: str, url: str) -> Iterator[Offer]:
    publisher = (clues.article_node or {}).get("publisher")
    offers = [*_meta(clues, "og:site_name")]
    offers += [Offer(name, "json-ld", "publisher") for name in _names(clues, publisher)[:1]]
    offers += [*_meta(clues, "application-name", "twitter:site:name")]
    offers += [Offer(name, "json-ld", "WebSite") for node in _of_type(clues, "WebSite") for name in names_in(node)[:1]]
    if shown := site_in_title(clues.title, title, names_of(clues, url)):
        offers.append(Offer(shown, "title element", "what follows the headline"))
    for offer in offers:
        fault = "only says the title" if squash(offer.value) == squash(title) else ""
        fault = fault or ("no name" if not 2 <= len(offer.value) <= _MAX_SITE_CHARS else "")
        yield Offer(offer.value, offer.rule, offer.place, fault)


def _sections(clues: Clues, title: str, names: tuple[str, ...]) -> Iterator[Offer]:
    said = names_in((clues.article_node or {}).get("articleSection"))[:1]
    offers = [Offer(value, "json-ld", "articleSection") for value in said]
    offers += [*_meta(clues, "article:section", "parsely-section", "section")]
    trail = next((_trail(node) for node in _of_type(clues, "BreadcrumbList")), [])
    offers += [Offer(value, "json-ld", "breadcrumbs") for value in reversed(trail[:10])]
    for offer in sorted(offers, key=lambda offer: squash(offer.value) in _ANY_NEWS):
        yield Offer(offer.value, offer.rule, offer.place, _no_section(offer.value, title, names))


def _no_section(value: str, title: str, names: tuple[str, ...]) -> str:
    plain = squash(value)
    if plain in _NO_SECTION or plain in names or not plain:
        return "names no section"
    if "://" in value:
        return "an address"
    if len(value) > _MAX_SECTION_CHARS or value.count(",") > 1:
        return "a list" if "," in value else "too long for a section"
    return "the title" if plain == squash(title) else ""


def _trail(node: Mapping[str, object]) -> list[str]:
    """The names of a BreadcrumbList, from the front page to the article."""
    entries = node.get("itemListElement")
    found: list[str] = []
    for entry in entries[:10] if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            found += (names_in(entry) or names_in(entry.get("item")))[:1]
    return found


def _descriptions(clues: Clues, title: str) -> Iterator[Offer]:
    offers = [*_meta(clues, "og:description", "description", "twitter:description")]
    said = names_in((clues.article_node or {}).get("description"))[:1]
    for offer in (*offers, *(Offer(value, "json-ld", "description") for value in said)):
        fault = "only says the title" if squash(offer.value) == squash(title) else ""
        yield Offer(offer.value[:_MAX_DESCRIPTION_CHARS], offer.rule, offer.place, fault)


def _tags(clues: Clues, title: str) -> tuple[tuple[str, ...], Provenance | None]:
    """The words the article is filed under; of several lists the first that has any."""
    keywords = names_in((clues.article_node or {}).get("keywords"))
    lists = [(name, "meta", list(clues.meta.get(name, ()))) for name in _TAG_META]
    lists.insert(1, ("keywords", "json-ld", keywords))
    given = [(place, rule, found) for place, rule, values in lists if (found := _words(values, title))]
    if not given:
        return (), None
    place, rule, words = given[0]
    others = [(", ".join(found)[:120], name) for name, _, found in given[1:] if found != words]
    return words, Provenance(rule, place, tuple(Declined(text, f"{name}: {place} goes first") for text, name in others))


def _words(values: list[str], title: str) -> tuple[str, ...]:
    parts = (plain_line(part) for value in values[:100] for part in _TAG_END.split(value[:5_000]))
    words = (part for part in parts if 1 < len(part) <= 80 and part.casefold() != title.casefold())
    return tuple(dict.fromkeys(words))[:_MAX_TAGS]


def _free(clues: Clues) -> tuple[bool | None, Provenance | None]:
    """Whether the page says that anyone may read it all: the article's own word, its parts', its tier."""
    node = clues.article_node or {}
    said = [(_truth(node.get("isAccessibleForFree")), "json-ld", "isAccessibleForFree")]
    said += [(_truth(part.get("isAccessibleForFree")), "json-ld", "hasPart") for part in _parts(node)]
    tier = (clues.first("article:content_tier") or ("",))[0].lower()
    said.append(({"free": True, "locked": False, "metered": False}.get(tier), "meta", f"article:content_tier {tier}"))
    pages = (other for kind in ("WebPage", "WebPageElement") for other in _of_type(clues, kind))
    said += [(_truth(other.get("isAccessibleForFree")), "json-ld", "WebPage") for other in pages]
    offers = [Offer(str(free), rule, place) for free, rule, place in said if free is not None]
    value, place = choose(offers)
    return (value == "True" if value else None), place


def _parts(node: Mapping[str, object]) -> list[Mapping[str, object]]:
    parts = node.get("hasPart")
    return [part for part in (parts if isinstance(parts, list) else [parts])[:10] if isinstance(part, dict)]


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.rsplit("/", 1)[-1].lower()) if isinstance(value, str) else None


def _names(clues: Clues, value: object) -> list[str]:
    return names_in(referred(clues, value)) if isinstance(value, dict) else names_in(value)


def _of_type(clues: Clues, kind: str) -> Iterator[Mapping[str, object]]:
    return (node for node in clues.json_ld[:100] if kind in types_of(node))


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
