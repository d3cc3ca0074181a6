from __future__ import annotations

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Rejected
from pipelines.extract import extract

URL = "https://www.example.org/town/harbour-opens-after-nine-years-4711.html"
SHORT = (
    "<p>The harbour opened on Monday at noon, nine years after the first plan was shown in the town library. "
    "The mayor cut the ribbon and said that she had never doubted the work of the builders.</p>"
    "<p>Boats came from both banks of the river, and the school choir sang until it rained.</p>"
)


def page(body: str, title: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def refused(html: bytes, min_chars: int = 100) -> Rejected:
    found = extract(html, URL, "text/html; charset=utf-8", min_chars=min_chars)
    assert isinstance(found, Rejected), found
    return found


def news(title: str, body: str = SHORT) -> bool:
    return isinstance(extract(page(f"<h1>{title}</h1>{body}", title), URL, "text/html; charset=utf-8"), Article)


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "404 Not Found",
        "Error 404",
        "Page not found | Example Post",
        "The page you requested could not be found",
        "Seite nicht gefunden",
        "Artikel nicht mehr verfügbar",
        "Página no encontrada",
        "Страница не найдена",
        "页面不存在",
        "ページが見つかりません",
        "페이지를 찾을 수 없습니다",
    ],
)
def test_a_page_that_says_it_is_missing_is_an_error_page(title: str) -> None:
    found = refused(page(f"<h1>{title}</h1><p>Try the search or go back to the front page of the paper.</p>", title))
    assert found.reason is Reason.ERROR_PAGE
    assert "in its title" in found.detail


@pytest.mark.parametrize(
    "title",
    [
        "Death toll rises to 500",
        "Flight from Lima lands with passenger 404",
        "Missing hiker still not found",
        "Lost story found in the attic of a library",
        "Commission publishes 500-page report",
        "Vermisster Segler nicht gefunden",
        "市长的微博已被删除",
        "Court hears why access was denied",
    ],
)
def test_short_news_that_sounds_like_an_error_is_news(title: str) -> None:
    assert news(title)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<p>Subscribe to continue reading this story and all others.</p>", "Subscribe to continue"),
        ("<p>We value your privacy. We and our partners store information on a device.</p>", "We value your privacy"),
        ("<p>Just a moment... you will be taken to the paper.</p>", "Just a moment"),
        ("<p>Mit Werbung weiterlesen oder ein Abo abschließen, Sie haben die Wahl.</p>", "Mit Werbung weiterlesen"),
        ("<p>登录后查看全文</p>", "登录后查看"),
    ],
)
def test_a_wall_names_the_words_it_was_told_by(body: str, says: str) -> None:
    found = refused(page(body, "Example Post"))
    assert found.reason is Reason.WALL
    assert says in found.detail


def test_news_about_passwords_and_privacy_is_no_wall() -> None:
    assert news(
        "请登录新网站购票",
        "<p>" + "市政府宣布，从明天起请登录新的网站购票，老网站同时停用，市民不必更换手机号码。" * 4 + "</p>",
    )
    words = SHORT + "<p>“We value your privacy,” the harbour's owner told those who asked about the new cameras.</p>"
    assert news("Cameras at the harbour", words)


def test_scripts_and_no_words_are_a_shell() -> None:
    scripts = "".join(f"<script src=/chunk{n}.js></script>" for n in range(6))
    shell = page(f"<main><div style='min-height:200px'></div></main>{scripts}", "Harbour opens | Example Post")
    assert refused(shell).reason is Reason.CLIENT_RENDERED
    assert "6 scripts" in refused(shell).detail
    bare = page("<main><p>Soon.</p></main>", "Harbour opens | Example Post")
    assert refused(bare).reason is Reason.TOO_SHORT


def test_nothing_is_no_article_however_little_is_asked_for() -> None:
    empty = page("<main><img src=a.jpg></main>", "Pictures")
    assert refused(empty, min_chars=0) == Rejected(Reason.NO_ARTICLE, "no body text found")
    assert refused(b"<html><body></body></html>", min_chars=0).reason is Reason.NO_ARTICLE


def test_the_same_few_words_over_and_over_are_too_short() -> None:
    again = page("<h1>Harbour</h1><div>" + "<p>Read the whole story</p>" * 60 + "</div>", "Harbour")
    assert refused(again).reason is Reason.TOO_SHORT
    assert isinstance(extract(page(f"<h1>Harbour</h1>{SHORT * 4}", "Harbour"), URL, "text/html"), Article)
