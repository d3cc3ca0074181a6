"""One captured page to an Article, or to the reason why it is none. Pure: bytes in, record out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from newsroom.reasons import Reason
from newsroom.records import Article, Declined, InjectedLink, Provenance, Rejected
from pipelines.adverts import injected
from pipelines.adverts.ad_links import selling_links
from pipelines.body import engine, standfirst
from pipelines.body.embedded import embedded_article
from pipelines.body.links import body_links
from pipelines.body.live_blog import LiveBlog, find_live_blog, lead_of, with_entries
from pipelines.body.trimming import trim
from pipelines.body.trimming_chinese import trim_chinese
from pipelines.clues import Clues, read_clues
from pipelines.dates import dating
from pipelines.decode import decode_page
from pipelines.facts import metadata
from pipelines.facts.canonical import find_canonical
from pipelines.headline import titles
from pipelines.language import Statements, declared_languages, find_language
from pipelines.markup import Element, drop_hidden, hold, needs_fast, parse, visible_text
from pipelines.match_keys import match_keys
from pipelines.pagination import Pager, find_pager
from pipelines.people import bylines, credits, sources
from pipelines.refusals.listing import PageWords, not_an_article
from pipelines.refusals.not_text import not_html, undecodable
from pipelines.selectors import Select, Selected, apply
from pipelines.text import content_digest, one_line, paragraphs, without_headline, word_count

MIN_CHARS = 100
_SHELL_CHARS = 50  # a page with fewer may carry its article in the data of its scripts

_FINE_FOR_A_PART = frozenset({Reason.TOO_SHORT, Reason.NO_ARTICLE})  # its pager says what it is


@dataclass(frozen=True, slots=True)
class _Page:
    """A parsed page on its way to an article, with all it says in its body and in the lines beside it."""

    tree: Element
    clues: Clues
    url: str
    said: str
    credits: tuple[credits.CreditLine, ...]
    languages: Statements


def extract(
    body: bytes,
    url: str,
    content_type: str | None = None,
    *,
    fast: bool = False,
    min_chars: int = MIN_CHARS,
    select: Select | None = None,
    zone: str | None = None,
    now: datetime | None = None,
    part_of: str | None = None,
    language: str | None = None,
) -> Article | Rejected:
    """The article in the response `body` from `url`.

    `min_chars` counts a CJK character as three. `zone` is the portal's time zone, for dates written without one;
    dates after `now` are not believed. `fast` leaves out the engine's second opinions. `part_of` is the address of an
    article of which this is a later page, which may be short. `language` is the portal's, believed only of texts too
    short to tell. Never raises for a bad page.
    """
    if refusal := not_html(body, content_type):
        return refusal
    text, utf8 = decode_page(body, content_type)
    if refusal := undecodable(text):
        return refusal
    return extract_text(
        text,
        url,
        utf8=utf8,
        fast=fast,
        min_chars=min_chars,
        select=select,
        zone=zone,
        now=now,
        part_of=part_of,
        language=language,
    )


def extract_text(
    html: str,
    url: str,
    *,
    utf8: bytes | None = None,
    fast: bool = False,
    min_chars: int = MIN_CHARS,
    select: Select | None = None,
    zone: str | None = None,
    now: datetime | None = None,
    part_of: str | None = None,
    language: str | None = None,
) -> Article | Rejected:
    """The article in a decoded page; as `extract` otherwise. `utf8` is the page in UTF-8, if the caller has that."""
    tree = parse(html, utf8)
    if isinstance(tree, Rejected):
        return tree
    if tree is None:
        return Rejected(Reason.NOT_HTML, "no markup")
    held = hold(tree)
    clues = read_clues(tree)
    pager = find_pager(tree, clues, url, part_of)
    scripts = drop_hidden(tree)
    chosen = apply(tree, select) if select is not None else Selected()
    found = _find_body(tree, html, url, chosen, fast=fast or needs_fast(held))
    title, title_from = titles.find_title(clues, url)
    draft = _draft(tree, clues, url, found, title, chosen)
    page = _Page(tree, clues, url, draft.said, draft.credits, declared_languages(clues, language))
    words = PageWords(clues, chosen.title or title, draft.text, url, scripts)
    refusal = not_an_article(tree, words, min_chars, live=draft.blog is not None)
    if refusal and not (part_of and draft.text and refusal.reason in _FINE_FOR_A_PART):
        return refusal
    if draft.blog:
        found = replace(found, text=draft.text, found_by=Provenance("live blog", draft.blog.place))
    else:
        found = _own_words(found, draft.text, title, page)
    facts, places = metadata.find_facts(tree, clues, chosen.title or title, url)
    places = {"text": found.found_by, **places}
    if title_from:
        places["title"] = title_from
    if ads := draft.ads:
        places["injected_links"] = Provenance("injected", "; ".join(dict.fromkeys(ad.reason for ad in ads)))
    article = replace(_article(page, title, found.text, facts, places, zone, now), injected_links=ads)
    return _with_pager(_with_selected(article, chosen, zone, now), Pager() if draft.blog else pager)


def _find_body(tree: Element, html: str, url: str, chosen: Selected, *, fast: bool) -> engine.Body:
    """What the portal's selectors name, else what the page shows, else what its scripts carry."""
    if chosen.text:
        return engine.Body(chosen.text, Provenance("select", "portal file"))
    found = engine.find_body(tree, url, fast=fast)
    if len(found.text) < _SHELL_CHARS and (carried := embedded_article(html)) is not None:
        return replace(engine.find_body(carried, url, fast=True), found_by=Provenance("embedded data", "<script>"))
    return found


