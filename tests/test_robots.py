"""robots.txt: RFC 9309, and what people write in its place."""

from __future__ import annotations

import time

import pytest

from spiders.robots import MAX_BODY_BYTES, Robots, path_of, product_token, robots_for_status

SITE = "https://news.example"


def allowed(robots_txt: str, path: str, agent: str = "copydesk") -> bool:
    return Robots(robots_txt.encode()).allowed(agent, SITE + path)


def test_the_longest_rule_decides_whatever_its_place():
    text = "User-agent: *\nDisallow: /a/\nAllow: /a/public/\nDisallow: /a/public/not\n"
    assert not allowed(text, "/a/x")
    assert allowed(text, "/a/public/x")
    assert not allowed(text, "/a/public/not-this")


def test_allow_wins_a_tie():
    assert allowed("User-agent: *\nDisallow: /p\nAllow: /p\n", "/page")


def test_an_empty_disallow_forbids_nothing():
    assert allowed("User-agent: *\nDisallow:\n", "/x")


def test_no_rules_before_a_user_agent_line_count():
    assert allowed("Disallow: /\n", "/x")


def test_the_named_group_replaces_the_general_one():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: CopyDesk\nDisallow: /private\n"
    assert allowed(text, "/x")
    assert not allowed(text, "/private/x")
    assert not allowed(text, "/x", agent="otherbot")


def test_two_groups_of_one_agent_are_read_as_one():
    text = (
        "User-agent: copydesk\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\nUser-agent: copydesk\nDisallow: /b\n"
    )
    assert not allowed(text, "/a")
    assert not allowed(text, "/b")
    assert allowed(text, "/c")


def test_one_group_may_name_several_agents_and_other_lines_do_not_part_them():
    text = "User-agent: a\nUnknown: line\nSitemap: https://x.example/s.xml\n\nUser-agent: copydesk\nDisallow: /\n"
    assert not allowed(text, "/x", agent="a")
    assert not allowed(text, "/x")


