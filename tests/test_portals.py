"""Portal files: what is read, what is refused and where, what is written back."""

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsroom.durations import format_duration, parse_duration
from newsroom.errors import PortalError
from newsroom.portals import (
    Portal,
    SourceKind,
    ad_hoc_portal,
    check_portal,
    find_portal,
    json_schema,
    load_portal,
    load_portals,
    portal_id,
    set_enabled,
    to_toml,
    write_portal,
    write_schema,
)
from newsroom.toml_text import key_lines, toml_value, with_top_level

REPOSITORY = Path(__file__).parents[1]

FULL = r"""#:schema ./portal.schema.json
id = "river-daily"
name = "河岸日报"
home = "https://www.river.example/"
language = "zh-Hans"
timezone = "Asia/Shanghai"
schedule = "15m"
revisit = ["90s", "2h"]
retention = "365d"
tags = ["cn", "daily"]
hosts = ["M.river.example", "cdn.example:8080"]

[[sources]]
kind = "news-sitemap"
url = "/news.xml"

[[sources]]
kind = "homepage"

[articles]
allow = ['/\d{4}/\d{2}/.+\.html$']
deny = ['/video/']
min_chars = 80

[fetch]
delay = 2
obey_robots = false
proxy = "http://127.0.0.1:3128"

[[select]]
body = "div.old"

[[select]]
valid_from = 2026-03-01
body = 'main[data-kind="story (1)"]'
remove = [".related"]

[expect]
articles_per_day = [5, 400]
yield_min = 0.8
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[int, str, str]]:
    _, problems = check_portal(write(folder, "bad.toml", text))
    return [(problem.line, problem.field, problem.message) for problem in problems]


def test_a_file_with_only_home_is_a_portal(tmp_path):
    portal = load_portal(write(tmp_path, "River Daily.toml", 'home = "https://river.example"'))
    assert (portal.id, portal.name, portal.home) == ("river-daily", "river.example", "https://river.example/")
    assert portal.fetch.obey_robots and portal.fetch.verify_tls and not portal.fetch.allow_private
    assert portal.sources == () and portal.enabled


def test_every_field_is_read(tmp_path):
    portal = load_portal(write(tmp_path, "x.toml", FULL))
    assert portal.id == "river-daily" and portal.name == "河岸日报"
    assert portal.schedule == timedelta(minutes=15)
    assert portal.revisit == (timedelta(seconds=90), timedelta(hours=2))
    assert portal.retention == timedelta(days=365)
    assert portal.hosts == ("m.river.example", "cdn.example:8080")
    assert [(one.kind, one.url) for one in portal.sources] == [
        (SourceKind.NEWS_SITEMAP, "https://www.river.example/news.xml"),
        (SourceKind.HOMEPAGE, None),
    ]
    assert portal.articles.allow[0].search("https://www.river.example/2026/03/a.html")
    assert not portal.articles.allow[0].search("https://www.river.example/2026/03/a.html?x")
    assert portal.expect.articles_per_day == (5, 400)


def test_a_page_is_read_with_the_selectors_of_its_day(tmp_path):
    portal = load_portal(write(tmp_path, "x.toml", FULL))
    assert portal.select_on(date(2026, 2, 28)).body == "div.old"
    assert portal.select_on(date(2026, 3, 1)).body.startswith("main")
    dated = load_portal(
        write(tmp_path, "y.toml", 'home="https://a.example/"\n[select]\nvalid_from=2026-01-02\nbody="a"')
    )
    assert dated.select_on(date(2026, 1, 1)) is None


def test_all_faults_are_told_at_once_each_on_its_line(tmp_path):
    text = (
        'home = "https://a.example/"\n# a remark\ntimezome = "UTC"\ndelay = 3\nlanguage = "Chinese"\n'
        '[[sources]]\nkind = "feed"\nurl = "/a"\n[[sources]]\nkind = "fed"\nurl = "/b"\n'
        "[articles]\nallow = [\n  '/ok',\n  # why\n  '(',\n]\n[fetch]\nuser_agnet = 'x'\n[select]\nbody = 'a['\n"
    )
    found = faults(tmp_path, text)
    assert [(line, field) for line, field, _ in found] == [
        (3, "timezome"),
        (4, "delay"),
        (5, "language"),
        (10, "sources.1.kind"),
        (16, "articles.allow.1"),
        (19, "fetch.user_agnet"),
        (21, "select.body"),
    ]
    messages = [message for _, _, message in found]
    assert messages[0] == 'unknown field; did you mean "timezone"?'
    assert messages[1] == "unknown field; it belongs in [fetch]"
    assert messages[3].endswith('did you mean "feed"?')
    assert messages[4].startswith("'(' is not a regular expression")
    assert messages[5] == 'unknown field; did you mean "user_agent"?'


def test_the_error_reads_file_line_field(tmp_path):
    path = write(tmp_path, "bad.toml", 'home = "https://a.example/"\n\ntimezome = "UTC"\n')
    with pytest.raises(PortalError) as caught:
        load_portal(path)
    assert str(caught.value) == f'{path}:3: timezome: unknown field; did you mean "timezone"?'
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ('home = "https://a.example/"\nname = "x\n', 2, "illegal character"),
        ('home = "https://a.example/"\nhome = "https://b.example/"\n', 2, "overwrite"),
        ('home = "https://a.example/"\n[articles\n', 2, "expected ']'"),
        ('home = "https://a.example/"\nname = """x', 2, "unterminated"),
        ('name = "x"\n', 1, "required, but missing"),
        ("", 0, "required, but missing"),
        ('\n\nhome = "river.example"\n', 3, 'write "https://river.example"'),
        ('home = "ftp://river.example/"\n', 1, "not an http:// or https:// address"),
        ('home = "https://u:p@river.example/"\n', 1, "must not hold a user name"),
        ('home = "https://[::1/"\n', 1, "is not an address"),
        ('home = "https://a.example/"\nid = "../x"\n', 2, "may hold only letters"),
        ('home = "https://a.example/"\ntimezone = "Asia/Shangai"\n', 2, 'did you mean "Asia/Shanghai"?'),
        ('home = "https://a.example/"\nrevisit = ["1h", "soon"]\n', 2, "not a length of time"),
        ('home = "https://a.example/"\nhosts = ["https://b.example/"]\n', 2, "is not a host"),
        ('home = "https://a.example/"\ncontact = "a\\r\\nX: y"\n', 2, "one line of printable text"),
        ('home = "https://a.example/"\n[[sources]]\nkind = "feed"\n', 2, 'a source of kind "feed" needs a url'),
        ('home = "https://a.example/"\nsources = "x"\n', 2, "should be a valid tuple"),
        ('home = "https://a.example/"\n[fetch]\ndelay = nan\n', 3, "finite"),
        ('home = "https://a.example/"\n[fetch]\nconcurrency = 0\n', 3, "greater than or equal to 1"),
        ('home = "https://a.example/"\n[expect]\narticles_per_day = [9, 3]\n', 2, "[fewest, most]"),
        ('home = "https://a.example/"\n[[select]]\nbody="a"\n[[select]]\nbody="b"\n', 1, "its own valid_from"),
        ('home = "https://a.example/"\n[fetch]\nlanguage = "en"\n', 3, "belongs above the first [table]"),
    ],
)
def test_a_wrong_file_says_where_and_why(tmp_path, text, line, part):
    found = faults(tmp_path, text)
    assert len(found) == 1
    assert found[0][0] == line and part in found[0][2]


