"""What a byline's words name: a person, an organisation, a pen name, or nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pipelines.han_names import NOT_IN_A_HAN_NAME, is_cjk, is_cjk_name, without_role
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


# What stands before a name. The nouns only with their preposition: "Ludwig von Mises" is a name.
_KINDS_OF_TEXT = (
    r"written|reported|posted|published|edited|compiled|reviewed|created|words|text|texte|testo|texto|story|interview|"
    r"article|artikel|report|reportage|analysis|analyse|kommentar|comment|essay|kolumne|column|beitrag|gastbeitrag|"
    r"rezept|recipe|bericht|opinion|erstellt|verfasst|veröffentlicht|geschrieben|publiziert|publié|écrit|propos\s+"
    r"recueillis|escrito|publicado|scritto|pubblicato|geschreven|skrevet|skriven"
)
_BY = r"by|von|vom|par|por|di|da|de|door|av|af|od|ni"
_AUTHOR = (
    r"authors?|autor(?:en|in|innen|es|a)?|autor:in|autore|autrice|auteurs?|auteure|author\(s\)|text|texte|testo|texto|"
    r"words|interview|автор|текст|bericht|redaktion|reporter|foto|penulis|yazar"
)
LEADING = re.compile(
    rf"^(?:(?:an?|eine?|un[ae]?)\s+)?(?:(?:{_KINDS_OF_TEXT})\s+)?(?:(?:und|and)\s+interview\s+)?(?:{_BY})\s*[:：]?\s+"
    rf"|^(?:the\s+|der\s+|die\s+|über\s+d(?:en|ie)\s+)?(?:{_AUTHOR})(?:\s+(?:{_BY}|und\s+interview))?(?:\s*[:：|]\s*|\s+)"
    r"|^(?:作者|记者|撰文|撰稿|文|作\s+者|本报记者|記者|取材・文|著者|글)\s*[:：/／丨|●]?\s*",
    re.IGNORECASE,
)
LABEL_ONLY = re.compile(
    rf"^(?:(?:an?|eine?|un[ae]?)\s+)?(?:(?:{_KINDS_OF_TEXT})\s+)?(?:{_BY})\s*[:：]?$"
    rf"|^(?:about\s+|the\s+|der\s+|die\s+|über\s+d(?:en|ie)\s+)*(?:{_AUTHOR})\s*[:：]?$"
    r"|^(?:作者|记者|撰文|記者|文)\s*[:：]?$",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;，；、|·•●\n]|\s(?:and|und|et|y|e|og|och|en|и|&|with|mit|avec|con|im gespräch mit|in conversation "
    r"with)\s)\s*",
    re.IGNORECASE,
)
_SLASH = re.compile(r"\s*[/／]\s*")
_SIGNATURE = re.compile(r"^\s*[a-zäöü]{2,5}(?:/[a-zäöü]{2,5}){1,3}\s*$")
_MONTH = (
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|ene|abr|ago|dic|févr?|avr|juil|déc|gen|mag"
    r"|giu|lug|set|ott)[a-zäéû]{0,8}\.?"
)
_DATE = re.compile(
    rf"(?:\b(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]{{0,6}}\.?,\s*)?(?:\b(?:le|am|on|vom)\s+)?"
    rf"(?:\b\d{{1,2}}\.?(?:st|nd|rd|th)?\s+(?:de\s+)?{_MONTH}(?!\w)|\b{_MONTH}\s+\d{{1,4}}\b|\d{{1,4}}[-./]\d{{1,2}}[-./]\d{{1,4}}"
    r"|\d{1,2}:\d\d(?:\s?[ap]\.?m\b\.?)?)",
    re.IGNORECASE,
)
_LATE_LABEL = re.compile(r"\s(?:by|von|par|por)\s+(?=[^\W\d_])", re.IGNORECASE)
_TRAILING = re.compile(
    r"\s*(?:\(.*|（.*|\[.*|\s[–—-]\s.*|\s(?:for|in|at|from|aus|für|pour|à|is|ist|was|im)\s.*|@.*|\s\d{1,2}[.:/ ].*)$",
    re.IGNORECASE | re.DOTALL,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,64}\.\w{2,12}")
_NOT_A_BYLINE = re.compile(
    r"https?:|www\.|photo(?:graph|graphed|graphy|graphie)?s?\b|fotos?\b|images?\b|pictures?\b", re.IGNORECASE
)
_OTHER_WORK = re.compile(
    r"\s(?:illustration(?:en|s)?|fotos?|photos?|photograph(?:y|ie|s)|bild(?:er)?|kamera|übersetzung|translation|"
    r"translated|edited|editing|infografik|grafik|graphics?|ilustración|illustrazioni?)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_EDGES = " .:：-–—•|\"'“”()（）[]【】*●"
_NOBODY = re.compile(
    r"https?:|www\.|@|\[at\]|[<>{}=#%*?!…→»]|(?:^|\s)\d+(?:$|\s)|\d{5}"
    r"|\b(?:by|author|authors|autor|updated|published|posted|edited|translated|follow|folgen|twitter|facebook|email|"
    r"e-mail|subscribe|share|read|ago|says|sagt|schreibt|said|views?|comments?|photo|photos|image|images|foto|fotos|"
    r"video|getty|uhr|am|pm|est|edt|gmt|link|copied|name|profil|profile|posts|mehr|more|alle|all|bearbeiten|themen|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|"
    r"september|october|november|december|uncategorized|unbenannt|anonymous|unknown|null|none|undefined|"
    r"freie|freier|war|sponsored|publisher|click|here|hier|zur|zum|about|über|copyright|gmbh|inc|ltd|llc|corp|kg|co)\b"
    r"|(?:^|[\W_])(?:admin|administrator|webmaster|guest|root|user|editor)(?:$|[\W_])",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"[\s,]+(?:(?:chef|senior|staff|lifestyle|contributing|managing|political|chief|deputy|associate|freelance|"
    r"special|guest)[\s-]?)*(?:reporter(?:in)?|redakteur(?:in)?|editor|writer|correspondent|korrespondent(?:in)?|"
    r"journalist(?:in|e)?|columnist|producer|volontär(?:in)?|chefredakteur(?:in)?|redactor|gastautor(?:in)?|"
    r"nachrichtenagentur)$",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:staff|editors|editorial|newsroom|desk|team|redaktion|redaktør|rédaction|redacción|redazione|redactie|"
    r"agency|agencies|agencia|agentur|nachrichtenagentur|contributors|news|online|"
    r"nachrichten|zeitung|tageblatt|anzeiger|magazine?|times|verlag|publishers?|publishing|media|medien|university|universität|institute?|"
    r"center|centre|committee|services|store|shop|press|presse|network|security|bureau|reporters|correspondents|"
    r"journalists?|reporter|writer|columnist|director|photographer|correspondent|group|foundation|association|"
    r"government|council|ministry|department|club|bund|verein|verband|blog|tv|radio|fm)\b|-redaktion\b|"
    r"(?:redaktion|zeitung|verlag|blatt|magazin)$|編集部|编辑部|新闻|报社|[日晚时]报$|新聞|オンライン|政府|出版社|通信$|日報$|日보$|일보$|신문$|뉴스$",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"^(?:the\s+|agencia\s+|agenzia\s+|agence\s+)?(?:reuters|associated press|ap|afp|agence france[- ]presse|"
    r"france[- ]presse|dpa(?:[-/ ]\w+)*|deutsche presse[- ]agentur|bloomberg|upi|efe|ansa|"
    r"apa|sda|tass|ria novosti|xinhua|pti|ians|ani|tnn|kyodo(?: news)?|jiji|yonhap|canadian press|press association|"
    r"pa media|europa press|epd|kna|sid|ritzau|ntb|tt|belga|anp|lusa|interfax|тасс|риа новости|интерфакс|"
    r"新华社|新华网|中新社|中国新闻网|中新网|央视新闻|人民网|人民日报|环球时报|共同社|共同通信|時事通信|연합뉴스)$",
    re.IGNORECASE,
)
_PARTICLE = re.compile(
    r"^(?:von|van|vom|zu|zur|de|del|della|dela|der|den|di|da|das|do|dos|du|la|le|el|al|bin|ibn|ben|bint|ter|ten|af|"
    r"och|e|y|i|st\.?|[’']t|abu)$"
)
_VIETNAMESE_FAMILY = frozenset(
    {"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"}
    | {"Lý", "Đinh", "Đoàn", "Trịnh", "Trương", "Lưu", "Mai", "Đào", "Cao", "Hà", "Tạ"}
)
_WORD = re.compile(r"^[^\W\d_]['’.\-‘]?(?:[^\W\d_]|['’.\-‘])*$")
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
    if len(text) > MAX_BYLINE_CHARS or _NOT_A_BYLINE.match(text):
        return []
    text = _EMAIL.sub(" | ", text) if "@" in text else text
    for piece in _DATE.split(text):  # what stands behind the date is something else
        if found := _names_in(piece.strip(), house, stated):
            return found
    late = _LATE_LABEL.split(text, maxsplit=1)
    return _names_in(late[1], house, stated) if len(late) == 2 else []


def _names_in(text: str, house: House, stated: bool) -> list[Named]:
    text = LEADING.sub("", _OTHER_WORK.sub("", text))
    parts = [_cleaned(part) for piece in _SPLIT.split(text) for part in _at_slashes(piece)]
    if len(parts) == 2 and all(_one_word(part) for part in parts) and "," in text:
        parts = [f"{parts[1]} {parts[0]}"]  # Roe, Jane
    found = [Named(part, kind) for part in parts if (kind := kind_of(part, house, stated=stated))]
    certain = [named for named in found if named.kind is not Kind.PEN_NAME]
    return certain if any(named.kind is Kind.PERSON for named in certain) else found


def _at_slashes(part: str) -> list[str]:
    """The pieces between slashes; initials joined by one (dpa/lnw) are one signature."""
    return [part] if _SIGNATURE.match(part) else _SLASH.split(part)


def kind_of(name: str, house: House, *, stated: bool = False) -> Kind | None:
    """Whom one name names; None when it is no name."""
    if not 2 <= len(name) <= 60 or not any(char.isalpha() for char in name):
        return None
    if _AGENCY.match(name) or house.is_named(name):
        return Kind.ORGANISATION
    if _SIGNATURE.match(name):
        return Kind.PEN_NAME
    if _NOBODY.search(name):
        return None
    if is_cjk(name):
        if _ORGANISATION.search(name) or NOT_IN_A_HAN_NAME.search(name):
            return Kind.ORGANISATION if _ORGANISATION.search(name) else None
        return Kind.PERSON if is_cjk_name(name) else Kind.ORGANISATION
    if _ORGANISATION.search(name):
        return Kind.ORGANISATION
    words = name.split()
    if len(words) == 1:
        if name.isalpha() and name.isascii() and name.isupper() and 3 <= len(name) <= 6:
            return Kind.ORGANISATION
        return Kind.PEN_NAME if _WORD.match(name) or (name.isalnum() and not name.isdigit()) else None
    return Kind.PERSON if _looks_like_a_person(words, stated) else None


def vietnamese_name(line: str) -> str | None:
    """The name in a line that is nothing else; Vietnamese papers sign below the last paragraph."""
    words = line.split()
    is_name = 2 <= len(words) <= 5 and words[0] in _VIETNAMESE_FAMILY and _looks_like_a_person(words, stated=False)
    return line if is_name and not line.isascii() else None


def agency_in(text: str) -> str | None:
    """The agency a byline names instead of a person."""
    pieces = _SPLIT.split(LEADING.sub("", one_line(text)[:MAX_BYLINE_CHARS]))
    for part in (part for piece in pieces for part in (piece, *_SLASH.split(piece))):
        if _AGENCY.match(part.strip(" .()")):
            return part.strip(" .()")
    return None


def _cleaned(part: str) -> str:
    part = LEADING.sub("", part.strip(_EDGES.replace("(", "").replace(")", "")))
    part = without_role(_TRAILING.sub("", part).strip(_EDGES))
    return _ROLE.sub("", part)


def _one_word(part: str) -> bool:
    return bool(part) and part[0].isupper() and not part.isupper() and _WORD.match(part) is not None


def _looks_like_a_person(words: list[str], stated: bool) -> bool:
    """Two to six words, capitalised or particles; where a name is stated, two words in small letters too."""
    words = [bare for word in words if (bare := word.strip("\"“”„'‘’"))]
    if not 2 <= len(words) <= 6 or not all(_WORD.match(word) for word in words):
        return False
    if stated and len(words) == 2:
        return True
    large = [word for word in words if not word[0].islower()]
    return len(large) >= 2 and all(_PARTICLE.match(word) for word in words if word[0].islower())
