from __future__ import annotations

import json

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.context import Desk
from copydesk.output import clean, display_width
from copydesk.passages_view import as_data, comparison_lines, show_comparison, summary
from pipelines.passages.compare import compare_texts
from pipelines.text import word_count
from tests.test_passages import BRIDGE, HARBOUR, ORCHARD, SPUN_BRIDGE, SPUN_HARBOUR, TEXTS, joined


def drawn(copy: str, source: str, width: int = 90, passages: int = 30) -> list[str]:
    comparison = compare_texts(copy, source)
    return [click.unstyle(line) for line in comparison_lines(comparison, copy, source, width, passages)]


def is_clean(line: str) -> bool:
    letters = line.replace(" ", "")
    return clean(letters) == letters


def test_each_passage_says_where_it_stands_in_the_source_and_marks_what_was_exchanged() -> None:
    lines = drawn(joined(*SPUN_BRIDGE), joined(*BRIDGE))
    assert lines[:9] == [
        "100% of the copy lies beside the source, 92% word for word: 4 passages, 2 out of the",
        "  source's order.",
        "",
        "passage 1 · ¶ 3 of the source · stands 3rd there",
        "    大桥连接老城区和东[-部工业-]{+部产业+}园，[-预计-]{+估计+}每天通过车辆3.5万辆，出行",
        "    [-时间缩-]{+时光缩+}短20分钟。",
        "",
        "passage 2 · ¶ 1 of the source · stands 1st there",
        "    海州市新建的跨河大桥[-昨天上-]{+昨日上+}午正式通车，全长1280米，双向六车道。",
    ]
    assert "numbers kept  1280, 3.5, 20" in lines
    assert "names kept    《海州旧事》" in lines


def test_numbers_that_were_changed_are_told() -> None:
    lines = drawn(joined(*SPUN_HARBOUR), joined(*HARBOUR))
    assert "numbers kept  3, 7.30" in lines
    assert "numbers lost  42" in lines
    assert any("fishermen → anglers" in line for line in lines)


def test_an_unchanged_stretch_is_shortened() -> None:
    lines = drawn(joined(*HARBOUR), joined(*HARBOUR))
    assert lines[2:4] == [
        "passage · ¶ 1–4 of the source",
        "    The harbour of Westport … of Transport for money.",
    ]


def test_what_stands_only_in_the_copy_and_what_was_left_out_are_told() -> None:
    copy = joined(HARBOUR[3], "", "", ORCHARD * 3)
    lines = drawn(copy, joined(*HARBOUR))
    assert lines[lines.index("only in the copy") + 1].startswith("    {+Apple growers in the valley")
    assert f"left out      1 stretch of the source, {word_count(joined(*HARBOUR[:3]))} words, from ¶ 1" in lines


def test_words_that_were_dropped_keep_their_space() -> None:
    lines = drawn(HARBOUR[0].replace(" again", ""), HARBOUR[0])
    assert any("opened [-again-] on Monday" in line for line in lines)


def test_only_the_first_passages_are_shown() -> None:
    lines = drawn(joined(*SPUN_BRIDGE), joined(*BRIDGE), passages=1)
    assert "… 3 more passages" in lines
    assert not any(line.startswith("passage 2") for line in lines)


def test_texts_with_nothing_in_common_say_so() -> None:
    lines = drawn(ORCHARD, joined(*BRIDGE))
    assert lines[0] == summary(compare_texts(ORCHARD, BRIDGE[0])) == "No passage of the copy stands in the source."
    assert f"left out      1 stretch of the source, {word_count(joined(*BRIDGE))} characters, from ¶ 1" in lines


def test_text_from_the_web_does_not_steer_the_terminal() -> None:
    hostile = HARBOUR[0].replace("again", "\x1b[2Jfinally\u202e\x07")
    lines = drawn(hostile, HARBOUR[0].replace("Monday", "Mon\x1bday"))
    assert all(is_clean(line) for line in lines)
    assert not any("\x1b" in line or "\u202e" in line for line in lines)


@pytest.mark.parametrize(("choice", "coloured"), [("always", True), ("never", False)])
def test_colour_is_the_desks_choice(choice: str, coloured: bool, capsys: pytest.CaptureFixture[str]) -> None:
    copy, source = joined(*SPUN_BRIDGE), joined(*BRIDGE)
    show_comparison(Desk(flags={"color": choice}), compare_texts(copy, source), copy, source)
    out = capsys.readouterr().out
    assert ("\x1b[31m[-预计-]\x1b[0m\x1b[32m{+估计+}\x1b[0m" in out) == coloured
    assert "[-预计-]{+估计+}" in click.unstyle(out)


def test_as_data_is_json_with_every_piece() -> None:
    copy = joined(*SPUN_HARBOUR)
    told = json.loads(json.dumps(as_data(compare_texts(copy, joined(*HARBOUR)))))
    first = told["passages"][0]
    assert "".join(piece["copy"] for piece in first["pieces"]) == copy[slice(*first["copy"])]
    assert {"source": "fishermen", "copy": "anglers"} in told["changes"]
    assert told["numbers_lost"] == ["42"]


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.integers(40, 120))
def test_lines_are_clean_and_fit(copy: str, source: str, width: int) -> None:
    for line in drawn(copy, source, width):
        assert display_width(line) <= width
        assert is_clean(line)
