from __future__ import annotations

import time

import pytest

from pipelines.adverts.ad_links import selling_links
from pipelines.adverts.contacts import fold
from pipelines.adverts.injected import MAX_LOOKED_AT, take_out
from pipelines.markup import parse

TAKEN = [
    ("巡查队冒着大雨出发,www.q7k2p.cn,两岸居民已经撤离。", "巡查队冒着大雨出发,两岸居民已经撤离。", "www.q7k2p.cn"),
    ("巡查队冒着大雨出发，http://www.q7k2p.com/,两岸居民。", "巡查队冒着大雨出发，两岸居民。", "http://www.q7k2p.com/"),
    ("巡查队冒着大雨出发。www.q7k2p.cn,", "巡查队冒着大雨出发。", "www.q7k2p.cn"),
    ("巡查队冒着大雨，q7k2p.cn。", "巡查队冒着大雨。", "q7k2p.cn"),
    ("巡查队冒着www.q7k2p.cn大雨出发。", "巡查队冒着大雨出发。", "www.q7k2p.cn"),
    ("巡查队（www.q7k2p.cn）冒着大雨出发。", "巡查队冒着大雨出发。", "www.q7k2p.cn"),
    ("大雨中出发，ｗｗｗ．ｑ７ｋ２ｐ．ｃｎ，两岸居民", "大雨中出发，两岸居民", "www.q7k2p.cn"),
    ("大雨中出发，ｈｔｔｐ：／／ｑ７ｋ２ｐ．ｃｎ，两岸居民", "大雨中出发，两岸居民", "http://q7k2p.cn"),
    ("The crew opened (www.q7k2p.net) the gates.", "The crew opened the gates.", "www.q7k2p.net"),
    ("大雨中出发,ww\u200bw.q7k2p\u200b.cn,两岸居民", "大雨中出发,两岸居民", "www.q7k2p.cn"),
    ("大雨中出发，w w w . q 7 k 2 p . c n，两岸居民", "大雨中出发，两岸居民", "www.q7k2p.cn"),
    ("大雨中出发，q7k2p点cn，两岸居民", "大雨中出发，两岸居民", "q7k2p.cn"),
    ("大雨中出发，加微信abc123，两岸居民", "大雨中出发，两岸居民", "加微信abc123"),
    ("大雨中出发，QQ群：12345678，两岸居民", "大雨中出发，两岸居民", "QQ群：12345678"),
    ("大雨中薇信abc12345出发", "大雨中出发", "薇信abc12345"),
    ("大雨中出发,电话13812345678,两岸居民", "大雨中出发,两岸居民", "电话13812345678"),
    (
        "The crew set out in November,www.uq702.com,  and came back.",
        "The crew set out in November, and came back.",
        "www.uq702.com",
    ),
    (
        "The crew came back.http://q7kx.net/,  The town was glad.",
        "The crew came back. The town was glad.",
        "http://q7kx.net/",
    ),
    ("The crew opened www.cheap-watches.com the gates.", "The crew opened the gates.", "www.cheap-watches.com"),
    (
        "The crew visit www.example.com for cheap flights set out.",
        "The crew set out.",
        "visit www.example.com for cheap flights",
    ),
]
KEPT = [
    "据 gov.cn 消息，会议明天开幕。",
    "请旅客登录www.12306.cn购票，或拨打12306。",
    "购票网站，www.12306.cn，今天恢复。",
    "市民可拨打12345热线反映，电话12345678，每天都有人接听。",
    "如有线索请联系王警官，电话13812345678，警方将予奖励。",
    "骗子要求，加微信abc12345，再转账。",
    "微信号：abc12345，欢迎关注",
    "新浪,sohu.com,网易都有报道。",
    "网址：www.q7k2p.cn",
    "京东JD.com宣布收购一家公司。",
    "示例公司（www.e2x9.cn）今天上市。",
    "Amazon.com shares rose, Overstock.com, Walmart.com, and others fell.",
    "The society (www.example.org) said so.",
    "The firm Quark (www.q7k2p.net) said so.",
    "He runs a website (www.q7k2p.net) for walkers.",
    "The shop's site, www.example.com, was down.",
    "Kelly, who runs a shop, www.kellys.com, in town.",
    "You can visit www.example.com for cheap flights.",
    "Write to jane.roe@example.org, or call.",
    "In St.Petersburg, the U.S. said version 2.1.3, readme.md, and socket.io, were out.",
    "[the page](https://example.org/a), and more",
]


