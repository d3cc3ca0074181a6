from __future__ import annotations

import pytest

from pipelines.bylines import _from_text, agency_in, han_names, people
from pipelines.credits import find_original_title
from pipelines.metadata import trusted_canonical

ARTICLE = "https://www.example.org/town/bridge-4711234.html"


@pytest.mark.parametrize(
    ("declared", "url", "expected"),
    [
        ("/town/bridge-4711234.html", ARTICLE + "?utm_source=x", ARTICLE),
        ("http://example.org/town/bridge-4711234.html", ARTICLE, ARTICLE),
        ("https://www.example.org/", ARTICLE, ARTICLE),
        ("https://www.example.org/town/", ARTICLE, ARTICLE),
        ("https://www.example.org/town/harbour-9999999.html", ARTICLE, ARTICLE),
        ("https://other.example.net/town/bridge-4711234.html", ARTICLE, ARTICLE),
        (
            "https://www.example.org/2026/bridge-opens-4711234",
            ARTICLE,
            "https://www.example.org/2026/bridge-opens-4711234",
        ),
        (
            "https://www.example.org/town/bridge",
            "https://www.example.org/town/bridge/amp",
            "https://www.example.org/town/bridge",
        ),
        ("javascript:void(0)", ARTICLE, ARTICLE),
        ("", ARTICLE, ARTICLE),
        (None, ARTICLE, ARTICLE),
    ],
)
def test_a_canonical_address_is_believed_only_where_it_can_be(declared: str | None, url: str, expected: str) -> None:
    assert trusted_canonical(declared, url) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Jane Roe and John Doe", ["Jane Roe", "John Doe"]),
        ("Von Anna Schmidt, dpa", ["Anna Schmidt"]),
        ("作者：张三、李四", ["张三", "李四"]),
        ("https://www.facebook.com/examplepost", []),
        ("Staff Reporter", []),
        ("info@example.org", []),
        ("Reuters", []),
        ("Example Post", []),
    ],
)
def test_a_byline_holds_people_only(line: str, expected: list[str]) -> None:
    assert list(people(line, "Example Post")) == expected


def test_agencies_are_told_apart() -> None:
    assert agency_in("Von Anna Schmidt, dpa") == "dpa"
    assert agency_in("By Jane Roe") is None


def test_reporters_are_found_behind_their_label() -> None:
    assert han_names("示例日报讯（记者 张三丰）今天上午") == ["张三丰"]
    assert han_names("记者从发布会上获悉") == []


def test_a_bracketed_reporter_is_found_deep_in_the_text() -> None:
    lines = [f"市政府第{n}次会议决定继续推进大桥建设。" for n in range(20)]
    lines[11] = "各部门将加强配合。[示例日报记者 张三丰]"
    assert _from_text("\n".join(lines)) == ["张三丰"]


def test_the_original_title_loses_its_brackets_only() -> None:
    assert find_original_title("（原标题：大桥（东段）通车）\n正文")[0] == "大桥（东段）通车"
    assert find_original_title("原题目:大桥通车了\n正文")[0] == "大桥通车了"
    assert find_original_title("没有标题")[0] is None
