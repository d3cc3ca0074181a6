"""The WHATWG Encoding Standard's names for encodings, and decoders that read them as it says.

https://encoding.spec.whatwg.org/: its label table (section 4.2) and the places where Python's codecs differ from it.
"""

from __future__ import annotations

import codecs
import re

_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "ibm866": "866 cp866 csibm866 ibm866",
    "iso-8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso-8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso-8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso-8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso-8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
    "iso_8859-7 iso_8859-7:1987 sun_eu_greek",
    "iso-8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
    "iso_8859-8 iso_8859-8:1988 visual",
    "iso-8859-8-i": "csiso88598i iso-8859-8-i logical",
    "iso-8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso-8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso-8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso-8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso-8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "macintosh": "csmacintosh mac macintosh x-mac-roman",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "windows-1250": "cp1250 windows-1250 x-cp1250",
    "windows-1251": "cp1251 windows-1251 x-cp1251",
    "windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    "windows-1253": "cp1253 windows-1253 x-cp1253",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 "
    "latin5 windows-1254 x-cp1254",
    "windows-1255": "cp1255 windows-1255 x-cp1255",
    "windows-1256": "cp1256 windows-1256 x-cp1256",
    "windows-1257": "cp1257 windows-1257 x-cp1257",
    "windows-1258": "cp1258 windows-1258 x-cp1258",
    "x-mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gbk": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
    "gb18030": "gb18030",
    "big5": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso-2022-jp": "csiso2022jp iso-2022-jp",
    "shift_jis": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "euc-kr": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "replacement": "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
    "utf-16be": "unicodefffe utf-16be",
    "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "x-user-defined": "x-user-defined",
}
_BY_LABEL = {label: name for name, labels in _LABELS.items() for label in labels.split()}

# Where Python spells the codec otherwise, or where the web's reading of a name is wider than the name.
_CODECS = {
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc-jp": "euc_jp",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "ibm866": "cp866",
    "replacement": "ascii",
    "x-user-defined": "iso-8859-1",
}
_PRIVATE_USE = re.compile("[\ue5e5-\ue864]")
_DOUBLE_BYTE = frozenset({"gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"})

# Python's gb18030 follows the 2000 edition for these; the web reads the 2005/2022 one.
_GB18030_FIXES = {
    0xE5E5: 0x3000,
    0xE78D: 0xFE10,
    0xE78E: 0xFE12,
    0xE78F: 0xFE11,
    0xE790: 0xFE13,
    0xE791: 0xFE14,
    0xE792: 0xFE15,
    0xE793: 0xFE16,
    0xE794: 0xFE17,
    0xE795: 0xFE18,
    0xE796: 0xFE19,
    0xE7C7: 0x1E3F,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
}
# Likewise big5hkscs: the web's index has the ETEN radicals and control pictures, and full-width forms of two signs.
_BIG5_FIXES = {0x223C: 0xFF5E, 0xA3: 0xFFE1}
_BIG5_ADDED = {
    **{0xA3C0 + n: chr(0x2400 + n) for n in range(32)},
    0xA3E0: "\u2421",
    **{0xC6CF: "廴", 0xC6D3: "无", 0xC6D5: "癶", 0xC6D7: "隶", 0xC6DE: "〃", 0xC6DF: "仝"},
}


def encoding_for_label(label: str | None) -> str | None:
    """The standard's lower-case name for an encoding label, None when it knows no such label."""
    return _BY_LABEL.get(label.strip("\t\n\f\r ").lower()) if label else None


def decode_as(body: bytes, encoding: str) -> str:
    """`body` read in `encoding` (a name `encoding_for_label` gave); one U+FFFD an error, never raises."""
    codec = _CODECS.get(encoding, encoding)
    text = body.decode(codec, _error_handler(encoding))
    if codec == "gb18030" and _PRIVATE_USE.search(text):
        return text.translate(_GB18030_FIXES)
    return text.translate(_BIG5_FIXES) if encoding == "big5" else text


def decodes_cleanly(body: bytes, encoding: str) -> bool:
    """Whether every byte of `body` has a meaning in `encoding`."""
    try:
        body.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError:
        return False
    return True


def _error_handler(encoding: str) -> str:
    if encoding.startswith(("utf-", "iso-2022")):
        return "replace"
    if encoding == "big5":
        return "copydesk_big5"
    return "copydesk_double_byte" if encoding in _DOUBLE_BYTE else "copydesk_single_byte"


def _big5_error(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        pair = int.from_bytes(error.object[error.start : error.start + 2], "big")
        if pair in _BIG5_ADDED:
            return _BIG5_ADDED[pair], error.start + 2
    return _double_byte_error(error)


def _double_byte_error(error: UnicodeError) -> tuple[str, int]:
    """One U+FFFD for a lead byte with a bad trail; an ASCII trail is not swallowed (it may open a tag)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    trail = error.object[error.start + 1 : error.start + 2]
    lead = error.object[error.start]
    pair = 0x81 <= lead <= 0xFE and trail and trail[0] >= 0x80
    return "\ufffd", error.start + (2 if pair else 1)


def _single_byte_error(error: UnicodeError) -> tuple[str, int]:
    """Bytes 80-9F without a meaning are C1 controls on the web; anything else is an error."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start]
    return (chr(byte) if 0x80 <= byte <= 0x9F else "\ufffd"), error.start + 1


codecs.register_error("copydesk_big5", _big5_error)
codecs.register_error("copydesk_double_byte", _double_byte_error)
codecs.register_error("copydesk_single_byte", _single_byte_error)
