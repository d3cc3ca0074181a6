from __future__ import annotations

import pytest

from newsroom.records import Article, Declined
from pipelines.extract import extract_text
from pipelines.people.bylines import agency_in, han_names, people
from pipelines.people.han_names import korean_names

URL = "https://www.example.org/town/bridge-4711234.html"
BODY = "".join(
    f"<p>The council met for the {n}th time and the bridge over the river was on its list again, as all had hoped.</p>"
    for n in range(8)
)
HAN_BODY = "".join(
    f"<p>市政府第{n}次会议决定继续推进跨江大桥建设，各部门将加强配合，确保工程按期完成。</p>" for n in range(8)
)


def article(head: str = "", before: str = "", after: str = "", body: str = BODY) -> Article:
    """The article of a page with something in its head, and before and after its text."""
    page = (
        f"<html><head><title>The bridge is open</title>{head}</head><body><article>"
        f"<h1>The bridge is open</h1>{before}{body}{after}</article></body></html>"
    )
    found = extract_text(page, URL)
    assert isinstance(found, Article), found
    return found


def json_ld(author: str, more: str = "") -> str:
    return (
        '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",'
        f'"headline":"The bridge is open","author":{author}{more}}}</script>'
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Jane Roe and John Doe", ["Jane Roe", "John Doe"]),
        ("Von Anna Schmidt, dpa", ["Anna Schmidt"]),
        ("作者：张三、李四", ["张三", "李四"]),
        ("Roe, Jane", ["Jane Roe"]),
        ("Written by: Jane Roe, Senior Editor", ["Jane Roe"]),
        ("Eine Analyse von Anna Schmidt", ["Anna Schmidt"]),
        ("Text: Anna Schmidt", ["Anna Schmidt"]),
        ("Por María Pérez 12 de mayo de 2024", ["María Pérez"]),
        ("Von Anna Schmidt Fr, 18. Oktober 2019", ["Anna Schmidt"]),
        ("January 17, 2017 at 6:08 PM ET by Jane Roe", ["Jane Roe"]),
        ("Ludwig von der Heide", ["Ludwig von der Heide"]),
        ("신현주 기자", ["신현주"]),
        ("赵 培", ["赵培"]),
        ("https://www.facebook.com/examplepost", []),
        ("Photograph by Jane Roe", []),
        ("Staff Reporter", []),
        ("info@example.org", []),
        ("Reuters", []),
        ("Deutsche Presse-Agentur", []),
        ("Example Post", []),
        ("Example Post Online", []),
        ("Example Web Services GmbH", []),
        ("Personal finance", []),
        ("105092", []),
    ],
)
def test_a_byline_holds_people_only(line: str, expected: list[str]) -> None:
    assert list(people(line, "Example Post")) == expected


def test_agencies_are_told_apart() -> None:
    assert agency_in("Von Anna Schmidt, dpa") == "dpa"
    assert agency_in("Agencia EFE") == "Agencia EFE"
    assert agency_in("By Jane Roe") is None


def test_an_agency_beside_a_person_is_left_out_of_the_byline() -> None:
    found = article(json_ld('[{"@type":"Person","name":"Jane Roe"},"AP"]'))
    assert found.byline == ("Jane Roe",)
    assert found.provenance["byline"].rejected == (Declined("AP", "an organisation, named beside a person"),)


def test_a_page_signed_by_an_agency_alone_keeps_that_signature_and_says_so() -> None:
    found = article(json_ld('{"@type":"Organization","name":"Associated Press"}'))
    assert found.byline == ("Associated Press",)
    assert found.provenance["byline"].place == "author (organisation)"


def test_a_person_below_the_headline_comes_before_the_site_in_the_pages_data() -> None:
    found = article(
        '<meta property="og:site_name" content="Example Post">' + json_ld('"Example Post"'),
        before='<div class="article__author">Von Anna Schmidt</div>',
    )
    assert found.byline == ("Anna Schmidt",)
    assert [declined.value for declined in found.provenance["byline"].rejected] == ["Example Post"]


def test_an_organisation_in_json_ld_is_not_split_at_its_and() -> None:
    found = article(json_ld('{"@type":"Organization","name":"Institute for Bridges and Rivers"}'))
    assert found.byline == ("Institute for Bridges and Rivers",)


