from __future__ import annotations

from newsroom.records import Article
from pipelines.body.containers import joined_containers
from pipelines.extract import extract
from pipelines.markup import parse

LINES = tuple(
    f"In year {year} of the works the town waited for the {part} of the bridge, which cost more than anybody had said "
    f"it would when the first stone was laid by the mayor on a rainy morning in the {year}th month."
    for year, part in enumerate(("piers", "deck", "rails", "lamps", "paint", "signs", "ramps", "walks"), 1)
)


def chunk(lines: tuple[str, ...], kind: str = "grid article-body") -> str:
    return f"<div class=row><div class='{kind}'>{''.join(f'<p>{line}</p>' for line in lines)}</div></div>"


def text_of(body: str) -> str:
    page = f"<html><head><title>The bridge</title></head><body>{body}</body></html>"
    found = extract(page.encode(), "https://www.example.org/town/the-new-bridge-4711.html", "text/html")
    assert isinstance(found, Article), found
    return found.text


def test_a_body_split_by_advertising_is_read_whole_and_in_order() -> None:
    split = f"<section>{chunk(LINES[:4])}<div class=ad>Buy a boat</div>{chunk(LINES[4:])}</section>"
    assert text_of(split).split("\n") == list(LINES)


def test_the_page_itself_is_left_as_it_was() -> None:
    page = parse(f"<html><body><section>{chunk(LINES[:4])}{chunk(LINES[4:])}</section></body></html>")
    whole = joined_containers(page, "\n".join(LINES[:4]))
    assert whole is not None
    assert [len(part) for part in page.iter("div") if part.get("class") != "row"] == [4, 4]
    assert [len(part) for part in whole.iter("div") if part.get("class") != "row"] == [8, 0]


def test_containers_of_one_paragraph_are_teasers_and_stay_apart() -> None:
    page = parse(f"<html><body><section>{chunk(LINES[:4])}{chunk(LINES[4:5])}</section></body></html>")
    assert joined_containers(page, "\n".join(LINES[:4])) is None


def test_containers_of_another_kind_or_in_another_block_stay_apart() -> None:
    for other in (chunk(LINES[4:], "comments"), f"<aside>{chunk(LINES[4:])}</aside>"):
        page = parse(f"<html><body><section>{chunk(LINES[:4])}{other}</section></body></html>")
        assert joined_containers(page, "\n".join(LINES[:4])) is None


def test_nothing_is_joined_where_nothing_was_left_out() -> None:
    page = parse(f"<html><body><section>{chunk(LINES[:4])}{chunk(LINES[4:])}</section></body></html>")
    assert joined_containers(page, "\n".join(LINES)) is None
