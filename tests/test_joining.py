"""One article out of several pages: every word once, every field from where it stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from newsroom.reasons import Reason
from newsroom.records import Article, Declined, InjectedLink, LaterPage, Provenance, Rejected
from pipelines.extract import extract
from pipelines.joining import LaterPart, join, why_not
from pipelines.text import content_digest, match_digest
from spiders.parts import PartAnswer, Whole, gather

URL = "https://paper.example/2026/03/04/serial-5.html"
RULES = {"text": Provenance("trafilatura", "balanced"), "parts": Provenance("pager", "link '2'")}
HEADLINE = "The island council has mapped a forgotten well"
BOARD = "The harbour board counted the lamps on the northern ridge and found two hundred of them."
TRAIN = "The night train crew wants to repair the tram depot before the harvest fair."
BAKER = "The guild of bakers argued over the school garden since nobody objected."
EDITOR = "Editor: M. Lindqvist"


def address(number: int) -> str:
    return f"{URL[:-5]}_{number}.html" if number > 1 else URL


def page(number: int, *lines: str, names: tuple[int, ...] = (), **fields: object) -> Article:
    """A page of the article, whose pager names the pages `names`."""
    said = {"title": HEADLINE, "provenance": RULES, "canonical_url": address(number), **fields}
    later = tuple(LaterPage(each, address(each)) for each in names)
    return Article(url=address(number), text="\n".join(lines), later_pages=later, **said)  # type: ignore[arg-type]


def joined(*pages: Article) -> Article:
    later = [LaterPart(number, address(number), each) for number, each in enumerate(pages[1:], 2)]
    return join(pages[0], later, ())


# --- text -------------------------------------------------------------------------------------------------------


def test_texts_follow_one_another_and_the_digests_are_of_the_whole() -> None:
    whole = joined(page(1, BOARD, names=(2,)), page(2, TRAIN, BAKER))
    assert whole.text.split() == f"{BOARD} {TRAIN} {BAKER}".split()
    assert whole.parts == (address(2),)
    assert whole.later_pages == ()
    assert whole.word_count == len(whole.text.replace(".", "").split())
    assert whole.content_digest == content_digest(HEADLINE, whole.text)
    assert whole.match_digest == match_digest(whole.text)
    assert whole.provenance["text"].place == "balanced; joined with page 2"


def test_headline_and_byline_of_later_pages_are_left_out() -> None:
    byline = "By Mara Lindqvist, 4 March 2026"
    whole = joined(page(1, byline, BOARD), page(2, HEADLINE, byline, TRAIN))
    assert whole.text.count(byline) == 1
    assert HEADLINE not in whole.text
    assert TRAIN in whole.text


def test_what_every_page_ends_with_stays_at_the_end() -> None:
    whole = joined(page(1, BOARD, EDITOR), page(2, TRAIN, EDITOR), page(3, BAKER, EDITOR))
    assert [line for line in whole.text.split("\n") if line] == [BOARD, TRAIN, BAKER, EDITOR]


@pytest.mark.parametrize(
    "line", ["上一页 1 2 3 下一页", "[1] [2] [3]", "Page 2 of 3", "(2)", "第2页", "Seite 2 von 3", "» Next"]
)
def test_the_pagers_own_words_are_left_out(line: str) -> None:
    assert line not in joined(page(1, BOARD, line), page(2, line, TRAIN)).text


def test_sentences_about_pages_stay() -> None:
    said = "Page 2 of 3 of the report was blank."
    assert said in joined(page(1, BOARD), page(2, said, TRAIN)).text


def test_a_line_said_again_in_the_middle_of_a_page_stays() -> None:
    chorus = "And the well was never found."
    whole = joined(page(1, BOARD, chorus, TRAIN), page(2, BAKER, chorus, BAKER.replace("bakers", "tanners")))
    assert whole.text.count(chorus) == 2


# --- fields -----------------------------------------------------------------------------------------------------


def test_what_the_first_page_leaves_open_is_taken_from_a_later_one() -> None:
    editor = Provenance("责任编辑", "text")
    last = page(2, TRAIN, editor="霍宇昂", byline=("Nobody",), provenance={**RULES, "editor": editor})
    whole = joined(page(1, BOARD, byline=("Mara Lindqvist",)), last)
    assert (whole.editor, whole.byline) == ("霍宇昂", ("Mara Lindqvist",))
    assert whole.provenance["editor"] == Provenance("责任编辑", "page 2: text")


def test_links_of_all_pages_are_kept_once() -> None:
    first = page(1, BOARD, links=("https://a.example/", "https://b.example/"))
    ad = InjectedLink("www.x.example", "a bare domain")
    whole = joined(first, page(2, TRAIN, links=("https://b.example/", "https://c.example/"), injected_links=(ad,)))
    assert whole.links == ("https://a.example/", "https://b.example/", "https://c.example/")
    assert whole.injected_links == (ad,)


def test_a_missing_page_is_named() -> None:
    lost = Declined(address(2), "page 2, missing (gone: HTTP 404)")
    assert join(page(1, BOARD), [], [lost]).provenance["parts"] == Provenance("pager", "link '2'", (lost,))


# --- what is no part --------------------------------------------------------------------------------------------


def test_a_page_that_says_the_same_again_is_no_part() -> None:
    first, again = page(1, BOARD, TRAIN), LaterPart(2, address(2), page(2, BOARD, TRAIN, EDITOR))
    assert "again" in why_not(first, (), again)
    assert why_not(first, (), LaterPart(2, address(2), page(2, EDITOR, BAKER))) == ""


def test_a_slug_that_ends_in_a_number_must_have_the_headline_too() -> None:
    fair = replace(page(1, BOARD), url="https://paper.example/the-fair/", title="The town fair opens")
    url = "https://paper.example/the-fair-2/"
    other = replace(page(2, TRAIN), title="Cattle market closes early", canonical_url=url)
    same = replace(other, title="The town fair opens (2)")
    assert "another headline" in why_not(fair, (), LaterPart(2, url, other))
    assert why_not(fair, (), LaterPart(2, url, same)) == ""


# --- fetching ---------------------------------------------------------------------------------------------------


def gathered(first: Article, pages: dict[int, Article | Rejected | PartAnswer]) -> tuple[Whole, list[str]]:
    """What comes of `first` on a site with these later pages; and what was asked for."""
    asked: list[str] = []
    by_url = {address(number): found for number, found in pages.items()}

    async def ask(url: str) -> PartAnswer:
        asked.append(url)
        found = by_url.get(url, PartAnswer(url, reason=Reason.GONE, detail="HTTP 404"))
        return found if isinstance(found, PartAnswer) else PartAnswer(url, b"a page")

    async def read(answer: PartAnswer, first_url: str) -> Article | Rejected:
        assert first_url == URL
        found = by_url[answer.url]
        assert not isinstance(found, PartAnswer)
        return found

    return asyncio.run(gather(first, ask, read)), asked


def test_each_page_leads_to_the_next() -> None:
    whole, asked = gathered(page(1, BOARD, names=(2,)), {2: page(2, TRAIN, names=(3,)), 3: page(3, BAKER)})
    assert asked == [address(2), address(3)]
    assert whole.article.parts == (address(2), address(3))
    assert [(part.reason, part.detail) for part in whole.parts] == [
        (Reason.DUPLICATE, f"page 2 of {URL}"),
        (Reason.DUPLICATE, f"page 3 of {URL}"),
    ]
    assert whole.missing == ""


def test_a_lost_page_does_not_end_an_article_whose_pager_names_more() -> None:
    whole, asked = gathered(page(1, BOARD, names=(2, 3)), {3: page(3, BAKER)})
    assert asked == [address(2), address(3)]
    assert whole.article.parts == (address(3),)
    assert whole.missing == "page 2 missing (gone: HTTP 404)"
    alone, asked = gathered(page(1, BOARD, names=(2,)), {3: page(3, BAKER)})
    assert (alone.article.parts, asked) == ((), [address(2)])


def test_a_page_that_is_a_wall_is_missing_for_that_reason() -> None:
    whole, _ = gathered(page(1, BOARD, names=(2,)), {2: Rejected(Reason.WALL, 'says "sign in to read"')})
    assert [part.reason for part in whole.parts] == [Reason.WALL]


def test_what_may_yet_come_is_told_apart() -> None:
    busy = PartAnswer(address(2), reason=Reason.FAILED, detail="HTTP 503", may_come=True)
    whole, _ = gathered(page(1, BOARD, names=(2,)), {2: busy})
    assert whole.unsure == (busy,)


def test_pagers_that_lead_in_a_circle_end() -> None:
    circle = replace(page(2, TRAIN), later_pages=(LaterPage(3, address(2)), LaterPage(4, address(1))))
    whole, asked = gathered(page(1, BOARD, names=(2,)), {2: circle})
    assert asked == [address(2)]
    assert whole.article.parts == (address(2),)


# --- reading ----------------------------------------------------------------------------------------------------

SHORT = f"<html><head><title>{HEADLINE}</title></head><body><h1>{HEADLINE}</h1><p>It was a dry well.</p></body></html>"


def test_a_short_page_is_read_when_it_is_known_to_be_a_later_one() -> None:
    alone = extract(SHORT.encode(), address(2))
    assert isinstance(alone, Rejected)
    part = extract(SHORT.encode(), address(2), part_of=URL)
    assert isinstance(part, Article)
    assert "dry well" in part.text


def test_an_error_page_is_no_last_page_however_short() -> None:
    gone = "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><p>Sorry.</p></body></html>"
    found = extract(gone.encode(), address(2), part_of=URL)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.ERROR_PAGE


def test_a_page_read_alone_says_where_the_article_goes_on() -> None:
    prose = "".join(f"<p>{line} {line}</p>" for line in (BOARD, TRAIN, BAKER))
    pager = '<a href="serial-5_2.html">下一页</a>'
    html = f"<html><head><title>{HEADLINE}</title></head><body><h1>{HEADLINE}</h1>{prose}{pager}</body></html>"
    found = extract(html.encode(), URL)
    assert isinstance(found, Article)
    assert found.later_pages == (LaterPage(2, address(2)),)
    (unread,) = found.provenance["parts"].rejected
    assert unread == Declined(address(2), "page 2, not fetched: this page was read alone")