def test_an_agent_is_matched_whole_and_without_its_version():
    text = "User-agent: copydesk/2.1\nDisallow: /\n"
    assert not allowed(text, "/x", agent="copydesk")
    assert not allowed(text, "/x", agent="copydesk/0.1 (+https://desk.example/bot)")
    assert allowed(text, "/x", agent="copydeskling")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/*.pdf$", "/a/b.pdf", True),
        ("/*.pdf$", "/a/b.pdf?page=1", False),
        ("/*.pdf$", "/a.pdf/b.pdf", True),
        ("/*?*sid=", "/a?x=1&sid=9", True),
        ("/*?*sid=", "/a/sid=9", False),
        ("/fish*", "/fishheads/yummy.html", True),
        ("/a**b", "/a-b", True),
        ("/x$", "/x", True),
        ("/x$", "/xy", False),
        ("/ab*b$", "/ab", False),
        ("/p$x", "/p$x", True),
        ("/a%2Ab", "/a*b", True),
        ("/a%2Ab", "/aXb", False),
        ("*", "/", True),
    ],
)
def test_asterisk_and_dollar(pattern: str, path: str, matches: bool):
    assert allowed(f"User-agent: *\nDisallow: {pattern}\n", path) is not matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/%7Ejim", "/~jim"),
        ("/~jim", "/%7ejim"),
        ("/新闻", "/%E6%96%B0%E9%97%BB/1"),
        ("/a<b", "/a%3cb"),
        ("/a b", "/a%20b"),
    ],
)
def test_spellings_of_one_path_are_one(pattern: str, path: str):
    assert not allowed(f"User-agent: *\nDisallow: {pattern}\n", path)


def test_a_doubtful_spelling_does_not_open_what_is_closed():
    assert not allowed("User-agent: *\nDisallow: /\nAllow: /%62ar\n", "/bar")
    assert not allowed("User-agent: *\nDisallow: /\nAllow: /新\n", "/新")
    assert allowed("User-agent: *\nDisallow: /\nAllow: /新\n", "/%E6%96%B0")


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_byte_order_marks_and_comments(ending: str, mark: str):
    text = mark + ending.join(["# hello", "user-AGENT : *", "Disallow:/calendar/ # trap", ""])
    assert not allowed(text, "/calendar/2026/")
    assert allowed(text, "/")


@pytest.mark.parametrize("line", ["Dissallow: /x", "disalow: /x", "Disallow /x", "DISALLOW:\t/x"])
def test_common_misspellings_are_understood(line: str):
    assert not allowed(f"Useragent: *\n{line}\n", "/x")


def test_robots_txt_itself_is_always_allowed():
    assert allowed("User-agent: *\nDisallow: /\n", "/robots.txt")


def test_an_html_page_served_as_robots_txt_forbids_nothing():
    assert allowed("<!doctype html><html><body>Disallow everything? No.</body></html>", "/x")


def test_bytes_that_are_not_utf8_match_their_own_escapes():
    robots = Robots(b"User-agent: *\nDisallow: /caf\xe9\n")
    assert not robots.allowed("copydesk", SITE + "/caf%E9")


def test_sitemaps_stand_outside_groups_and_are_listed_once():
    text = "Sitemap: https://a.example/1.xml\nUser-agent: *\nSite-map: https://a.example/2.xml\nsitemap: https://a.example/1.xml\n"
    assert Robots(text.encode()).sitemaps == ("https://a.example/1.xml", "https://a.example/2.xml")


def test_crawl_delay_is_that_of_the_agents_own_group():
    groups = ("*\nCrawl-delay: 10\nDisallow:", "copydesk\nCrawl-delay: 0.5\nDisallow: /x", "bare\nDisallow: /")
    text = "".join(f"User-agent: {group}\n\n" for group in groups)
    robots = Robots(text.encode())
    assert robots.crawl_delay("copydesk") == 0.5
    assert robots.crawl_delay("other") == 10.0
    assert robots.crawl_delay("bare") is None


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", ""])
def test_a_crawl_delay_that_is_no_time_is_ignored(value: str):
    assert Robots(f"User-agent: *\nCrawl-delay: {value}\n".encode()).crawl_delay("copydesk") is None


def test_beyond_the_limit_nothing_is_read_and_no_rule_is_cut_in_half():
    head = b"User-agent: *\nDisallow: /first\n"
    filler = b"#" * (MAX_BODY_BYTES - len(head) - 12) + b"\n"
    robots = Robots(head + filler + b"Disallow: /second\n")
    assert not robots.allowed("copydesk", SITE + "/first")
    assert robots.allowed("copydesk", SITE + "/sec")
    assert robots.allowed("copydesk", SITE + "/")


def test_hostile_patterns_take_linear_time():
    letters = str.maketrans("0123456789", "abcdefghij")
    agents = "".join(f"User-agent: {str(i).translate(letters)}\n" for i in range(14_000))
    files = [
        "User-agent: *\nDisallow: /" + "*a" * 240_000,
        "User-agent: *\n" + "Disallow: /*a*b*c$\n" * 25_000,
        agents + "Disallow: /x\n" * 15_000,
    ]
    started = time.process_time()
    for text in files:
        assert allowed(text, "/" + "a" * 5_000)
    assert time.process_time() - started < 3.0


@pytest.mark.parametrize(
    ("status", "access"),
    [
        (200, "rules"),
        (204, "rules"),
        (301, "allow-all"),
        (403, "allow-all"),
        (404, "allow-all"),
        (500, "disallow-all"),
        (None, "disallow-all"),
    ],
)
def test_what_a_status_means(status: int | None, access: str):
    verdict = robots_for_status(status, b"User-agent: *\nDisallow: /x\nCrawl-delay: 3\n")
    assert verdict.access == access
    assert verdict.allowed("copydesk", SITE + "/x") is (access == "allow-all")
    assert verdict.allowed("copydesk", SITE + "/y") is (access != "disallow-all")
    assert verdict.crawl_delay("copydesk") == (3.0 if access == "rules" else None)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example", "/"),
        ("https://a.example?q=1", "/?q=1"),
        ("https://a.example/x;y?z=/w#f", "/x;y?z=/w"),
        ("//a.example/x", "/x"),
        ("/x?u=https://b.example/y", "/x?u=https://b.example/y"),
    ],
)
def test_the_path_that_rules_are_matched_against(url: str, path: str):
    assert path_of(url) == path


def test_product_tokens():
    assert product_token("Mozilla/5.0 (compatible)") == "mozilla"
    assert product_token("") == ""
