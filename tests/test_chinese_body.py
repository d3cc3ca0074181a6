"""The body of Chinese pages: layout tables, embedded links, replies, captions; and whose business other pages are."""

from __future__ import annotations

import pytest

from newsroom.records import Article
from pipelines.body.chinese import chinese_body
from pipelines.extract import extract
from pipelines.markup import parse

FIRST = "市政府昨日宣布，南环路将于下月一日开始封闭施工，预计工期四个月，期间公交线路全部改道行驶。"
SECOND = "交通部门负责人表示，绕行方案已经提前公布，请市民出行前留意路口的指示牌，合理安排时间。"
THIRD = "附近居民王女士说，这条路坑洼多年，终于等到了大修，希望施工能够按期完成，不要影响学生上学。"
LINKS = "".join(f'<a href="/n/{at}">今日要闻第{at}条：各地天气晴好</a><br>' for at in range(12))


def body_of(html: str) -> str:
    found = chinese_body(parse(f"<html><body>{html}</body></html>"))
    return found.text if found else ""


def test_a_page_laid_out_in_nested_tables_reads_as_its_paragraphs() -> None:
    page = f"""<table><tr><td width=140><table><tr><td>{LINKS}</td></tr></table></td>
    <td><table><tr><td>首页 &gt; 新闻</td></tr>
    <tr><td>　　{FIRST}<br><br>　　{SECOND}<br>　　{THIRD}</td></tr></table></td>
    <td>{LINKS}</td></tr></table>"""
    assert body_of(page) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_paragraphs_on_both_sides_of_an_embedded_list_of_links_are_kept() -> None:
    page = f"<div><p>{FIRST}</p><div class=box>{LINKS}</div><p>{SECOND}</p><p>{THIRD}</p></div>"
    assert body_of(page) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_short_lines_within_the_article_are_kept_and_those_outside_are_not() -> None:
    article = f"<p>{FIRST}</p><p>绕行方案</p><p>{SECOND}</p><p>（完）</p>"
    assert (
        body_of(f"<div>登录 | 注册</div><div>{article}</div><div>手机版</div>")
        == f"{FIRST}\n绕行方案\n{SECOND}\n（完）"
    )


def test_the_text_ends_where_the_readers_begin() -> None:
    replies = "<p>楼上说得太对了，我们小区门口的路也坏了好几年，一直没有人来管，真希望早点修。</p>" * 9
    assert (
        body_of(f"<div><p>{FIRST}</p><p>{SECOND}</p></div><h4>网友评论（9）</h4><div>{replies}</div>")
        == f"{FIRST}\n{SECOND}"
    )


def test_an_article_about_comments_keeps_its_sentence() -> None:
    said = "他在发布会上说，网友评论里的意见已经逐条登记，下周会统一答复，欢迎大家继续留言。"
    assert said in body_of(f"<div><p>{FIRST}</p><p>{said}</p><p>{SECOND}</p></div>")


def test_a_notice_of_rights_behind_the_article_is_no_part_of_it() -> None:
    notice = "版权声明：凡本网注明来源的作品，未经本网书面授权，任何单位不得转载。"
    assert body_of(f"<div><p>{FIRST}</p><p>{SECOND}</p></div><div>{notice}</div>") == f"{FIRST}\n{SECOND}"


def test_an_article_about_rights_keeps_its_sentence() -> None:
    said = "法院认为，该平台未经作者授权使用照片，侵犯了著作权，应当赔偿损失三万元并公开道歉。"
    assert said in body_of(f"<div><p>{FIRST}</p><p>{said}</p><p>{SECOND}</p></div>")


def test_captions_and_readings_over_characters_are_not_read() -> None:
    figure = "<figure><figcaption>施工现场。图片由本报记者摄于昨日上午。</figcaption></figure>"
    assert body_of(f"<div><p>{FIRST}</p>{figure}<p>{SECOND}</p></div>") == f"{FIRST}\n{SECOND}"
    assert "jiǎ" not in body_of(f"<p>{FIRST}<ruby>贾<rt>jiǎ</rt></ruby>先生说，他会支持。</p><p>{SECOND}</p>")


def test_a_table_of_data_stays_a_table_of_rows() -> None:
    rows = "<tr><td>3路</td><td>北环路</td></tr><tr><td>8路</td><td>中山路</td></tr>"
    table = f"<table><tr><th>线路</th><th>改道</th></tr>{rows}</table>"
    lines = body_of(f"<div><p>{FIRST}</p>{table}<p>{SECOND}</p></div>").split("\n")
    assert lines == [FIRST, "| 线路 | 改道 |", "| 3路 | 北环路 |", "| 8路 | 中山路 |", SECOND]


@pytest.mark.parametrize(
    "line",
    [
        "台風の影響で、鉄道各社は始発から運転を見合わせる。再開の見通しは立っていない。",
        "서울시는 다음 달부터 남부순환로 공사를 시작한다고 밝혔다. 공사는 네 달 동안 이어진다.",
        "The council said on Monday that the southern ring road would be closed for four months.",
    ],
)
def test_other_languages_are_left_to_the_engine(line: str) -> None:
    assert body_of(f"<div>{LINKS}</div><div>" + f"<p>{line}</p>" * 30 + "</div>") == ""


@pytest.mark.parametrize("title", ["南环路下月封闭施工", "New Page 1", ""])
def test_an_idle_title_does_not_hide_that_a_page_is_chinese(title: str) -> None:
    page = parse(f"<html><head><title>{title}</title></head><body><p>{FIRST}</p><p>{SECOND}</p></body></html>")
    found = chinese_body(page)
    assert found is not None
    assert found.text == f"{FIRST}\n{SECOND}"


def test_a_chinese_page_without_running_text_is_left_to_the_engine() -> None:
    assert body_of(f"<div>{LINKS}</div>") == ""


def test_the_provenance_names_the_rule_and_the_block() -> None:
    head = "<title>南环路下月封闭施工</title>"
    page = f"<html><head>{head}</head><body><div id=content><p>{FIRST}</p><p>{SECOND}</p></div></body>"
    article = extract(page.encode(), "http://news.example.cn/2024/0501/10023.html")
    assert isinstance(article, Article)
    assert (article.provenance["text"].rule, article.provenance["text"].place) == ("running text", "div#content")


def test_a_page_of_many_nested_blocks_is_read_in_linear_time() -> None:
    deep = "<div>" * 1_500 + f"<span>{FIRST}</span>" * 3_000 + "</div>" * 1_500
    assert body_of(deep).startswith(FIRST)
