"""What a byline's words name: a person, an organisation, a pen name, or nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pipelines.people import byline_words as words
from pipelines.people.han_names import NOT_IN_A_HAN_NAME, has_family_name, is_cjk, is_cjk_name, without_role
from pipelines.text import one_line

MAX_BYLINE_CHARS = 300


class Kind(Enum):
    """Whom a byline names."""

    PERSON = "person"
    ORGANISATION = "organisation"  # an agency, a desk, the site itself
    PEN_NAME = "pen name"  # one word: a given name, initials or a handle


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a byline."""

    name: str
    kind: Kind


_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class House:
    """What the page's own site is called; it wrote no article."""

    names: frozenset[str] = frozenset()

    @staticmethod
    def of(*names: str | None) -> House:
        """The house of a site known by `names`."""
        return House(frozenset(key for name in names if name and len(key := letters(name)) > 1))

    def is_named(self, name: str) -> bool:
        """Whether `name` is the site's, also with a word more (Example Post Online)."""
        key = letters(name)
        return key in self.names or any(len(own) > 3 and key.startswith(own) for own in self.names)


def letters(name: str) -> str:
    """The letters and digits of a name, without case and accents."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return _LETTERS.sub("", "".join(char for char in folded if not unicodedata.combining(char)))


def people(text: str, site_name: str | None = None) -> Iterator[str]:
    """The names of people in a byline; labels, roles, agencies, addresses and the site's own name left out."""
    for named in names(text, House.of(site_name)):
        if named.kind is Kind.PERSON or (named.kind is Kind.PEN_NAME and named.name[0].isupper()):
            yield named.name


def names(text: str, house: House, *, stated: bool = False) -> list[Named]:
    """Whom a byline names, in its order; single words only where nothing longer is a person.

    `stated` is for text that is a name by its place (JSON-LD, meta elements): then small letters will do.
    """
    text = one_line(text[: 4 * MAX_BYLINE_CHARS])
    if len(text) > MAX_BYLINE_CHARS or words.NOT_A_BYLINE.match(text):
        return []
    text = words.EMAIL.sub(" | ", text) if "@" in text else text
    for piece in words.DATE.split(text):  # what stands behind the date is something else
        if found := _names_in(piece.strip(), house, stated):
            return found
    late = words.LATE_LABEL.split(text, maxsplit=1)
    return _names_in(late[1], house, stated) if len(late) == 2 else []


def _names_in(text: str, house: House, stated: bool) -> list[Named]:
    text = _without_label(words.OTHER_WORK.sub("", text), stated)
    parts = [_cleaned(part, stated) for piece in words.SPLIT.split(text) for part in _at_slashes(piece)]
    if len(parts) == 2 and all(_one_word(part) for part in parts) and "," in text:
        parts = [f"{parts[1]} {parts[0]}"]  # Roe, Jane
    found = [Named(part, kind) for part in parts if (kind := kind_of(part, house, stated=stated))]
    certain = [named for named in found if named.kind is not Kind.PEN_NAME]
    return certain if any(named.kind is Kind.PERSON for named in certain) else found


def _without_label(text: str, stated: bool) -> str:
    """`text` without By or Von before it; a name stated in data may itself begin so (Von Miller)."""
    bare = words.LABEL.sub("", text)
    if not stated:
        return words.SHORT_LABEL.sub("", bare)
    return bare if " " in bare or text[:1].islower() or ":" in text else text


def _at_slashes(part: str) -> list[str]:
    """The pieces between slashes; initials joined by one (dpa/lnw) are one signature."""
    return [part] if words.SIGNATURE.match(part) else words.SLASH.split(part)


def kind_of(name: str, house: House, *, stated: bool = False) -> Kind | None:
    """Whom one name names; None when it is no name."""
    if not 2 <= len(name) <= 60 or not any(char.isalpha() for char in name) or words.LABEL_ONLY.match(name):
        return None
    if words.AGENCY.match(name) or words.AGENCY_DESK.match(name) or house.is_named(name):
        return Kind.ORGANISATION
    if words.SIGNATURE.match(name):
        return Kind.PEN_NAME
    if words.ORGANISATION.search(name) and not words.NOBODY.search(name):
        return Kind.ORGANISATION
    if words.NOBODY.search(name):
        return None
    if is_cjk(name):
        return _kind_in_cjk(name, stated)
    return _kind_in_latin(name, stated)


def _kind_in_cjk(name: str, stated: bool) -> Kind | None:
    if NOT_IN_A_HAN_NAME.search(name):
        return None
    if not is_cjk_name(name):
        return Kind.ORGANISATION if stated else None
    return Kind.PERSON if has_family_name(name) or " " in name or stated else Kind.PEN_NAME


def _kind_in_latin(name: str, stated: bool) -> Kind | None:
    parts = name.split()
    if len(parts) > 1:
        return Kind.PERSON if _looks_like_a_person(parts, stated) else None
    if name.isalpha() and name.isascii() and name.isupper() and 3 <= len(name) <= 6:
        return Kind.ORGANISATION
    return Kind.PEN_NAME if words.WORD.match(name) or (name.isalnum() and not name.isdigit()) else None


def vietnamese_name(line: str) -> str | None:
    """The name in a line that is nothing else; Vietnamese papers sign below the last paragraph."""
    parts = line.split()
    is_name = 2 <= len(parts) <= 5 and parts[0] in words.VIETNAMESE_FAMILY and _looks_like_a_person(parts, stated=False)
    return line if is_name and not line.isascii() else None


def agency_in(text: str) -> str | None:
    """The agency a byline names instead of a person."""
    pieces = words.SPLIT.split(words.LABEL.sub("", one_line(text)[:MAX_BYLINE_CHARS]))
    for part in (part for piece in pieces for part in (piece, *words.SLASH.split(piece))):
        if words.AGENCY.match(part.strip(" .()")):
            return part.strip(" .()")
    return None


def _cleaned(part: str, stated: bool) -> str:
    part = _without_label(part.strip(words.EDGES), stated)
    part = without_role(words.TRAILING.sub("", part).strip(words.EDGES))
    return words.ROLE.sub("", part)


def _one_word(part: str) -> bool:
    return bool(part) and part[0].isupper() and not part.isupper() and words.WORD.match(part) is not None


def _looks_like_a_person(parts: list[str], stated: bool) -> bool:
    """Two to six words, capitalised or particles; where a name is stated, two words in small letters too."""
    parts = [bare for part in parts if (bare := part.strip("\"“”„'‘’"))]
    if not 2 <= len(parts) <= 6 or not all(words.WORD.match(part) for part in parts):
        return False
    if stated and len(parts) == 2:
        return True
    large = [part for part in parts if not part[0].islower()]
    return len(large) >= 2 and all(words.PARTICLE.match(part) for part in parts if part[0].islower())
