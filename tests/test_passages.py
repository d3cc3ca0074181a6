from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom.han import simplify
from pipelines.passages.compare import EVIDENCE_BYTES, Comparison, compare_texts, evidence
from pipelines.passages.tokens import read_tokens

HARBOUR = (
    "The harbour of Westport opened again on Monday after eleven days of repairs to its northern wall.",
    "Harbour master Jane Roe said that 42 ships had waited outside the port since the storm of 3 March.",
    "Most of the fishermen went out before dawn, and the first catch was sold at 7.30 in the morning.",
    "The town council wants to raise the wall by two metres and has asked the Ministry of Transport for money.",
)
SPUN_HARBOUR = (
    "Most of the anglers went out before daybreak, and the first haul was sold at 7.30 in the morning.",
    "The town council desires to raise the wall by two metres and has asked the Ministry of Transport for cash.",
    "The harbour of Westport opened again on Monday following eleven days of fixes to its northern wall.",
    "Harbour chief Jane Roe said that 40 ships had waited outside the port since the tempest of 3 March.",
)
BRIDGE = (
    "海州市新建的跨河大桥昨天上午正式通车，全长1280米，双向六车道。",
    "市交通局局长在仪式上发表声明，感谢全体建设者三年来的辛勤劳动。",
    "大桥连接老城区和东部工业园，预计每天通过车辆3.5万辆，出行时间缩短20分钟。",
    "不少市民带着孩子前来参观，有人还带来了介绍本地历史的《海州旧事》送给建设者。",
)
SPUN_BRIDGE = (
    "大桥连接老城区和东部产业园，估计每天通过车辆3.5万辆，出行时光缩短20分钟。",
    "海州市新建的跨河大桥昨日上午正式通车，全长1280米，双向六车道。",
    "许多市民带着孩子前来观赏，有人还带来了介绍本地历史的《海州旧事》送给建设者。",
    "市交通局局长在仪式上发表申明，感激全体建设者三年来的辛勤劳作。",
)
ORCHARD = "Apple growers in the valley expect a small crop because frost killed most blossoms in late April."


def joined(*paragraphs: str) -> str:
    return "\n".join(paragraphs)


def words_of(comparison: Comparison) -> dict[str, str]:
    return dict(comparison.changes)


def test_the_same_text_is_one_passage_without_changes() -> None:
    found = compare_texts(joined(*HARBOUR), joined(*HARBOUR))
    assert (found.covered, found.same, found.moved, found.changes) == (1, 1, 0, ())
    assert [piece.kind for passage in found.passages for piece in passage.pieces] == ["same"]


def test_shuffled_and_spun_paragraphs_are_passages_with_the_exchanged_words_inside() -> None:
    copy, source = joined(*SPUN_HARBOUR), joined(*HARBOUR)
    found = compare_texts(copy, source)
    assert (found.order, found.moved, found.covered) == ((1, 0), 1, 1)
    assert found.same > 0.8
    changed = words_of(found)
    assert changed["fishermen"] == "anglers"
    assert changed["storm"] == "tempest"
    assert changed["money"] == "cash"  # at the end of a sentence, where another passage begins


def test_numbers_and_names_of_the_source_are_kept_or_lost() -> None:
    found = compare_texts(joined(*SPUN_HARBOUR), joined(*HARBOUR))
    assert found.numbers_kept == ("3", "7.30")
    assert found.numbers_lost == ("42",)
    assert found.names_kept == ("Westport", "Monday", "Jane Roe", "March", "Ministry", "Transport")
    assert found.names_lost == ()


def test_a_name_that_was_spun_is_lost() -> None:
    found = compare_texts(joined(*HARBOUR).replace("Jane Roe", "Janet Row"), joined(*HARBOUR))
    assert found.names_lost == ("Jane Roe",)


def test_what_the_source_says_elsewhere_is_not_lost_from_an_excerpt() -> None:
    found = compare_texts(HARBOUR[2], joined(*HARBOUR))
    assert (found.covered, found.numbers_kept, found.numbers_lost, found.names_lost) == (1, ("7.30",), (), ())
    assert len(found.only_in_source) == 2
    assert found.only_in_copy == ()


def test_chinese_paragraphs_that_were_shuffled_keep_their_source_places() -> None:
    copy, source = joined(*SPUN_BRIDGE), joined(*BRIDGE)
    found = compare_texts(copy, source)
    assert found.order == (2, 0, 3, 1)
    assert found.moved == 2
    assert found.covered == 1
    for passage, paragraph in zip(found.passages, SPUN_BRIDGE, strict=True):
        assert copy[passage.copy.start : passage.copy.end] == paragraph
    assert found.numbers_kept == ("1280", "3.5", "20")
    assert found.names_kept == ("《海州旧事》",)


def test_a_single_exchanged_character_is_told_with_a_neighbour() -> None:
    source = "局长发表声明。记者看到，这份声明共三页，声明的最后写着日期。"
    found = compare_texts(source.replace("声明", "申明"), source)
    assert found.changes == (("声明", "申明"),)


