"""What Chinese portals set above and below an article, told from the article's own lines."""

from __future__ import annotations

import pytest

from newsroom.records import Article
from pipelines.body.trimming_chinese import chinese_reasons
from pipelines.extract import extract

TITLE = "南环路下月封闭施工"
FIRST = "市政府昨日宣布，南环路将于下月一日开始封闭施工，预计工期四个月，期间公交线路全部改道行驶。"
LAST = "交通部门负责人表示，绕行方案已经提前公布，请市民出行前留意路口的指示牌，合理安排时间。"


def kept(*lines: str) -> list[str]:
    reasons = chinese_reasons(lines, TITLE)
    return [line for line, reason in zip(lines, reasons, strict=True) if not reason]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("南环路　下月封闭施工", "the title again"),
        ("来源：城市晚报 作者：李明", "credits"),
        ("发布日期：2016-11-22 浏览次数：18 信息来源：省交通厅", "date line"),
        ("2005-02-06 13:26更新", "date line"),
        ("9/17/2004 5:54:13 AM", "date line"),
        ("字号：大 中 小", "date line"),
        ("分享到：", "page tools"),
    ],
)
def test_stamps_credits_and_tools_above_the_article_go(line: str, why: str) -> None:
    assert chinese_reasons((line, FIRST, LAST), TITLE) == [why, "", ""]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("（责任编辑：黄帅）", "credits"),
        ("本文来源：城市晚报 责任编辑：李明_B1234", "credits"),
        ("返回搜狐，查看更多", "page tools"),
        ("【打印本稿】", "page tools"),
        ("扫一扫在手机打开当前页", "call to follow"),
        ("长按关注城市晚报微信公众号", "call to follow"),
        ("本报新闻热线：8888 0000", "call to follow"),
        (
            "凡本网注明“来源：城市网”的所有作品，版权均属于本网，未经授权不得转载，违者将依法追究责任。",
            "notice of rights",
        ),
        ("（責任編輯：黃帥）", "credits"),
        ("歡迎訂閱本報微信頻道", "call to follow"),
        ("本文僅代表作者個人觀點，不代表本網立場。", "notice of rights"),
        ("以上内容仅代表作者个人观点，不代表本站立场。", "notice of rights"),
    ],
)
def test_credits_calls_and_notices_below_the_article_go(line: str, why: str) -> None:
    assert chinese_reasons((FIRST, LAST, line), TITLE) == ["", "", why]


def test_all_that_follows_related_reading_goes() -> None:
    assert kept(FIRST, LAST, "相关阅读：", "北环路去年大修回顾", "城市公交线路一览") == [FIRST, LAST]


def test_an_interview_keeps_its_questions_and_an_official_notice_its_signature() -> None:
    interview = ("记者：为什么现在修？", "局长：雨季之前要修完。", FIRST, "记者：谢谢您！")
    assert kept(*interview) == list(interview)
    notice = (FIRST, LAST, "特此通告。", "市人民政府", "2022年1月27日")
    assert kept(*notice) == list(notice)


def test_sentences_about_editors_rights_and_sharing_stay_within_the_article() -> None:
    lines = (FIRST, "责任编辑：李明说过什么", "分享到朋友圈", "版权声明引起争议", LAST)
    assert kept(*lines) == list(lines)
    about = "他说，未经授权不得转载的声明早已写进合同，平台却仍然照登不误，这才有了这场官司。"
    assert kept(FIRST, about) == [FIRST, about]


def test_a_body_of_short_lines_alone_is_not_emptied() -> None:
    assert kept("春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少") == [
        "春眠不觉晓",
        "处处闻啼鸟",
        "夜来风雨声",
        "花落知多少",
    ]


def test_the_article_loses_the_line_and_its_provenance_keeps_it() -> None:
    call = "扫一扫在手机打开当前页"
    body = f"<div id=content><p>{FIRST}</p><p>{LAST}</p><p>{call}</p></div>"
    page = f"<html><title>{TITLE}</title><body>{body}</body></html>"
    article = extract(page.encode(), "http://news.example.cn/2024/0501/10023.html")
    assert isinstance(article, Article)
    assert article.text == f"{FIRST}\n{LAST}"
    assert [(said.value, said.why) for said in article.provenance["text"].rejected] == [(call, "call to follow")]
