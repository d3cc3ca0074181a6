"""Which language a text is in: scripts that give it away at once, langdetect for the rest. Same answer every time."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram

from newsroom.records import Declined, Provenance
from pipelines.chinese_variant import chinese_variant
from pipelines.clues import Clues
from pipelines.ngrams import Profiles, likeliest

SAMPLE_CHARS = 200  # more tells no language of the news pack better
SHORT_LETTERS = 20  # of the langid pack's texts with fewer, 29 % are told wrong; of those with more, 0.2 %
_LEAST_PROBABLE = 0.1  # what is less, langdetect does not name
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LATIN_LANGUAGES = frozenset(
    "af ca cs cy da de en es et fi fr hr hu id it lt lv nl no pl pt ro sk sl so sq sv sw tl tr vi".split()  # noqa: SIM905
)
# Languages with a profile that share a script other than Latin.
_SHARED_SCRIPTS = (
    (frozenset(("bg", "mk", "ru", "uk")), re.compile("[\u0400-\u04ff]")),
    (frozenset(("ar", "fa", "ur")), re.compile("[\u0600-\u06ff]")),
    (frozenset(("hi", "mr", "ne")), re.compile("[\u0900-\u097f]")),
)
_TOLD_BY_SCRIPT = frozenset({"ja", "ko", "zh-cn", "zh-tw"})
# Scripts with one language of news each, that langdetect has no profile of.
_SCRIPTS = (
    ("ka", "\u10a0", "\u10ff"),
    ("hy", "\u0530", "\u058f"),
    ("am", "\u1200", "\u137f"),
    ("km", "\u1780", "\u17ff"),
    ("my", "\u1000", "\u109f"),
    ("lo", "\u0e80", "\u0eff"),
    ("si", "\u0d80", "\u0dff"),
)
_OWN_SCRIPT = re.compile("[" + "".join(f"{first}-{last}" for _, first, last in _SCRIPTS) + "]")
# Letters that no language with a profile has, how many are asked for, and how many others may stand beside one.
_OWN_LETTERS = (
    ("az", re.compile("[əƏ]"), 2, 40),
    ("is", re.compile("[þÞðÐ]"), 2, 60),
    ("be", re.compile("[ўЎ]"), 1, 200),
    ("kk", re.compile("[әӘғҒқҚұҰ]"), 2, 30),
    ("mn", re.compile("[өӨүҮ]"), 2, 40),
    ("sr", re.compile("[ђЂћЋ]"), 1, 200),
)
_ICELANDIC = re.compile(
    "[áæíúé]", re.IGNORECASE
)  # Turkish read in the wrong charset is full of ð and þ, but not of these
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_SCRIPT = "script"
_BY_LETTERS = 0.9
_BY_DECLARATION = 0.5
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+|www\.\S+")
_SPACE = re.compile(r"\s+")


Statements = tuple[tuple[str, str], ...]  # tags with the places that state them


@dataclass(frozen=True, slots=True)
class Told:
    """The language of a text, how sure that is, and by what it was told."""

    tag: str  # BCP 47; "und" when there are no words to judge by
    confidence: float
    rule: str


_NOTHING = Told("und", 0.0, "no words")
_LOADING = threading.Lock()


def detect_language(text: str, *, prior: str | None = None) -> tuple[str, float]:
    """The BCP 47 tag of the language `text` is written in, and a confidence from 0 to 1.

    ISO 639-1 codes, and zh-Hans or zh-Hant for Chinese. ("und", 0.0) when there are no words to judge by.
    Looks at a bounded sample, and gives the same answer in every run, thread and process. `prior`, a tag that the
    page or its portal declares, is believed only when the text is too short to tell.
    """
    told = tell_language(text, prior)
    return told.tag, told.confidence


def tell_language(text: str, prior: str | None = None) -> Told:
    """As `detect_language`, with the rule."""
    sample = _sample(text)
    letters = len(_LETTER.findall(sample))
    if letters < 2:
        return _NOTHING
    if told := _by_script(sample, letters, prior) or _by_letters(sample, letters):
        return told
    latin = len(_LATIN.findall(sample)) * 2 > letters
    found = _by_ngrams(sample, latin=latin)
    if letters < SHORT_LETTERS and (declared := _fitting(prior, latin, sample)) and declared != found.tag:
        return Told(declared, _BY_DECLARATION, "declared, the text being short")
    return found


def declared_languages(clues: Clues, portal: str | None) -> Statements:
    """What the page and its portal declare, best first, each with its place."""
    meta = clues.first("content-language", "og:locale", "dc.language")
    said = [
        (clues.language, "<html lang>"),
        (meta[0] if meta else None, meta[1] if meta else ""),
        (portal, "portal file"),
    ]
    return tuple((tag.strip(), place) for tag, place in said if tag and _TAG.fullmatch(tag.strip()))


def find_language(text: str, declared: Statements) -> tuple[str | None, float | None, Provenance]:
    """The language of an article, its confidence, and how it was found."""
    told = tell_language(text, declared[0][0] if declared else None)
    base = told.tag.split("-")[0]
    others = tuple(
        Declined(tag, f"{place} says so, the text does not") for tag, place in declared if _base(tag) != base
    )
    place = (
        declared[0][1] if told.rule.startswith("declared") else f"the first {min(len(text), SAMPLE_CHARS)} characters"
    )
    found = Provenance(told.rule, place, others[:5])
    return (None, None, found) if told.tag == "und" else (told.tag, told.confidence, found)


def _sample(text: str) -> str:
    """Words from the head of the text, without addresses: enough to tell, never more than a bounded length."""
    head = _SPACE.sub(" ", _ADDRESS.sub(" ", text[: SAMPLE_CHARS * 4])).strip()
    return head[:SAMPLE_CHARS]


def _by_script(sample: str, letters: int, prior: str | None) -> Told | None:
    """Japanese, Korean and Chinese are told by their characters, and so are languages with letters of their own."""
    han, kana, hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    if hangul * 3 > letters or (hangul > han + kana and hangul * 5 > letters):
        return Told("ko", _share(hangul + han, letters), _SCRIPT)
    if kana * 12 > han + kana and (han + kana) * 3 > letters:
        return Told("ja", _share(han + kana, letters), _SCRIPT)
    if han * 3 > letters:
        return Told(chinese_variant(sample, prior), _share(han, letters), _SCRIPT)
    if (own := _OWN_SCRIPT.findall(sample)) and len(own) * 2 > letters:
        return Told(
            next(tag for tag, first, last in _SCRIPTS if first <= own[0] <= last), _share(len(own), letters), _SCRIPT
        )
    return None


def _by_letters(sample: str, letters: int) -> Told | None:
    """Languages that the n-grams do not know, by letters that none of those have."""
    for tag, own, least, others in _OWN_LETTERS:
        count = len(own.findall(sample))
        if count >= least and count * others >= letters and (tag != "is" or _ICELANDIC.search(sample)):
            return Told(tag, _BY_LETTERS, "letters")
    return None


def _share(count: int, letters: int) -> float:
    return round(min(1.0, 0.5 + count / letters / 2), 4)


def _base(tag: str) -> str:
    return tag.lower().replace("_", "-").split("-")[0]


def _fitting(prior: str | None, latin: bool, sample: str) -> str | None:
    """The declared language, if it is one that the n-grams know and that is written in the script of the sample."""
    base = _base(prior or "")
    if latin:
        return base if base in _LATIN_LANGUAGES else None
    fits = any(base in languages and script.search(sample) for languages, script in _SHARED_SCRIPTS)
    return base if fits else None


def _by_ngrams(sample: str, *, latin: bool) -> Told:
    best = likeliest(NGram.normalize_vi(sample), _profiles(latin))
    if best is None or best[1] <= _LEAST_PROBABLE:
        return _NOTHING
    return Told(best[0], round(best[1], 4), "langdetect")


def _profiles(latin: bool) -> Profiles:
    with _LOADING:
        return _load_profiles(latin)


@cache
def _load_profiles(latin: bool) -> Profiles:
    """The languages written in Latin letters, or those that are not: half the time, half the memory for most."""
    names = sorted(path.name for path in Path(PROFILES_DIRECTORY).iterdir())
    wanted = [name for name in names if (name in _LATIN_LANGUAGES) is latin and name not in _TOLD_BY_SCRIPT]
    factory = DetectorFactory()
    factory.load_json_profile([(Path(PROFILES_DIRECTORY) / name).read_text("utf-8") for name in wanted])
    # As tuples: the collector of garbage looks at every list whenever it looks at all, and here are tens of thousands.
    weights = {gram: tuple(each) for gram, each in factory.word_lang_prob_map.items()}
    return Profiles(tuple(factory.langlist), weights, lru_cache(8192)(NGram.normalize))
