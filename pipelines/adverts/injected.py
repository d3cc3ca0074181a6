"""Advertising pushed into the middle of a sentence: addresses and chat accounts that no word around them asks for.

An address in an article is nearly always its own: `订票请登录www.12306.cn`, `(www.example.org)`, `Amazon.com shares`.
So one is taken out only where the sentence closes without it, and nothing near it leads to an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from newsroom.records import InjectedLink
from pipelines.adverts import ad_words
from pipelines.adverts.contacts import Contact, Spelling, contacts, fold, may_hold_contact

MAX_LOOKED_AT = 200  # contacts in one article
_NEAR = 160  # characters of a line that count as around a contact
_STOPS = "。！？!?.…;；"
_PAUSES = "，,、"
_OPENERS, _CLOSERS = "（([【〔《〈「『“‘\"'<«‹", "）)]】〕》〉」』”’\"'>»›"
_BRACKETS = dict(zip("（([【〔", "）)]】〕", strict=True))
_BOUNDS = frozenset(_STOPS + _PAUSES + '）)]】」』”’"')
_HAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_CLAUSE_ENDS = re.compile(r"[，,、。！？!?…;；]|\.(?:\s|$)")
_SOME_ADDRESS = re.compile(r"[a-z0-9]\.[a-z]{2}|://", re.IGNORECASE)
_LOWER_WORD = re.compile(r"\s[a-z]+\s$")
# Letters and digits in no order that a name would have: du5e, x8fbuxu, 5dvv9
_NO_NAME = re.compile(r"[a-z]+\d+[a-z]+[a-z0-9]*|\d+[a-z]+\d+[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class _Place:
    """A contact with what stands left and right of it in its line."""

    contact: Contact
    left: str
    right: str

    @property
    def before(self) -> str:
        return self.left.rstrip()[-1:]

    @property
    def after(self) -> str:
        return self.right.lstrip()[:1]

    @property
    def clause_before(self) -> str:
        return _CLAUSE_ENDS.split(self.left.rstrip().rstrip(_STOPS + _PAUSES))[-1]

    @property
    def clause_after(self) -> str:
        return _CLAUSE_ENDS.split(self.right.lstrip().lstrip(_STOPS + _PAUSES).lstrip(), maxsplit=1)[0]

    @property
    def is_parted(self) -> bool:
        """Whether a mark or the line's edge stands on both sides: the contact is a clause of its own."""
        return (not self.before or self.before in _BOUNDS) and (not self.after or self.after in _BOUNDS)

    @property
    def is_nameless(self) -> bool:
        """Whether the site's name is letters and digits mixed, or an offer: du5e, cheap-watches."""
        name = self.contact.host.removeprefix("www.").split(".")[0]
        if ad_words.OFFERS.match(name):
            return True
        return _NO_NAME.fullmatch(name) is not None and name not in ad_words.REAL_NAMES

    @property
    def is_written_out(self) -> bool:
        """Whether the address is written so that a reader would follow it."""
        return self.contact.has_scheme or self.contact.host.startswith("www.")


@dataclass(frozen=True, slots=True)
class _Cut:
    """What is taken from a line, and what closes the gap."""

    start: int
    end: int
    glue: str
    taken: InjectedLink


@dataclass(slots=True)
class _Haul:
    """What has been found in one article so far."""

    text: str
    offers: tuple[str, ...] = ()
    looked_at: int = 0
    taken: list[InjectedLink] = field(default_factory=list)


def take_out(text: str, offers: tuple[str, ...] = ()) -> tuple[str, tuple[InjectedLink, ...]]:
    """`text` without what was pushed into its sentences, and that with the reason for each.

    `offers` are the words of links that sell (`ad_links`); one that the text has twice is its subject.
    """
    offers = tuple(offer for offer in offers if text.lower().count(offer.lower()) == 1)
    if not offers and not may_hold_contact(text):
        return text, ()
    haul = _Haul(text, offers)
    lines = [_cleaned(line, haul) for line in text.split("\n")]
    return ("\n".join(lines), tuple(haul.taken)) if haul.taken else (text, ())