def test_an_author_given_by_reference_is_looked_up() -> None:
    graph = (
        '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","headline":"The bridge is open",'
        '"author":{"@id":"#jane"}},{"@type":"Person","@id":"#jane","name":"Jane Roe"}]}</script>'
    )
    assert article(graph).byline == ("Jane Roe",)


@pytest.mark.parametrize("name", ["admin", "https://www.facebook.com/roe", "desk@example.org", "Other Web GmbH", "17"])
def test_an_account_or_an_address_signs_nothing(name: str) -> None:
    assert article(f'<meta name="author" content="{name}">').byline == ()


def test_a_pen_name_signs_where_no_person_is_named() -> None:
    found = article(before='<span>von <a rel="author" href="/author/brueckenfan/">brueckenfan</a></span>')
    assert found.byline == ("brueckenfan",)


def test_a_pen_name_that_the_page_links_signs_before_a_name_in_the_text() -> None:
    link = '<a rel="author" href="/author/brueckenfan/">brueckenfan</a>'
    assert article(before=f"<p>{link}</p><p>Interview: Jane Roe</p>").byline == ("brueckenfan",)
    assert article(before="<p>Interview: Jane Roe</p>").byline == ("Jane Roe",)


def test_what_else_the_page_offered_is_told_with_a_signature() -> None:
    found = article('<meta name="author" content="admin">' + json_ld('"Associated Press"'))
    assert found.byline == ("Associated Press",)
    assert [declined.value for declined in found.provenance["byline"].rejected] == ["admin"]


def test_who_comments_has_not_written_the_story() -> None:
    comment = '<div class="comment-list"><span class="comment-author">John Doe</span><p>I liked the old one.</p></div>'
    assert article(after=comment).byline == ()
    assert article(before='<p class="byline">By Jane Roe</p>', after=comment).byline == ("Jane Roe",)


def test_authors_of_other_stories_on_the_page_are_left_out() -> None:
    teasers = "".join(
        f'<div class="card"><a rel="author" href="/author/{name.lower()}-doe">{name} Doe</a>'
        f"<p>{'Another story that has nothing to do with the bridge. ' * 8}</p></div>"
        for name in ("John", "Mary")
    )
    before = (
        '<div><a rel="author" href="/author/jane-roe">Jane Roe</a> and <a rel="author" href="/a/x">Max Moe</a></div>'
    )
    assert article(before=before, after=teasers).byline == ("Jane Roe", "Max Moe")


def test_a_role_marked_apart_is_no_second_name() -> None:
    before = (
        '<div class="author-line"><span class="author-label">Written By:</span> <a class="author-name">Jane Roe</a>'
        '<span class="author-title">Gardener &amp; Bridge Builder</span></div>'
    )
    assert article(before=before).byline == ("Jane Roe",)


@pytest.mark.parametrize("label", ["Updated by", "Medically reviewed by:", "Übersetzt von"])
def test_who_updated_or_reviewed_did_not_write(label: str) -> None:
    before = (
        '<div class="top"><p><span itemprop="author">By <a href="/p/1">Jane Roe</a></span></p>'
        f'<p>{label} <span itemprop="author"><a href="/p/2">John Doe</a></span></p></div>'
    )
    assert article(before=before).byline == ("Jane Roe",)


def test_given_and_family_name_in_elements_of_their_own_are_one_name() -> None:
    before = '<a rel="author" href="mailto:x@example.org"><span>Jane</span> <span>Roe</span></a>'
    assert article(before=before).byline == ("Jane Roe",)


def test_author_links_that_name_one_more_than_the_data_are_believed() -> None:
    links = '<p><a rel="author" href="/a/1">Jane Roe</a>, <a rel="author" href="/a/2">{}</a></p>'
    data = json_ld('{"@type":"Person","name":"Jane Roe"}')
    assert article(data, before=links.format("John Doe")).byline == ("Jane Roe", "John Doe")
    assert article(data, before='<p><a rel="author" href="/a/2">John Doe</a></p>').byline == ("Jane Roe",)


def test_initials_joined_by_a_slash_are_one_signature() -> None:
    assert article(before='<span itemprop="author">abc/de;fgh</span>').byline == ("abc/de", "fgh")


