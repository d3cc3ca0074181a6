"""Hard-wrapped text becomes paragraphs; verse and lists keep their lines."""

from __future__ import annotations

from lxml import html

from pipelines.body.runs import runs
from pipelines.body.wrapped_lines import paragraph_lines

TEXT = "这条路坑洼多年居民盼望大修已久如今工程终于开始施工队伍昨日进场围挡也已经立起来了市民出行需要绕路" * 4


def wrapped(text: str, width: int = 30) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def test_lines_of_one_width_are_one_paragraph() -> None:
    assert paragraph_lines(wrapped(TEXT)) == [TEXT]


def test_an_indent_an_empty_line_and_a_short_line_begin_a_paragraph() -> None:
    parts = ["　　" + wrapped(TEXT)[0][2:], *wrapped(TEXT)[1:6], "　　" + TEXT[:28], *wrapped(TEXT)[1:3], "就这样。"]
    parts += [*wrapped(TEXT)[:2], "", *wrapped(TEXT)[2:4]]
    assert [len(line) for line in paragraph_lines(parts)] == [178, 92, 60, 60]


def test_sentences_and_verse_keep_their_lines() -> None:
    sentences = [f"第{at}条建议已经写进方案，将在下月讨论。" for at in range(9)]
    assert paragraph_lines(sentences) == sentences
    verse = ["春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少"] * 3
    assert paragraph_lines(verse) == verse


def test_preformatted_text_is_read_line_by_line() -> None:
    body = html.fragment_fromstring("<div><pre>" + "\n".join(wrapped(TEXT)) + "\n\n完了</pre></div>")
    assert [run.lines for run in runs(body)] == [[TEXT, "完了"]]