def _cleaned(line: str, haul: _Haul) -> str:
    if not haul.offers and not may_hold_contact(line):
        return line
    folded = fold(line)
    kept: list[str] = []
    at = 0
    for contact in islice(contacts(folded.text, haul.offers), MAX_LOOKED_AT - haul.looked_at):
        haul.looked_at += 1
        start, end = contact.start, contact.end
        cut = _cut(_Place(contact, folded.text[max(0, start - _NEAR) : start], folded.text[end : end + _NEAR]))
        if cut is None or folded.place(cut.start) < at or _is_named(contact, haul.text):
            continue
        kept += [line[at : folded.place(cut.start)], cut.glue]
        at = folded.place(cut.end)
        haul.taken.append(cut.taken)
    return "".join([*kept, line[at:]]) if at else line


def _is_named(contact: Contact, text: str) -> bool:
    """Whether the article speaks of the site by name, besides giving its address."""
    if contact.spelling is not Spelling.ADDRESS:
        return False
    name = contact.host.removeprefix("www.").split(".")[0]
    words = rf"(?<![a-z0-9.-]){re.escape(name)}(?!\.[a-z])|{re.escape(name.replace('-', ' '))}(?![.a-z0-9])"
    return len(name) > 3 and re.search(words, fold(text).text.lower()) is not None


def _cut(place: _Place) -> _Cut | None:
    contact = place.contact
    if place.before in set(":：=") - {""} or not (place.left.strip() or place.right.strip()):
        return None
    if (order := _ordered(place)) is not None:
        return order
    if place.before and (place.before in _OPENERS or place.after in _CLOSERS) and not _is_closing_quote(place):
        return _bracketed(place)
    reason = _reason(place)
    return _seam(place, reason, contact.text) if reason else None


def _reason(place: _Place) -> str | None:
    spelling = place.contact.spelling
    if spelling is Spelling.ADDRESS_APART:
        return "an address spelled apart, as advertising is to pass filters"
    if spelling is Spelling.CHAT_DISGUISED:
        return "a chat account under a disguised name"
    if spelling is Spelling.CHAT:
        return _chat_reason(place)
    if spelling is Spelling.OFFER:
        return _offer_reason(place)
    if _SOME_ADDRESS.search(place.clause_before) or _SOME_ADDRESS.search(place.clause_after):
        return None  # one of a list of addresses
    return _han_reason(place) if _in_han(place) else _latin_reason(place)