def test_bytes_that_are_not_utf8_and_missing_files_are_faults_not_crashes(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_bytes('name = "河岸"'.encode("gb18030"))
    with pytest.raises(PortalError, match="not UTF-8"):
        load_portal(bad)
    deep = write(tmp_path, "deep.toml", "a = " + "[" * 9000 + "]" * 9000)
    with pytest.raises(PortalError, match="nested too deeply"):
        load_portal(deep)
    with pytest.raises(PortalError, match="No such file"):
        load_portal(tmp_path / "none.toml")
    with pytest.raises(PortalError, match="no such folder"):
        load_portals(tmp_path / "none")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "w.toml"
    path.write_bytes(b'\xef\xbb\xbfhome = "https://a.example/"\r\n\r\nlanguag = "en"\r\n')
    assert [problem.line for problem in check_portal(path)[1]] == [3]


def test_a_folder_reports_the_faults_of_all_its_files(tmp_path):
    write(tmp_path, "a.toml", 'home = "https://a.example/"\nnmae = "x"')
    write(tmp_path, "b.toml", "homme = 1")
    write(tmp_path, "c.toml", 'id = "d"\nhome = "https://a.example/"')
    write(tmp_path, "d.toml", 'home = "https://a.example/"')
    with pytest.raises(PortalError) as caught:
        load_portals(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert 'did you mean "name"?' in lines[0] and '"d" is used by another file' in lines[3]


def test_an_unknown_id_gets_a_suggestion_and_a_broken_neighbour_does_no_harm(tmp_path):
    write(tmp_path, "river-daily.toml", 'home = "https://a.example/"')
    write(tmp_path, "broken.toml", "home = ")
    assert find_portal(tmp_path, "river-daily").id == "river-daily"
    with pytest.raises(PortalError, match=r'no portal "river-daly".*did you mean "river-daily"'):
        find_portal(tmp_path, "river-daly")


@pytest.mark.parametrize(
    ("url", "home", "identity"),
    [
        ("https://www.river.example/#top", "https://www.river.example/", "river-example"),
        ("river.example/news/", "https://river.example/news/", "river-example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/", "127-0-0-1-8080"),
        ("https://新闻.example/", "https://新闻.example/", "xn-efv48h-example"),
    ],
)
def test_an_address_is_enough_for_a_portal_made_on_the_spot(url, home, identity):
    portal = ad_hoc_portal(url, fetch={"allow_private": True})
    assert portal.home == home and portal.fetch.allow_private
    assert portal.id == portal_id(portal.name) and portal.id.startswith(identity[:2])
    if home.isascii():
        assert portal.id == identity


def test_an_address_of_another_kind_makes_no_portal():
    with pytest.raises(PortalError, match="not an http:// or https:// address"):
        ad_hoc_portal("file:///etc/passwd")


def test_a_portal_survives_json_and_toml(tmp_path):
    portal = load_portal(write(tmp_path, "x.toml", FULL))
    assert Portal.model_validate(json.loads(json.dumps(portal.model_dump(mode="json")))) == portal
    write_portal(tmp_path / "copy.toml", portal, {"": "two\nlines", "language": "12 of 12 samples", "sources.0": "new"})
    text = (tmp_path / "copy.toml").read_text(encoding="utf-8")
    assert load_portal(tmp_path / "copy.toml") == portal
    assert text.startswith("#:schema ./portal.schema.json\n# two\n# lines\n")
    assert 'language = "zh-Hans"  # 12 of 12 samples' in text and "[[sources]]  # new" in text
    assert "concurrency" not in text  # defaults are not written
    with pytest.raises(PortalError, match="exists already"):
        write_portal(tmp_path / "copy.toml", portal)


@given(
    name=st.text(min_size=1, max_size=40),
    tags=st.lists(st.text("abc'\"\\ é河", min_size=1).filter(str.strip), max_size=3),
)
@settings(max_examples=60)
def test_any_text_survives_the_way_through_a_file(name, tags):
    if any("\ud800" <= character <= "\udfff" for character in name):
        return  # cannot stand in a file at all
    portal = Portal(home="https://a.example/", name=name, tags=tuple(tags))
    assert Portal.model_validate(tomllib.loads(to_toml(portal))) == portal


def test_switching_off_changes_one_line_and_keeps_every_comment(tmp_path):
    text = FULL.replace("tags", "enabled = true   # since spring\ntags").replace("\n", "\r\n")
    path = tmp_path / "x.toml"
    path.write_bytes(text.encode())
    assert set_enabled(path, False)
    assert path.read_bytes().decode() == text.replace("enabled = true ", "enabled = false ")
    assert not set_enabled(path, False)
    assert load_portal(path).enabled is False


@pytest.mark.parametrize(
    "text", ['home = "https://a.example/"', FULL, 'home = "https://a.example/"\n\n# about\n[fetch]\n']
)
def test_switching_off_a_file_that_says_nothing_of_it_adds_a_line_above_the_tables(tmp_path, text):
    path = write(tmp_path, "x.toml", text)
    before = load_portal(path)
    set_enabled(path, False)
    assert load_portal(path) == before.model_copy(update={"enabled": False})
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("enabled")]
    assert kept == text.splitlines()


def test_key_lines_follow_every_spelling_of_a_table():
    text = (
        "a = 1 # [no]\n\"b c\" = '#'\nd.e = [ # x\n 1,\n [2,\n 3], {f = 1, g.h = 2},\n]\n"
        'm = """\n[not]\n x = 1\n"""\n[t]\n[t.u]\nv = 1\n[[w]]\n[[w]]\nx = 1\n[w.y]\nz = 2\n'
    )
    lines = key_lines(text)
    tomllib.loads(text)
    expected = {("a",): 1, ("b c",): 2, ("d", "e"): 3, ("d", "e", 0): 4, ("d", "e", 1): 5, ("d", "e", 1, 1): 6}
    expected |= {("d", "e", 2, "g", "h"): 6, ("m",): 8, ("t",): 12, ("t", "u", "v"): 14, ("w", 0): 15, ("w", 1): 16}
    expected |= {("w", 1, "x"): 17, ("w", 1, "y", "z"): 19}
    assert {path: lines.get(path) for path in expected} == expected
    assert ("not",) not in lines and ("x",) not in lines


KEYS = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text("a'\"\\#[]{}=,\n 河", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
@settings(max_examples=150)
def test_key_lines_find_every_key_of_any_text_we_write(data):
    text = "".join(f"{key} = {toml_value(value)}\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    lines = key_lines(text)
    assert {path[0]: line for path, line in lines.items() if len(path) == 1} == {
        key: number for number, key in enumerate(data, 1)
    }
    assert tomllib.loads(with_top_level(text, "zz", True)) == {**data, "zz": True}


@given(st.text("0123456789.smhdwy ", max_size=8))
@example("3.0001h")
def test_a_duration_is_read_back_as_it_was(text):
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert parse_duration(format_duration(length)) == length


def test_the_shipped_schema_is_the_one_the_code_makes(tmp_path):
    shipped = (REPOSITORY / "portals" / "portal.schema.json").read_text(encoding="utf-8")
    assert shipped == write_schema(tmp_path).read_text(encoding="utf-8"), "run: copydesk portal schema --write"


def test_every_field_has_help_text():
    schema = json_schema()
    tables = {"Portal": schema, **schema["$defs"]}
    silent = [
        f"{table}.{field}"
        for table, model in tables.items()
        for field, details in model.get("properties", {}).items()
        if len(details.get("description", "")) < 15
    ]
    assert silent == [] and len(tables) > 5
    assert schema["required"] == ["home"]
