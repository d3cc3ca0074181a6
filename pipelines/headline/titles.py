"""The headline of a page's article: what a reader sees, without the name of the site.

An h1 that the page's data agree with; where the data agree among themselves on more or less than the h1 says, they;
an h1 that stands alone where a headline stands; else the data; else the title element. Never what names no article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from newsroom.records import Declined, Provenance
from pipelines.clues import Clues
from pipelines.headline.headings import Heading, read_headings
from pipelines.headline.site_names import cut_site, is_mostly_site, is_nothing, names_of, squash, without_site
from pipelines.text import plain_line

_WORD = re.compile(r"\w+")
_NO_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_RESEMBLES = 0.6
_META = ("og:title", "twitter:title", "dc.title", "headline", "articletitle")
_MAX_CHARS = 500


@dataclass(frozen=True, slots=True)
class _Said:
    """A title as the page's data have it."""

    text: str
    rule: str
    place: str


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    rule: str
    place: str


def find_title(clues: Clues, url: str) -> tuple[str, Provenance | None]:
    """The headline a reader sees and where it stands; "" when the page has none."""
    headings = read_headings(_elements(clues), url)
    names = names_of(clues, url, (heading.text for heading in headings if heading.fault.startswith("links to")))
    said = [title for title in _said(clues, names) if not is_nothing(title.text, names)]
    usable = [heading for heading in headings if not heading.fault and not is_nothing(heading.text, names)]
    if said and said[0].rule == "json-ld":
        usable = [heading for heading in usable if any(_resembles(text, said[0].text) for text in heading.wordings)]
    choice = _confirmed(usable, said) or _alike(usable, said) or _alone(usable, said, names)
    choice = _fuller(choice, said) or choice or _first(said) or _only(usable)
    if choice is None:
        return "", None
    return choice.text, Provenance(choice.rule, choice.place, _declined(choice, headings, said, names))


def _elements(clues: Clues) -> list[tuple[str, object]]:
    marked = [("itemprop headline", element) for element in clues.itemprops.get("headline", ())[:3]]
    return marked + [("h1", element) for element in clues.heading_elements]


def _said(clues: Clues, names: tuple[str, ...]) -> list[_Said]:
    """What the page's data call the article, best first."""
    node = clues.article_node or {}
    found = [_Said(value, "json-ld", name) for name in ("headline", "name") if isinstance(value := node.get(name), str)]
    found += [_Said(value, "meta", name) for name in _META for value in clues.meta.get(name, ())[:2]]
    cleaned = [_Said(without_site(_plain(title.text), names), title.rule, title.place) for title in found]
    cleaned.append(_Said(cut_site(_plain(clues.title), names), "title element", "title element"))
    return [title for title in cleaned if title.text]


def _plain(text: str) -> str:
    return plain_line(text[:_MAX_CHARS])


def _confirmed(headings: list[Heading], said: list[_Said]) -> _Choice | None:
    """A heading, or what is left of it without kicker and subtitle, that the data give letter for letter."""
    agreed = {squash(title.text): title for title in reversed(said)}
    for heading in headings:
        for text in heading.wordings:
            if other := agreed.get(squash(text)):
                # Elements in a heading leave it open where its spaces are.
                spelt = other.text if other.text.replace(" ", "") == text.replace(" ", "") else text
                return _Choice(spelt, "heading", f"{heading.place}, as {other.place}")
    return None


def _alike(headings: list[Heading], said: list[_Said]) -> _Choice | None:
    """A heading in other words than the data have."""
    for heading in headings:
        if said and _resembles(heading.text, said[0].text):
            return _Choice(heading.text, "heading", f"{heading.place}, like {said[0].place}")
    return None


def _alone(headings: list[Heading], said: list[_Said], names: tuple[str, ...]) -> _Choice | None:
    """The only heading that stands where a headline does, though the data call the page otherwise."""
    sure = [heading for heading in headings if not heading.doubt]
    inside = [heading for heading in sure if heading.in_article]
    texts = {heading.text for heading in inside or sure}
    if len(texts) != 1:
        return None
    text = texts.pop()
    # One word above an article that the data give a whole sentence to is a section: "News", "Sports".
    if said and (is_mostly_site(text, names) or (_words(text) < 2 and _words(said[0].text) > 2)):
        return None
    return _Choice(text, "heading", "the only h1")


def _words(text: str) -> int:
    """The words of a text; in scripts without spaces about four characters make one."""
    return sum(1 if word.isascii() else 1 + len(_NO_SPACES.findall(word)) // 4 for word in _WORD.findall(text))


def _fuller(choice: _Choice | None, said: list[_Said]) -> _Choice | None:
    """What JSON-LD and meta both say, where that is the heading behind its kicker."""
    linked = next((title for title in said if title.rule == "json-ld"), None)
    meta = next((title for title in said if title.rule == "meta"), None)
    if choice is None or linked is None or meta is None or squash(linked.text) != squash(meta.text):
        return None
    shown, agreed = squash(choice.text), squash(linked.text)
    if shown != agreed and agreed.endswith(shown):
        return _Choice(linked.text, linked.rule, f"{linked.place}, as {meta.place}")
    return None


def _first(said: list[_Said]) -> _Choice | None:
    return _Choice(said[0].text, said[0].rule, said[0].place) if said else None


def _only(headings: list[Heading]) -> _Choice | None:
    return _Choice(headings[0].text, "heading", headings[0].place) if headings else None


def _resembles(a: str, b: str) -> bool:
    left, right = (" ".join(_WORD.findall(text.casefold())) for text in (a, b))
    if not left or not right:
        return False
    if left == right or (min(len(left), len(right)) >= 8 and (left in right)):
        return True
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return all(ratio() >= _RESEMBLES for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def _declined(
    choice: _Choice, headings: tuple[Heading, ...], said: list[_Said], names: tuple[str, ...]
) -> tuple[Declined, ...]:
    found: dict[str, str] = {}
    for heading in headings:
        why = heading.fault or ("names no article" if is_nothing(heading.text, names) else "") or heading.doubt
        found.setdefault(heading.text, f"{heading.place}: {why or 'unlike what the page calls itself'}")
    for title in said:
        found.setdefault(title.text, f"{title.place}: not as the {choice.rule} has it")
    rest = [(text, why) for text, why in found.items() if squash(text) != squash(choice.text)]
    return tuple(Declined(text[:120], why) for text, why in rest[:5])