def _han_reason(place: _Place) -> str | None:
    before, after = place.clause_before, place.clause_after
    near = 8 if place.is_nameless else 20
    if ad_words.LEADS_HAN.search(before[-near:]) or ad_words.LEADS_HAN.search(after[: near // 2]):
        return None
    if "、" in (place.before, place.after):
        return None
    if place.is_parted:
        if not place.before and (place.after not in _PAUSES or len(place.right) < 10):
            return None
        if not place.after and not place.is_nameless:
            return None
        if not (place.is_written_out or place.is_nameless or min(len(before), len(after)) >= 6):
            return None
        return "an address alone between two clauses"
    is_glued = bool(place.left[-1:].strip() and place.right[:1].strip())
    if not (place.is_nameless or (place.is_written_out and is_glued)) or place.contact.has_path:
        return None
    if (
        not place.before
        or not place.after
        or ad_words.GOVERNS_HAN.search(place.left)
        or ad_words.TAKES_UP_HAN.match(place.right)
    ):
        return None
    return "an address within a sentence that no word leads to"


def _latin_reason(place: _Place) -> str | None:
    leads = ad_words.NAMES_LATIN if place.is_parted else ad_words.LEADS_LATIN
    if leads.search(place.clause_before[-60:]) or not place.before:
        return None
    if place.is_parted:
        is_glued = not place.left[-1:].isspace() and place.before in _PAUSES + _STOPS
        if is_glued and place.after in _PAUSES + _STOPS:
            return "an address alone between two clauses"
        if place.is_nameless and place.after and place.clause_after.strip():
            return "an address alone between two clauses"
        return None
    goes_on = re.search(r"[a-z]\s$", place.left) and re.match(r"\s[a-z]", place.right)
    if goes_on and place.is_nameless and not ad_words.TAKES_UP_LATIN.match(place.right):
        return "an address within a sentence that no word leads to"
    return None


def _ordered(place: _Place) -> _Cut | None:
    """An order to buy, in the middle of a sentence: `the council visit www.x.com for cheap flights voted`."""
    if place.contact.spelling is not Spelling.ADDRESS:
        return None
    order, tail = ad_words.ORDERS.search(place.left), ad_words.ORDER_TAIL.match(place.right)
    if order is None or (tail is None and not (order["goods"] and place.after in _PAUSES)):
        return None
    behind = tail.end() if tail else 0
    left, right = place.left[: order.start("order")], place.right[behind:]
    lead = left.rstrip()
    if not lead or lead[-1] in _STOPS or ad_words.MAY_ORDER.search(lead) or not right.strip(" ."):
        return None
    words = order["order"] + place.contact.text + place.right[:behind]
    outer = Contact(place.contact.start - len(order["order"]), place.contact.end + behind, words, Spelling.ADDRESS)
    return _seam(_Place(outer, left, right), "an order to buy in the middle of a sentence", words)


def _bracketed(place: _Place) -> _Cut | None:
    """An address in brackets of its own, in a sentence that goes on, for a site that has no name."""
    closer = _BRACKETS.get(place.left[-1:])
    if closer is None or not place.right.startswith(closer) or not place.is_nameless:
        return None
    outer = _Place(
        Contact(place.contact.start - 1, place.contact.end + 1, place.contact.text, Spelling.ADDRESS),
        place.left[:-1],
        place.right[1:],
    )
    if not outer.before.isalpha() or not outer.after.isalpha() or not _belongs_to_no_name(outer):
        return None
    return _seam(outer, "an address in brackets that belongs to no name", place.contact.text)


def _chat_reason(place: _Place) -> str | None:
    """Only a clause of nothing but the account, between two that do not ask the reader to call or write."""
    if not (place.before and place.after and place.before in _BOUNDS and place.after in _BOUNDS):
        return None
    around = place.clause_before[-40:] + place.clause_after[:30]
    asks = ad_words.ASKS_TO_ADD if place.contact.text.startswith("加") else ad_words.ASKS_TO_CALL
    return None if asks.search(around) else "a chat account or number alone between two clauses"


def _belongs_to_no_name(outer: _Place) -> bool:
    """Whether the word before the brackets is none that a site could belong to."""
    if _in_han(outer):
        return not (ad_words.LEADS_HAN.search(outer.left[-12:]) or ad_words.ENDS_A_NAME.search(outer.left))
    goes_on = _LOWER_WORD.search(outer.left) and re.match(r"\s[a-z]", outer.right)
    return goes_on is not None and not ad_words.LEADS_LATIN.search(outer.left[-60:])


def _offer_reason(place: _Place) -> str | None:
    """Only within a sentence or between two, where no word before the offer makes it one of the sentence's own."""
    if not place.before or not place.after or ad_words.OWNS_NOUN.search(place.left):
        return None
    return "a link to another site whose words are an advertisement"


def _in_han(place: _Place) -> bool:
    """Whether the sentence is written without spaces, as Chinese and Japanese are."""
    return len(_HAN.findall(place.left[-12:] + place.right[:12])) >= 3


def _is_closing_quote(place: _Place) -> bool:
    return place.before in "\"'" and place.after not in _CLOSERS


def _seam(place: _Place, reason: str, text: str) -> _Cut:
    """The cut that closes the sentence again: of two marks around the contact one stays, of two spaces one."""
    left, right = place.left.rstrip(), place.right.lstrip()
    start = place.contact.start - (len(place.left) - len(left))
    end = place.contact.end + (len(place.right) - len(right))
    was_apart = len(left) < len(place.left) or len(right) < len(place.right)
    before, after = left[-1:], right[:1]
    if after and after in _STOPS + _PAUSES and (not before or before in _BOUNDS):
        if before and before in _PAUSES and after in _STOPS:
            start, left = start - 1, left[:-1]
        else:
            rest = right[1:].lstrip()
            was_apart = was_apart or len(rest) < len(right) - 1
            end, right = end + len(right) - len(rest), rest
    both_han = bool(_HAN.match(left[-1:]) and _HAN.match(right[:1]))
    needs_space = was_apart and left and right and right[0] not in _STOPS + _PAUSES and not both_han
    is_wide = left[-1:] in set("，。！？；、）】”」")
    return _Cut(start, end, " " if needs_space and not is_wide else "", InjectedLink(text, reason))
