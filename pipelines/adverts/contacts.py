"""How addresses and chat accounts are written in running text, plainly or so that a filter does not see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_UNSEEN = frozenset("\u200b\u200c\u200d\u200e\u2060\ufeff\xad")
# Letters as wide as Han characters. Wide punctuation stays: it tells where a clause ends.
_WIDE_LETTERS = {0xFEE0 + plain: plain for plain in range(0x21, 0x7F) if chr(plain).isalnum() or chr(plain) in "./-_@"}
_WIDE_LETTER = re.compile("[Ａ-Ｚａ-ｚ０-９．／－＿＠]")
_LEFT, _RIGHT = r"(?<![A-Za-z0-9._%@/=?&-])", r"(?![A-Za-z0-9@-])"
_ENDINGS = (
    "com|net|org|gov|edu|info|biz|xyz|top|vip|club|shop|site|online|store|win|bid|loan|wang|ltd|link|click|cc|cn|ru|de|"
    "fr|uk|jp|kr|tw|hk|tv|io|co|me|cf|gq|tk|ml|ga|pw|ws|la|eu|nl|pl|es|ch|br|au|ca|nz|za|ua|vn|us|in"
)
_PATH = r"(?:[/?#](?:[A-Za-z0-9._~%/?#=&+:!-]{0,200}(?<=[A-Za-z0-9/_=]))?)?"
# No www inside a host: in `sentence.www.example.com` the sentence before it has ended.
_ADDRESS = re.compile(
    rf"(?:(?<![A-Za-z0-9])(?P<scheme>https?[:：]//)|(?<![A-Za-z0-9@/_-])(?=www\.)|{_LEFT})"
    rf"(?P<host>(?:www\.)?(?:(?!www\.)[a-z0-9](?:[a-z0-9-]{{0,40}}[a-z0-9])?\.){{1,4}}(?:{_ENDINGS}))"
    rf"(?::\d{{2,5}})?(?P<path>{_PATH}){_RIGHT}",
    re.IGNORECASE,
)
_ENDS_APART = (
    r"(?:c ?o ?m(?: ?[.。点] ?c ?n)?|c ?n|c ?c|n ?e ?t|o ?r ?g|t ?o ?p|x ?y ?z|v ?i ?p|i ?n ?f ?o|b ?i ?z)" + _RIGHT
)
# www . x . cn and w w w . x . cn; x点cn, x[dot]cn, x。cn
_APART = re.compile(
    _LEFT + r"(?:w ?w ?w ?[.。点·•] ?(?:[a-z0-9-] ?){2,30}[.。点·•] ?" + _ENDS_APART + r"|(?:www\.)?[a-z0-9-]{2,30} ?"
    r"(?:点|。|[\[({]dot[\])}]|[\[({]\.[\])}]) ?(?:com|net|org|cn|cc|top|xyz|vip|info|biz)" + _RIGHT + ")",
    re.IGNORECASE,
)
_DISGUISED_CHAT = (
    r"(?:(?:加|添加|联系|咨询)?[VＶv]\s?信|[薇徽葳溦]\s?信|威信号|[加➕+][VvＶ](?![A-Za-z])|扣\s?扣|叩叩|球球号|企鹅号)"
)
_PLAIN_CHAT = (
    r"(?:加?微信号?|加QQ|代开发票|刻章办证|办证刻章|QQ群号?|QQ号?|qq群?|WeChat|WhatsApp|Telegram|电话|手机|热线)"
)
_ACCOUNT = r"(?P<id>[A-Za-z0-9][A-Za-z0-9_-]{4,19}|\+?[1-9]\d(?:[ -]?\d){3,12})(?![A-Za-z0-9@.])"
_CHAT = re.compile(
    rf"(?:(?P<disguised>{_DISGUISED_CHAT})|(?P<plain>{_PLAIN_CHAT}))[号群]?\s?(?:[:：是为]\s?)?{_ACCOUNT}"
)
_MAY_HOLD = re.compile(
    "[.．。点·•\\])}信扣叩号话机线票章加➕+＋QqWT\u200b-\u200e\u2060\ufeff\xadＡ-Ｚａ-ｚ](?:"
    rf"(?<=[.．])(?i:{_ENDINGS})(?![A-Za-z])"
    r"|(?<=[.。点·•\])}]) ?(?:c ?[cno]|n ?e ?t|o ?r ?g|t ?o ?p|x ?y ?z|v ?i ?p|i ?n ?f|b ?i ?z)(?: ?m)?(?![a-z])"
    r"|(?<=[信扣叩号话机线票章])[号群]?\s?[:：是为]?\s?[A-Za-z0-9+]|(?<=[Qq])[Qq群][群号:： ]{0,3}\d"
    "|(?<=[加➕+＋])[vVＶｖ]|(?<=[WT])(?:eChat|hatsApp|elegram)|(?<=[\u200b-\u200e\u2060\ufeff\xadＡ-Ｚａ-ｚ]))"
)


class Spelling(StrEnum):
    """What kind of contact was found, as far as its letters tell."""

    ADDRESS = "address"
    ADDRESS_APART = "address spelled apart"
    CHAT = "account or number"
    CHAT_DISGUISED = "chat account under a disguised name"
    OFFER = "words of a link that sells"


@dataclass(frozen=True, slots=True)
class Contact:
    """An address, account or number in a line, between `start` and `end`."""

    start: int
    end: int
    text: str  # in plain letters
    spelling: Spelling
    host: str = ""  # of an address
    has_scheme: bool = False
    has_path: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """A line in plain letters: wide ones made narrow, invisible characters left out."""

    text: str
    places: tuple[int, ...] | None  # where each character stood; None when none was left out

    def place(self, index: int) -> int:
        """Where the character at `index` stood in the line as written."""
        if self.places is None:
            return index
        return self.places[index] if index < len(self.places) else self.places[-1] + 1 if self.places else 0


def fold(line: str) -> Folded:
    """`line` in plain letters, punctuation kept as written."""
    if line.isascii():
        return Folded(line, None)
    wide = line.translate(_WIDE_LETTERS) if _WIDE_LETTER.search(line) else line
    if _UNSEEN.isdisjoint(wide):
        return Folded(wide, None)
    places = tuple(index for index, char in enumerate(wide) if char not in _UNSEEN)
    return Folded("".join(wide[index] for index in places), places)


def may_hold_contact(line: str) -> bool:
    """Whether a line is worth a closer look."""
    return _MAY_HOLD.search(line) is not None


def contacts(line: str, offers: tuple[str, ...] = ()) -> Iterator[Contact]:
    """The addresses and accounts in a folded line, and the `offers` known to be links that sell, in its order."""
    found = [*_addresses(line), *_accounts(line)]
    starts = ((offer, line.find(offer)) for offer in offers)
    found += [Contact(start, start + len(offer), offer, Spelling.OFFER) for offer, start in starts if start >= 0]
    found.sort(key=lambda contact: (contact.start, -contact.end))
    end = 0
    for contact in found:
        if contact.start >= end:
            yield contact
            end = contact.end


def _addresses(line: str) -> Iterator[Contact]:
    for match in _ADDRESS.finditer(line):
        host, path = match["host"].lower(), len(match["path"]) > 1
        yield Contact(*match.span(), match[0].replace("：", ":"), Spelling.ADDRESS, host, bool(match["scheme"]), path)
    for match in _APART.finditer(line):
        plain = re.sub(r"[\[({](?:dot|\.)[\])}]|[。点·•]", ".", match[0], flags=re.IGNORECASE).replace(" ", "")
        if plain != match[0]:
            yield Contact(*match.span(), plain, Spelling.ADDRESS_APART, plain.lower())


def _accounts(line: str) -> Iterator[Contact]:
    for match in _CHAT.finditer(line):
        if match["disguised"] or match[0][0] == "加" or any(char.isdigit() for char in match["id"]):
            yield Contact(*match.span(), match[0], Spelling.CHAT_DISGUISED if match["disguised"] else Spelling.CHAT)
