from __future__ import annotations

import time

import pytest

from pipelines.clues import Clues, read_clues
from pipelines.markup import parse
from pipelines.people.credits import beside, credit_lines, find_editor, find_original_title, without
from pipelines.people.han_labels import Credit, credit_of
from pipelines.people.sources import find_source

PROSE = "市政府第三次会议决定，全市将继续推进大桥建设，并要求各部门加强配合。"


def original_title(text: str, title: str = "") -> str | None:
    return find_original_title(tuple(credit_lines(text, title)))[0]


def editor(text: str, around: str = "", page: str = "") -> str | None:
    return find_editor(tuple(credit_lines(text)), text, around, page)[0]


def source(text: str, around: str = "", head: str = "", bylines: tuple[str, ...] = ()) -> str | None:
    return find_source(clues(head), bylines, tuple(credit_lines(text)), text, around)[0]


def clues(head: str) -> Clues:
    return read_clues(parse(f"<html><head>{head}</head><body><p>x</p></body></html>"))


@pytest.mark.parametrize(
    ("label", "credit"),
    [
        ("责任编辑", Credit.EDITOR),
        ("责 任 编 辑", Credit.EDITOR),
        ("义务编纂", Credit.EDITOR),
        ("职责编撰", Credit.EDITOR),
        ("责编", Credit.EDITOR),
        ("責任編輯", Credit.EDITOR),
        ("原标题", Credit.ORIGINAL_TITLE),
        ("本来题目", Credit.ORIGINAL_TITLE),
        ("来源", Credit.SOURCE),
        ("日来源", Credit.SOURCE),
        ("起源", Credit.SOURCE),
        ("图片来源", None),
        ("编剧", None),
        ("编者按", None),
        ("视频编辑", None),
        ("标题", None),
        ("外交部", None),
    ],
)
def test_a_label_is_known_by_its_build(label: str, credit: Credit | None) -> None:
    assert credit_of(label) == credit


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("责任编辑：李小四", "李小四"),
        ("（责任编辑： 李小四 ）", "李小四"),
        ("义务编纂:李小四", "李小四"),
        ("分内编次：李小四", "李小四"),
        ("[责任编辑：李小四 PK155]", "李小四 PK155"),
        ("【编辑：张三丰、李小四】", "张三丰、李小四"),
        ("编辑 李小四 校对 张三丰", "李小四"),
        ("责编|李小四", "李小四"),
        (f"{PROSE}（编辑：李小四）", "李小四"),
        ("(Reporting by Jane Roe; Editing by John Doe and Mary Major)", "John Doe and Mary Major"),
        ("Redaktion: Anna Schmidt, Max Muster", "Anna Schmidt, Max Muster"),
        ("編集：山田太郎", "山田太郎"),
    ],
)
def test_an_editors_line_names_the_editor(line: str, name: str) -> None:
    assert editor(f"{PROSE}\n{line}") == name


@pytest.mark.parametrize(
    "line",
    [
        "编剧：李小四",
        "编者按：今年的雨比往年多。",
        "编辑：全国春运今天启动",
        "市长：李小四",
        "这位编辑指出，桥梁已经老旧。",
        "He read a book edited by John Smith in March.",
    ],
)
def test_what_names_no_editor_gives_none(line: str) -> None:
    text = f"{PROSE}\n{line}"
    assert editor(text) is None
    assert without(text, tuple(credit_lines(text))) == text


def test_an_editor_answerable_for_the_page_goes_before_another() -> None:
    text = f"编辑：张三丰\n{PROSE}\n责任编辑：李小四\n编辑：王五"
    name, found = find_editor(tuple(credit_lines(text)), text, "", "")
    assert name == "李小四"
    assert found is not None
    assert [each.value for each in found.rejected] == ["张三丰", "王五"]


def test_the_editor_beside_the_text_is_found_and_an_empty_label_is_not_filled() -> None:
    assert editor(PROSE, "浏览 责任编辑：李小四 分享到：") == "李小四"
    assert editor(PROSE, "责任编辑： 声明：仅供参考") is None


def test_the_original_title_loses_its_brackets_only() -> None:
    assert original_title("（原标题：大桥（东段）通车）\n正文") == "大桥（东段）通车"
    assert original_title("原题目:大桥通车了\n正文") == "大桥通车了"
    assert original_title("（原题为《大桥“提前”通车》）") == "大桥“提前”通车"
    assert original_title("没有标题") is None