def test_words_of_different_length_are_exchanged_as_a_whole() -> None:
    source = "他没有料到的是，工程队提前完成了全部任务，市民对此十分满意。"
    copy = "他始料未及的是，工程队提早完成了全部任务，市民对此非常满意。"
    found = compare_texts(copy, source)
    changes = words_of(found)
    assert changes["没有料到"] == "始料未及"
    assert changes["十分"] == "非常"


def test_a_comma_ends_an_exchange() -> None:
    found = compare_texts(
        "各方高度评价此次会晤，普遍认为意义重大深远影响广。", "各方高度评价此次会谈，一致认为意义重大深远影响广。"
    )
    assert found.changes == (("会谈", "会晤"), ("一致", "普遍"))


def test_traditional_script_is_the_same_text() -> None:
    traditional = "海州市新建的跨河大橋昨天上午正式通車，全長1280米，雙向六車道。"
    assert simplify(traditional) == BRIDGE[0]
    found = compare_texts(traditional, BRIDGE[0])
    assert (found.covered, found.same, found.changes) == (1, 1, ())


def test_an_edit_shows_what_was_added_and_dropped() -> None:
    copy = joined(HARBOUR[0].replace(" again", ""), HARBOUR[1].replace("since", "at anchor since"), HARBOUR[2])
    found = compare_texts(copy, joined(*HARBOUR[:3]))
    pieces = [piece for passage in found.passages for piece in passage.pieces if piece.kind != "same"]
    assert [(piece.kind, piece.copy_text, piece.source_text) for piece in pieces] == [
        ("dropped", "", "again"),
        ("added", "at anchor", ""),
    ]
    assert found.moved == 0


def test_a_sentence_that_only_the_copy_has_is_told() -> None:
    copy = joined(HARBOUR[0], ORCHARD, HARBOUR[1])
    found = compare_texts(copy, joined(*HARBOUR))
    (own,) = found.only_in_copy
    assert copy[own.start : own.end] == ORCHARD.rstrip(".")
    assert found.covered == pytest.approx(1 - len(read_tokens(ORCHARD)) / len(read_tokens(copy)), abs=0.001)


def test_another_sentence_in_the_place_of_one_stands_only_in_its_text() -> None:
    source = joined(HARBOUR[0], HARBOUR[2], HARBOUR[3])
    copy = joined(HARBOUR[0], ORCHARD, HARBOUR[3])
    found = compare_texts(copy, source)
    assert [copy[span.start : span.end] for span in found.only_in_copy] == [ORCHARD.rstrip(".")]
    assert [source[span.start : span.end] for span in found.only_in_source] == [HARBOUR[2].rstrip(".")]
    assert found.changes == ()


def test_a_single_exchanged_character_between_two_equal_neighbours_takes_both() -> None:
    found = compare_texts("出行时光缩短二十分钟，市民满意。", "出行时间缩短二十分钟，市民满意。")
    assert found.changes == (("时间缩", "时光缩"),)


def test_a_link_pushed_into_a_sentence_is_added_and_only_in_the_copy() -> None:
    copy = BRIDGE[0].replace("正式", "点击进入海州大桥通车专题报道页面正式")
    found = compare_texts(copy, BRIDGE[0])
    assert [piece.kind for piece in found.passages[0].pieces] == ["same", "added", "same"]
    assert [copy[span.start : span.end] for span in found.only_in_copy] == ["点击进入海州大桥通车专题报道页面"]


def test_a_sentence_moved_within_its_paragraph_is_not_also_dropped() -> None:
    source = "".join(BRIDGE)
    copy = BRIDGE[0] + BRIDGE[2] + BRIDGE[1] + BRIDGE[3]
    found = compare_texts(copy, source)
    assert found.order == (0, 2, 1, 3)
    assert found.moved == 1
    assert all(piece.kind == "same" for passage in found.passages for piece in passage.pieces)


def test_a_short_last_sentence_belongs_to_the_passage_before_it() -> None:
    text = joined(BRIDGE[0], "完。")
    assert compare_texts(text, text).covered == 1


def test_a_word_that_two_paragraphs_begin_with_stays_with_its_own() -> None:
    source = joined(
        BRIDGE[1], "今天上午天气晴朗，桥上人来人往十分热闹。", "今年底前二期工程也将完工，届时还要通行公交车。"
    )
    copy = joined(
        BRIDGE[1], "今年底前二期工程也将完工，届时还要通行公交车。", "今天上午天气晴朗，桥上人来人往十分热闹。"
    )
    found = compare_texts(copy, source)
    assert [copy[each.copy.start : each.copy.end] for each in found.passages] == copy.split("\n")
    assert found.changes == ()


def test_a_paragraph_that_is_repeated_lies_beside_the_source_twice() -> None:
    found = compare_texts(joined(HARBOUR[0], HARBOUR[0]), joined(*HARBOUR))
    assert found.covered == 1
    assert [passage.source.start for passage in found.passages] == [0, 0]


