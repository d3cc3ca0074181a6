from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode import decode_body, decode_page, prescan, sniff_charset
from pipelines.encodings import encoding_for_label

CHINESE = "市政府今天上午举行新闻发布会，介绍了今年以来全市经济发展的情况，并回答了记者的提问。"
TRADITIONAL = "市政府今天上午舉行記者會，說明今年以來全市經濟發展的情況，並回答了媒體的問題。"
JAPANESE = "市は今日の午前、記者会見を開き、今年の経済の状況について説明した。市長は質問にも答えた。"
KOREAN = "시는 오늘 오전 기자회견을 열고 올해 경제 상황에 대해 설명했다. 시장은 질문에도 답했다."
RUSSIAN = "Мэрия сегодня утром провела пресс-конференцию, на которой рассказали об итогах года и ответили на вопросы."
FRENCH = "La mairie a présenté ce matin les résultats de l'année écoulée, et répondu aux élèves étonnés : « déjà ? »"


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}<title>{text[:12]}</title></head><body><p>{text}</p><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (CHINESE, "gb18030", "gb18030"),
        (TRADITIONAL, "big5hkscs", "big5"),
        (JAPANESE, "cp932", "shift_jis"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (KOREAN, "cp949", "euc-kr"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (FRENCH, "cp1252", "windows-1252"),
        (CHINESE, "utf-8", "utf-8"),
    ],
)
def test_undeclared_bytes_are_read_by_what_they_look_like(text: str, codec: str, label: str) -> None:
    body = page(text).encode(codec)
    assert sniff_charset(body, "text/html") == label
    assert text in decode_body(body, None)


def test_valid_utf8_beats_a_declaration() -> None:
    body = page(CHINESE, '<meta charset="gb2312">').encode()
    assert sniff_charset(body, "text/html; charset=gbk") == "utf-8"
    assert CHINESE in decode_body(body, "text/html; charset=gbk")


def test_gb2312_is_read_as_its_superset() -> None:
    body = page("朱镕基与陶喆谈論" + CHINESE, '<meta charset="gb2312">').encode("gb18030")
    assert "朱镕基与陶喆谈論" in decode_body(body, None)


def test_a_latin1_header_does_not_hide_gbk() -> None:
    assert CHINESE in decode_body(page(CHINESE).encode("gb18030"), "text/html; charset=ISO-8859-1")


def test_the_transport_label_beats_the_meta_element() -> None:
    body = b'<meta charset="iso-8859-2"><p>plain</p>'
    assert sniff_charset(body, "text/html; charset=windows-1251") == "windows-1251"


def test_a_byte_order_mark_beats_everything_and_is_dropped() -> None:
    assert decode_body(b"\xff\xfe" + "né".encode("utf-16-le"), "text/html; charset=koi8-r") == "né"
    assert decode_body(b"\xef\xbb\xbfabc", None) == "abc"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<meta charset=iso8859-2>", "iso-8859-2"),
        (b"<!-- <meta charset=koi8-r> --><meta charset='big5'>", "big5"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=sjis">', "shift_jis"),
        (b'<meta content="text/html; charset=sjis">', None),
        (b'<p title="<meta charset=koi8-r>"></p>', None),
        (b"<meta charset=utf-16le>", "utf-8"),
        (b"<metacharset=koi8-r>", None),
    ],
)
def test_the_meta_element_is_found_as_the_standard_says(head: bytes, expected: str | None) -> None:
    assert prescan(head) == expected


def test_an_error_is_one_replacement_character_and_leaves_the_tag_alone() -> None:
    assert decode_body(b"\x81<p>", "text/html; charset=gbk") == "\ufffd<p>"
    assert decode_body(b"\xff<p>", "text/html; charset=euc-kr") == "\ufffd<p>"


def test_bytes_without_a_meaning_in_windows_1252_are_controls() -> None:
    assert decode_body(b"a\x81", "text/plain; charset=latin1") == "a\x81"


def test_labels_are_those_of_the_standard() -> None:
    assert encoding_for_label(" GB2312 ") == "gbk"
    assert encoding_for_label("latin1") == "windows-1252"
    assert encoding_for_label("utf-7") is None


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "text/html; charset=gbk", "text/html; charset=utf-16", "x;charset="]),
)
def test_no_bytes_make_decoding_fail(body: bytes, content_type: str | None) -> None:
    decode_body(body, content_type).encode("utf-8", "surrogatepass")


def test_utf8_is_handed_on_as_it_came() -> None:
    body = "<p>Zürich 东京 😀</p>".encode()
    text, utf8 = decode_page(body, "text/html; charset=gbk")
    assert text == body.decode()
    assert utf8 is body


@pytest.mark.parametrize(
    "body",
    ["<p>Zürich 东京</p>".encode("gb18030"), "<p>Zürich 东京".encode()[:-1], "\ufeff<p>Zürich".encode(), b"<p>plain"],
)
def test_bytes_that_are_not_the_text_are_not_handed_on(body: bytes) -> None:
    text, utf8 = decode_page(body, None)
    assert text == decode_body(body, None)
    assert utf8 is None