@pytest.mark.parametrize("name", ["关注", "版权声明", "文章导航"])
def test_a_notice_in_chinese_is_no_name(name: str) -> None:
    assert article(before=f'<div class="author">{name}</div>', body=HAN_BODY).byline == ()


def test_a_chinese_reporter_comes_before_the_portal_in_the_pages_data() -> None:
    head = '<meta name="author" content="示例网">'
    assert article(head, body=f"{HAN_BODY}<p>示例日报记者 张三</p>").byline == ("张三",)


@pytest.mark.parametrize("name", ["Von Miller", "Robert De Niro", "June Smith", "De Niro Robert"])
def test_a_stated_name_that_begins_like_a_label_is_kept_whole(name: str) -> None:
    assert article(json_ld(f'{{"@type":"Person","name":"{name}"}}')).byline == (name,)


def test_a_picture_s_author_is_not_the_story_s() -> None:
    figure = '<figure><img src="/b.jpg"><span class="img-author">John Doe</span></figure>'
    assert article(before=figure).byline == ()


def test_a_wrapper_around_the_headline_is_the_story_s_whatever_it_is_called() -> None:
    page = (
        "<html><head><title>The bridge is open</title></head><body><div class='page sidebar-right'>"
        f"<h1>The bridge is open</h1><span class='author vcard'>Jane Roe</span>{BODY}</div></body></html>"
    )
    found = extract_text(page, URL)
    assert isinstance(found, Article)
    assert found.byline == ("Jane Roe",)


def test_a_label_below_the_headline_is_read_without_any_class() -> None:
    assert article(before="<div><i>Par</i> <b>Jeanne Dupont</b>, 21 juin 2018</div>").byline == ("Jeanne Dupont",)


def test_a_link_to_an_author_s_page_counts_when_it_shows_that_name() -> None:
    assert article(before='<p><a href="/staff/jane-roe">Jane Roe</a></p>').byline == ("Jane Roe",)
    assert article(before='<p><a href="/staff/jane-roe">Bridge Builder</a></p>').byline == ()


def test_a_vietnamese_paper_signs_below_the_text() -> None:
    assert article(after="<p><strong>Lê Phương</strong></p>").byline == ("Lê Phương",)
    assert article(after="<p><strong>Key Takeaways</strong></p>").byline == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("示例日报讯（记者 张三丰）今天上午", ["张三丰"]),
        ("执笔人：张三 李四 王五六", ["张三", "李四", "王五六"]),
        ("示例网黑龙江频道 记者 张三 李四", ["张三", "李四"]),
        ("作者：太小心", ["太小心"]),
        ("记者 张三 摄影 李四", ["张三"]),
        ("（記者 陳大文／臺北報導）", ["陳大文"]),
        ("中央社記者陳大文台北5日電", ["陳大文"]),
        ("记者从发布会上获悉", []),
        ("记者 打印本稿", []),
    ],
)
def test_reporters_are_found_behind_their_label(line: str, expected: list[str]) -> None:
    assert han_names(line) == expected


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        ("<p>各部门将加强配合。[示例日报记者 张三丰]</p>", ("张三丰",)),
        ("<p>【北京＝山田太郎】橋が開通した。</p>", ("山田太郎",)),
        ("<p>相关情况（简称大桥）后续公布。</p>", ()),
    ],
)
def test_a_bracketed_reporter_is_found_deep_in_the_text(signed: str, expected: tuple[str, ...]) -> None:
    assert article(body=HAN_BODY + signed + HAN_BODY).byline == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[서울=예시] 홍길동 김철수 기자 =", ["홍길동", "김철수"]),
        ("홍길동 기자 hong@example.com", ["홍길동"]),
        ("시민 기자 모집", []),
    ],
)
def test_korean_reporters_stand_before_their_title(line: str, expected: list[str]) -> None:
    assert korean_names(line) == expected


def test_an_essay_s_name_below_its_title_is_its_author() -> None:
    assert article(body=f"<p>胡平</p>{HAN_BODY}").byline == ("胡平",)
    assert article(body=f"<p>导语</p>{HAN_BODY}").byline == ()


def test_a_chinese_label_in_the_head_of_the_page_is_read() -> None:
    assert article(before="<div><span>来源:转载</span> <span>作者:孙仲旻</span></div>", body=HAN_BODY).byline == (
        "孙仲旻",
    )