@pytest.mark.parametrize(
    ("copy", "source"), [("", ""), ("", HARBOUR[0]), (HARBOUR[0], ""), ("…!?", "\n\n"), ("\ud800", "\x00")]
)
def test_a_text_without_words_has_no_passages(copy: str, source: str) -> None:
    found = compare_texts(copy, source)
    assert (found.passages, found.covered, found.same) == ((), 0, 0)


@pytest.mark.parametrize("other", [joined(*BRIDGE), "🙂🙃🎉" * 20, "กรุงเทพมหานครเปิดสะพานใหม่เมื่อวานนี้"])
def test_texts_with_nothing_in_common_have_no_passages(other: str) -> None:
    found = compare_texts(joined(*HARBOUR), other)
    assert (found.passages, found.changes, found.numbers_kept) == ((), (), ())
    assert len(found.only_in_copy) == 1


def test_thai_is_compared_by_letters_with_their_marks() -> None:
    source = "กรุงเทพมหานครเปิดสะพานใหม่เมื่อวานนี้ ประชาชนจำนวนมากมาร่วมพิธี"
    found = compare_texts(source.replace("จำนวนมาก", "มากมาย"), source)
    assert len(found.passages) == 1
    assert found.same > 0.7


def test_a_letter_and_its_accent_are_the_same_as_one_character() -> None:
    plain = "Le café de la gare a rouvert lundi après deux mois de travaux."
    apart = plain.replace("é", "e\u0301").replace("è", "e\u0300")
    found = compare_texts(apart, plain)
    assert (found.same, found.changes) == (1, ())
    assert "".join(piece.copy_text for piece in found.passages[0].pieces) == apart


@pytest.mark.parametrize("text", ["的" * 60_000, "so it goes " * 20_000, "市长说" * 20_000 + joined(*BRIDGE)])
def test_huge_and_monotonous_texts_take_bounded_work(text: str) -> None:
    started = time.process_time()
    found = compare_texts(text, text[1:] + text[:500])
    assert found.covered > 0.9
    assert time.process_time() - started < 10


def test_evidence_is_small_whatever_was_found() -> None:
    names = " ".join(f"and Übermäßig{n}langername{'ß' * 40}" for n in range(60))
    source = joined(
        *HARBOUR, f"They met {names} there.", *(f"第{n}条规定《{'很长的名字' * 7}{n}》有效。" for n in range(60))
    )
    copy = joined(*source.replace("storm", "tempest").split("\n")[::-1])
    found = compare_texts(copy, source)
    told = evidence(found)
    assert len(json.dumps(told)) <= EVIDENCE_BYTES
    assert told["passages"]
    assert told["moved"] == found.moved


def test_evidence_says_what_the_comparison_says() -> None:
    found = compare_texts(joined(*SPUN_HARBOUR), joined(*HARBOUR))
    told = evidence(found)
    assert told["order"] == list(found.order)
    assert told["numbers_lost"] == ["42"]
    assert told["passages"] == [[p.copy.start, p.copy.end, p.source.start, p.source.end] for p in found.passages]
    assert json.loads(json.dumps(told)) == told


PARTS = st.sampled_from(
    [*HARBOUR, *SPUN_HARBOUR, *BRIDGE, *SPUN_BRIDGE, "声明", "the wall ", "\n", "e\u0301", "ั", "،", "½", "ß"]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=12).map("".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_any_two_texts_are_compared(copy: str, source: str) -> None:
    found = compare_texts(copy, source)
    end = 0
    for passage in found.passages:
        assert end <= passage.copy.start < passage.copy.end <= len(copy)
        assert 0 <= passage.source.start < passage.source.end <= len(source)
        end = passage.copy.end
        assert "".join(piece.copy_text for piece in passage.pieces) == copy[passage.copy.start : end]
        for piece in passage.pieces:
            assert bool(piece.copy_text) == (piece.kind != "dropped")
            assert piece.kind != "added" or not piece.source_text
    assert 0 <= found.same <= found.covered <= 1
    assert sorted(found.order) == list(range(len(found.passages)))
    assert all(0 <= span.start < span.end <= len(copy) for span in found.only_in_copy)
    assert all(0 <= span.start < span.end <= len(source) for span in found.only_in_source)
    assert len(json.dumps(evidence(found))) <= EVIDENCE_BYTES


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_text_lies_beside_itself(text: str) -> None:
    found = compare_texts(text, text)
    if len(read_tokens(text)) > 20:
        assert found.covered > 0.9
    assert all(old != new for old, new in found.changes)


@given(st.text())
def test_tokens_have_their_places_in_the_text(text: str) -> None:
    tokens = read_tokens(text)
    end = 0
    for start, after in zip(tokens.starts, tokens.ends, strict=True):
        assert end <= start < after <= len(text)
        end = after
    assert len(tokens.initials) == len(tokens.alone) == len(tokens.ids) == len(tokens)