def test_a_label_of_any_words_is_an_original_title_where_it_repeats_the_title() -> None:
    title = "示例市新大桥今天正式通车 交通"
    assert original_title("旧有题名：示例市新大桥今天提前通车", title) == "示例市新大桥今天提前通车"
    assert original_title("讨论题目：如何减少拥堵", title) is None


def test_bare_credit_lines_leave_the_text_and_nothing_else_does() -> None:
    text = f"原题目:大桥通车了\n{PROSE}（编辑：李小四）\n义务编纂:李小四\n他说：大桥很好。\n（来源：示例日报）"
    kept = f"{PROSE}（编辑：李小四）\n他说：大桥很好。\n（来源：示例日报）"
    assert without(text, tuple(credit_lines(text))) == kept


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ("2018-06-05 10:31 来源：示例日报 作者：张三", "示例日报"),
        ("2018年6月5日来源: 示例日报 (北京) 分享到", "示例日报(北京)"),
        ("2018-06-05 起源：示例日报 点击", "示例日报"),
        ("来 源：示例网 字号", "示例网"),
        ("图片来源：示例图库 编辑", None),
        ("收入由来：农产品 其他", None),
    ],
)
def test_the_source_line_beside_the_text_is_read(around: str, name: str | None) -> None:
    assert source(PROSE, around) == name


def test_a_source_that_says_nothing_is_declined_for_one_that_does() -> None:
    name, found = find_source(clues(""), (), (), PROSE, "来源：转载 ... 来源：示例日报 打印")
    assert name == "示例日报"
    assert found is not None
    assert [(each.value, bool(each.why)) for each in found.rejected] == [("转载", True)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LONDON, March 4 (Reuters) - The bridge is open.", "Reuters"),
        ("BERLIN (dpa/bb) – Die Brücke ist offen.", "dpa"),
        ("Madrid, 7 oct (EFE).- El puente abre.", "EFE"),
        ("МОСКВА, 29 июня. /ТАСС/. Мост открыт.", "ТАСС"),
        ("新华社北京11月5日电（记者张三丰）大桥通车。", "新华社"),
        ("示例晚报讯（记者 张三丰）大桥通车。", "示例晚报"),
        ("（東京＝共同）橋が開通した。", "共同"),
        ("(서울=연합뉴스) 다리가 열렸다.", "연합뉴스"),
        (f"{PROSE}\n[示例日报记者 张三丰]{PROSE}", "示例日报"),
        ("The bridge is open.\n© 2026 Associated Press. All rights reserved.", "Associated Press"),
        ("Die Brücke ist offen.\nQuelle: dpa", "dpa"),
        ("Il ponte è aperto. (ANSA).", "ANSA"),
        ("Reuters (the agency) was founded in 1851.", None),
        ("File photo of the bridge. (Reuters)\nOne.\nTwo.\nThree.\nFour.", None),
        ("本报讯（记者 张三丰）大桥通车。", None),
        ("Die Brücke ist offen.\nQuelle: Carlsen et al., Bridges 4", None),
    ],
)
def test_the_agency_or_paper_of_a_text_is_read_off_its_first_and_last_lines(text: str, name: str | None) -> None:
    assert source(text) == name


def test_a_label_is_cut_off_what_the_data_call_the_source() -> None:
    assert source(PROSE, head='<meta name="source" content="来源：示例网">') == "示例网"


def test_what_stands_beside_the_text_is_its_neighbourhood() -> None:
    page = f"{'导航 ' * 400}来源：示例网 {PROSE} 责任编辑：李小四 {'推荐 ' * 400}来源：另一网"
    near = beside(page, PROSE)
    assert "来源：示例网" in near
    assert "责任编辑：李小四" in near
    assert "另一网" not in near


@pytest.mark.parametrize(
    "unit",
    ["来源 ", "来源：a ", "编辑 张三 ", "（编辑：", "原题为《", "Editing by A B, ", "(AP) ", "记者 张三 ", "张 "],
)
def test_hostile_lines_cost_linear_time(unit: str) -> None:
    text = unit * 20_000
    started = time.process_time()
    editor(text, text, text)
    source(text, text)
    assert time.process_time() - started < 2
