"""References: what is written is read back by a reader of the format, whatever the page said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.errors import UsageError
from newsroom.records import Article, Capture, Moment, Precision, WarcAddress
from storage.articles import StoredArticle
from storage.citations import Citation, bibtex, cited, csl, plain, pwid, ris
from storage.database import Database
from tests.command_kit import Say
from tests.export_kit import caller

NOW = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
URL = "https://paper.example/a"


def stored(article: Article, number: int = 2, count: int = 2) -> StoredArticle:
    return StoredArticle(17, "the_paper", URL, None, 5, number, count, 3, NOW, NOW, NOW, None, article)


def article(**fields: object) -> Article:
    said = Article(URL, URL, "50% of {all} trees & more", "Text.", byline=("Ann Lee", "王小明"), language="en")
    return replace(said, **{"published": Moment(NOW, Precision.DAY), **fields})  # type: ignore[arg-type]


def capture(url: str = URL + "?a=1#x") -> Capture:
    return Capture(url, NOW, 200, "text/html", "sha256:0", 1, WarcAddress("f", 0, 1, "<urn:uuid:1>"), id=3)


def citation(number: int = 2, **fields: object) -> Citation:
    return cited(stored(article(**fields), number), "The Paper", capture(), "archive.example")


# --- readers --------------------------------------------------------------------------------------------------------


def read_bibtex(text: str) -> list[dict[str, str]]:
    """Entries as BibTeX reads them: a value ends where its braces balance, backslash or not."""
    entries = []
    for head in re.finditer(r"^@online\{([^\s,{}\"#%'()=\\~]+),\n", text, re.MULTILINE):
        fields, at = {"key": head[1]}, head.end()
        while not text.startswith("}\n", at):
            name = re.compile(r"  ([a-z]+) = \{").match(text, at)
            assert name, text[at:]
            depth, end = 1, name.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            assert text[end : end + 2] == ",\n"
            fields[name[1]] = text[name.end() : end - 1]
            at = end + 2
        entries.append(fields)
    return entries


def plain_text(latex: str) -> str:
    """LaTeX back to what it prints."""
    for command, char in (("textbraceleft", "{"), ("textbraceright", "}"), ("textasciitilde", "~")):
        latex = latex.replace(f"\\{command}{{}}", f"\0{ord(char)}\0")
    latex = latex.replace("\\textasciicircum{}", "\00094\0").replace("\\textbackslash{}", "\00092\0")
    assert not re.search(r"(?<!\\)[&%$#_~^]", latex)
    latex = re.sub(r"\\([&%$#_])", r"\1", latex).replace("{", "").replace("}", "")
    return re.sub(r"\0(\d+)\0", lambda code: chr(int(code[1])), latex)


def read_ris(text: str) -> list[list[tuple[str, str]]]:
    """References as RIS has them; every line is a tag with a value."""
    found: list[list[tuple[str, str]]] = [[]]
    for line in text.split("\r\n"):
        if not line:
            continue
        tag = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert tag, line
        found[-1].append((tag[1], tag[2]))
        if tag[1] == "ER":
            found.append([])
    assert not found.pop()
    return found


# --- formats --------------------------------------------------------------------------------------------------------


def test_a_reference_in_each_format_says_who_what_where_and_when() -> None:
    one = citation()
    (entry,) = read_bibtex(bibtex(one))
    assert entry == {
        "key": "the-paper-2026-17",
        "title": r"{50\% of \textbraceleft{}all\textbraceright{} trees \& more}",
        "author": "Ann Lee and {王小明}",
        "organization": "The Paper",
        "date": "2026-03-01",
        "year": "2026",
        "url": URL,
        "urldate": "2026-03-01",
        "language": "en",
        "note": "revision 2 of 2, captured 2026-03-01T12:00:07Z, archive.example",
    }
    assert read_ris(ris(one)) == [
        [("TY", "NEWS"), ("ID", "the-paper-2026-17"), ("TI", "50% of {all} trees & more"), ("AU", "Ann Lee"),
         ("AU", "王小明"), ("T2", "The Paper"), ("PY", "2026"), ("DA", "2026/03/01/"), ("UR", URL), ("LA", "en"),
         ("Y2", "2026/03/01/12:00:07Z"), ("DB", "archive.example"),
         ("N1", "revision 2 of 2, captured 2026-03-01T12:00:07Z"), ("ER", "")]
    ]  # fmt: skip
    item = csl(one)
    assert item["author"] == [{"literal": "Ann Lee"}, {"literal": "王小明"}] and item["version"] == "2"
    assert item["issued"] == item["accessed"] == {"date-parts": [[2026, 3, 1]]}
    assert (item["type"], item["archive_location"]) == ("article-newspaper", pwid(one))
    assert plain(one) == (
        "Ann Lee, 王小明: 50% of {all} trees & more. The Paper, 2026-03-01. https://paper.example/a "
        "(revision 2 of 2, captured 2026-03-01T12:00:07Z; archive.example)"
    )


def test_a_pwid_names_archive_time_and_the_address_that_was_captured() -> None:
    urn = pwid(citation())
    assert urn == "urn:pwid:archive.example:2026-03-01T12:00:07Z:part:https://paper.example/a%3Fa=1%23x"
    odd = cited(stored(article()), "x", capture("https://x.example/%E5[1]?q=é"), None)
    assert pwid(odd).startswith("urn:pwid:localhost:")
    assert unquote(pwid(odd).partition(":part:")[2]) == "https://x.example/%E5[1]?q=é"
    assert re.fullmatch(r"urn:pwid:[A-Za-z0-9._~:@!$&'()*+,;=/%-]+", pwid(odd))
    with pytest.raises(UsageError, match="was not captured"):
        pwid(cited(stored(article()), "x"))


@pytest.mark.parametrize(
    ("published", "day", "slashed", "parts"),
    [
        (Moment(NOW, Precision.YEAR), "2026", "2026///", [2026]),
        (Moment(NOW, Precision.MONTH), "2026-03", "2026/03//", [2026, 3]),
        (Moment(NOW.replace(hour=20), Precision.SECOND, "+08:00"), "2026-03-02", "2026/03/02/", [2026, 3, 2]),
    ],
)
def test_a_date_is_as_exact_as_it_is_known_and_in_the_zone_of_the_page(
    published: Moment, day: str, slashed: str, parts: list[int]
) -> None:
    one = citation(published=published)
    assert read_bibtex(bibtex(one))[0]["date"] == day
    assert dict(read_ris(ris(one))[0])["DA"] == slashed
    assert csl(one)["issued"] == {"date-parts": [parts]}


def test_an_article_without_a_date_or_names_has_none_in_its_reference() -> None:
    one = citation(published=None, byline=())
    assert one.key == "the-paper-undated-17"
    assert not {"date", "year", "author"} & set(read_bibtex(bibtex(one))[0])
    assert not {"DA", "PY", "AU"} & {tag for tag, _ in read_ris(ris(one))[0]}
    assert not {"issued", "author"} & set(csl(one))


@pytest.mark.parametrize("title", ["", " \u200b\n"])
def test_an_article_without_a_headline_says_so_in_every_format(title: str) -> None:
    one = citation(title=title)
    said = [plain_text(read_bibtex(bibtex(one))[0]["title"]), dict(read_ris(ris(one))[0])["TI"], csl(one)["title"]]
    assert set(said) == {"(no headline)"} and "(no headline). " in plain(one)


def test_an_earlier_text_has_a_key_of_its_own() -> None:
    assert citation(1).key == "the-paper-2026-17-r1"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ann Maria Lee", "Ann Maria Lee"),
        ("Lee, Ann", "{Lee, Ann}"),
        ("Simon and Garfunkel", "{Simon and Garfunkel}"),
        ("Harbour News Agency Desk", "{Harbour News Agency Desk}"),
        ("Émile Zola", "Émile Zola"),
        ("R{eu}ters", r"{R\textbraceleft{}eu\textbraceright{}ters}"),
    ],
)
def test_a_name_is_taken_apart_only_where_it_is_sure_to_be_one_persons(name: str, written: str) -> None:
    assert read_bibtex(bibtex(citation(byline=(name,))))[0]["author"] == written


@given(st.text(max_size=60), st.text(alphabet="\\{}%&$#_~^\r\n\u2028 a", max_size=30))
def test_no_headline_and_no_name_breaks_out_of_its_field(title: str, name: str) -> None:
    one = citation(title=title, byline=(name, "Bo Wu"), site_name=name)
    (entry,) = read_bibtex(bibtex(one) + "\n")
    assert plain_text(entry.get("title", "")) == one.title
    assert plain_text(entry["author"]).split(" and ")[-1] == "Bo Wu"
    (reference,) = read_ris(ris(one))
    assert dict(reference)["TI"] == one.title and [tag for tag, _ in reference].count("TY") == 1
    assert json.loads(json.dumps(csl(one)))["note"] == one.note
    assert len(plain(one).splitlines()) == 1


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def say(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    with database.writing() as corpus:
        corpus.portals.put("paper", name="The Paper", home=None, definition={}, now=NOW)
        first, second = (replace(article(), text=text) for text in ("First.", "Second."))
        other = replace(article(), url=URL + "b", canonical_url=URL + "b")
        for said, at in ((first, NOW), (other, NOW), (second, NOW + timedelta(days=2))):
            seen = replace(capture(URL), fetched_utc=at, address=WarcAddress("f", at.day, 1, f"<urn:uuid:{at.day}>"))
            kept = None if said is other else corpus.captures.put(seen, at)
            corpus.articles.store("paper", said, at, capture_id=kept)
    yield caller(database, tmp_path, monkeypatch, capsys)


def test_articles_are_cited_by_id_and_address_in_every_format(say: Say) -> None:
    assert [each["key"] for each in read_bibtex(say("cite", "1", URL + "b", "--format", "bibtex")[1])] == [
        "paper-2026-1", "paper-2026-2"
    ]  # fmt: skip
    assert len(read_ris(say("cite", "1", "2", "--format", "ris")[1])) == 2
    assert [each["id"] for each in json.loads(say("cite", "2", "--format", "csl")[1])] == ["paper-2026-2"]
    assert "(revision 1 of 1, imported 2026-03-01T12:00:07Z)" in say("cite", "2")[1]
    assert say("cite", "9")[0] == 2


def test_a_text_is_cited_with_the_time_of_its_own_capture(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, said = say("cite", "1", "--format", "pwid")
    assert (code, out) == (0, f"urn:pwid:localhost:2026-03-03T12:00:07Z:part:{URL}\n") and "copydesk.toml" in said
    monkeypatch.setenv("COPYDESK_ARCHIVE", "archive.example")
    code, out, said = say("cite", "1", "--format", "pwid", "--revision", "1")
    assert (out, said) == (f"urn:pwid:archive.example:2026-03-01T12:00:07Z:part:{URL}\n", "")
    code, _, said = say("cite", "1", "--revision", "3")
    assert code == 2 and "article 1: no revision 3; it has 2 revisions: see copydesk history 1" in said
    assert say("cite", "1", "2", "--revision", "1")[0] == 2
    monkeypatch.setenv("COPYDESK_ARCHIVE", "my archive")
    code, _, said = say("cite", "1")
    assert code == 2 and "COPYDESK_ARCHIVE" in said


@pytest.mark.parametrize(("form", "read"), [("bibtex", read_bibtex), ("ris", read_ris)])
def test_an_export_of_references_is_that_of_each_article(say: Say, form: str, read: object) -> None:
    whole = say("export", "--format", form)[1]
    assert whole == say("cite", "1", "2", "--format", form)[1]
    assert len(read(whole)) == 2  # type: ignore[operator]
    assert say("export", "--format", form, "--output", "x", "--manifest", "m.json")[0] == 0
    assert (
        Path("x").read_bytes().decode("utf-8") == whole.replace("\r\n", "\r\n")
        and say("export", "--check", "m.json")[0] == 0
    )