@dataclass(frozen=True, slots=True)
class _Draft:
    """A body without what was put into it, and what stands in it and beside it for others to read."""

    text: str
    ads: tuple[InjectedLink, ...]
    said: str  # with the lines beside the body and those that name source and editor
    credits: tuple[credits.CreditLine, ...]
    blog: LiveBlog | None


def _draft(tree: Element, clues: Clues, url: str, found: engine.Body, title: str, chosen: Selected) -> _Draft:
    text = paragraphs(found.text)
    blog = None
    if not chosen.text:
        text = without_headline(text, title)
        blog = find_live_blog(tree, clues, title, text)
    if blog:
        lead = trim(lead_of(text, blog), title, tree, url, bylines.byline_lines(clues))
        text = with_entries(lead.text, blog)
    text, ads = injected.take_out(text, selling_links(tree, url, text))
    said = "\n".join((*found.before, text, *found.behind))
    lines = tuple(credits.credit_lines(said, title))
    return _Draft(text if chosen.text else credits.without(text, lines), ads, said, lines, blog)


def _with_pager(article: Article, pager: Pager) -> Article:
    """The article with where it goes on, or began; without a pager as it is."""
    if not pager.later and not pager.first:
        return article
    rules = {**article.provenance, "parts": pager.provenance()}
    return replace(article, first_page=pager.first, later_pages=pager.later, provenance=rules)


def _own_words(found: engine.Body, text: str, title: str, page: _Page) -> engine.Body:
    """The body without the lines that are not the article's."""
    if found.found_by.rule == engine.CHINESE:
        trimmed = trim_chinese(text, title)
    elif found.found_by.rule == engine.EXTRACTOR:
        names, about = bylines.byline_lines(page.clues), standfirst.described(page.clues)
        trimmed = trim(text, title, page.tree, page.url, names, about)
    else:
        return replace(found, text=text)
    place = found.found_by.place + (", the standfirst before it" if trimmed.standfirst else "")
    declined = tuple(Declined(line[:120], why) for line, why in trimmed.taken[:5])
    return replace(found, text=paragraphs(trimmed.text), found_by=Provenance(found.found_by.rule, place, declined))


def _with_selected(article: Article, chosen: Selected, zone: str | None, now: datetime | None) -> Article:
    """The article with the fields that the portal's selectors gave in place of the general rules'."""
    found: dict[str, object] = {}
    if chosen.title:
        found["title"] = one_line(chosen.title)
        found["content_digest"] = content_digest(chosen.title, article.text)
    if names := tuple(name for line in chosen.byline for name in bylines.people(line, article.site_name)):
        found["byline"] = names
    if chosen.published and (moment := dating.moment_in(chosen.published, zone, now)):
        found["published"] = moment
    fields = [*(name for name in ("title", "byline", "published") if name in found), *(["text"] if chosen.text else [])]
    if not fields:
        return article
    rules = {**article.provenance, **{name: Provenance("select", "portal file") for name in fields}}
    return replace(article, **{**found, "provenance": rules})  # type: ignore[arg-type]


def _article(
    page: _Page,
    title: str,
    text: str,
    facts: metadata.Facts,
    places: dict[str, Provenance],
    zone: str | None,
    now: datetime | None,
) -> Article:
    people = _people(page, text, facts.site_name, places)
    dates = dating.find_dates(page.tree, page.clues, page.url, title=title, zone=zone, now=now)
    language, confidence, places["language"] = find_language(text, page.languages)
    canonical, canonical_from = find_canonical(page.clues, page.url)
    keys = match_keys(text)
    if canonical_from:
        places["canonical_url"] = canonical_from
    return Article(
        url=page.url,
        canonical_url=canonical,
        title=one_line(title),
        text=text,
        original_title=people.original_title,
        byline=people.byline,
        source_name=people.source_name,
        editor=people.editor,
        published=dates.published,
        modified=dates.modified,
        language=language,
        language_confidence=confidence,
        section=facts.section,
        tags=facts.tags,
        lead_image=facts.lead_image,
        lead_image_caption=facts.lead_image_caption,
        description=facts.description,
        site_name=facts.site_name,
        is_accessible_for_free=facts.is_accessible_for_free,
        links=body_links(page.tree, text, page.url),
        word_count=word_count(text),
        content_digest=content_digest(title, text),
        match_digest=keys.digest,
        match_units=keys.units,
        extractor=engine.EXTRACTOR,
        extractor_version=engine.EXTRACTOR_VERSION,
        provenance=_complete(places, dates),
    )


@dataclass(frozen=True, slots=True)
class _People:
    byline: tuple[str, ...]
    source_name: str | None
    editor: str | None
    original_title: str | None


def _people(page: _Page, text: str, site_name: str | None, places: dict[str, Provenance]) -> _People:
    seen = visible_text(page.tree) if _speaks_chinese(text) else ""
    byline, byline_from = bylines.find_byline(page.tree, page.clues, page.said, site_name, page.url, seen[:6_000])
    stated, beside = bylines.byline_lines(page.clues), credits.beside(seen, text)
    source, source_from = sources.find_source(page.clues, stated, page.credits, page.said, beside)
    editor, editor_from = credits.find_editor(page.credits, page.said, beside, seen)
    original, original_from = credits.find_original_title(page.credits)
    found = {"byline": byline_from, "source_name": source_from, "editor": editor_from, "original_title": original_from}
    places.update({field: place for field, place in found.items() if place})
    return _People(byline, source, editor, original)


def _complete(places: dict[str, Provenance], dates: dating.Dates) -> dict[str, Provenance]:
    if dates.published_from:
        places["published"] = dates.published_from
    if dates.modified_from:
        places["modified"] = dates.modified_from
    return places


def _speaks_chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text[:2_000]) is not None