@pytest.mark.parametrize(("line", "left", "link"), TAKEN)
def test_a_contact_pushed_into_a_sentence_is_taken_out_and_the_sentence_closes(line: str, left: str, link: str) -> None:
    text, links = take_out(f"昨夜大雨。\n{line}\n今天放晴。")
    assert text == f"昨夜大雨。\n{left}\n今天放晴。"
    assert [found.text for found in links] == [link]
    assert links[0].reason


@pytest.mark.parametrize("line", KEPT)
def test_a_sentences_own_address_stays(line: str) -> None:
    assert take_out(line) == (line, ())


def test_a_site_that_the_article_speaks_of_keeps_its_address() -> None:
    text = "The makers of q7k2p are proud of it.\nThey grew,www.q7k2p.com,and then sold it."
    assert take_out(text) == (text, ())


def test_two_links_in_one_line_both_go() -> None:
    text, links = take_out("大雨中出发,www.q7k2p.cn,两岸居民已经撤离,www.q7k2p.cn,桥梁封闭。")
    assert text == "大雨中出发,两岸居民已经撤离,桥梁封闭。"
    assert len(links) == 2


def test_invisible_characters_elsewhere_in_the_line_stay() -> None:
    text, links = take_out("大\u200b雨中出发,www.q7k2p.cn,两岸\u200b居民")
    assert text == "大\u200b雨中出发,两岸\u200b居民"
    assert links


def test_folding_tells_where_each_character_stood() -> None:
    folded = fold("a\u200bｂ。")
    assert folded.text == "ab。"
    assert [folded.place(index) for index in range(4)] == [0, 2, 3, 4]


@pytest.mark.parametrize("unit", ["w.", "www. ", "w w w . ", "加微信", "visit ", "a-", "a.com,", "1 2 ", "QQ1 "])
def test_hostile_lines_cost_linear_time(unit: str) -> None:
    started = time.process_time()
    _, links = take_out(unit * 20_000)
    assert len(links) <= MAX_LOOKED_AT
    assert time.process_time() - started < 2


SOLD = '<a href="http://win.example.net/">online casino</a>'


def without_sold(sentence: str) -> tuple[str, list[str]]:
    tree = parse(f"<html><body><p>{sentence}</p></body></html>")
    said = tree.text_content()
    text, links = take_out(said, selling_links(tree, "https://news.example.org/a", said))
    return text, [found.text for found in links]


def test_a_link_that_sells_leaves_the_sentence_it_was_slipped_into() -> None:
    assert without_sold(f"The crew opened {SOLD} the gates.") == ("The crew opened the gates.", ["online casino"])
    assert without_sold('大雨中出发<a href="http://win.example.net/">六合彩特码</a>两岸居民') == (
        "大雨中出发两岸居民",
        ["六合彩特码"],
    )


@pytest.mark.parametrize(
    "sentence",
    [
        f"He founded an {SOLD} in March.",
        f"The {SOLD} was closed. Each online casino pays tax.",
        "The crew opened online casino the gates.",
        'The crew opened <a href="/casino">online casino</a> the gates.',
        'The crew praised <a href="http://win.example.net/">the casino report</a> at once.',
    ],
)
def test_an_article_about_what_is_sold_keeps_its_words(sentence: str) -> None:
    assert without_sold(sentence)[1] == []
