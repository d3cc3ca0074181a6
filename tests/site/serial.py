"""Articles in leaves: `/2026/03/04/serial-5.html`, `…-5_2.html`, `…-5_3.html`, with a pager; the last leaf is short."""

from __future__ import annotations

from html import escape

from tests.site.newspaper import headline, paragraphs
from tests.site.server import Reply, Request, page

LEAVES = 3
FOLDER = "/2026/03/04"


def leaf_path(number: int, leaf: int = 1) -> str:
    """Where a leaf of serial `number` stands."""
    return f"{FOLDER}/serial-{number}{f'_{leaf}' if leaf > 1 else ''}.html"


def leaf_texts(number: int, leaf: int) -> list[str]:
    """The paragraphs of a leaf: eight, but the last leaf has one."""
    return paragraphs(100 * number + leaf)[: 1 if leaf == LEAVES else 8]


def leaf_html(number: int, leaf: int, *, texts: list[str] | None = None, leaves: int = LEAVES, pager: str = "") -> str:
    """A leaf with the headline of all, its own text, a pager, and a neighbouring article behind `rel=next`."""
    title = escape(headline(number))
    body = "".join(f"<p>{escape(text)}</p>" for text in texts or leaf_texts(number, leaf))
    numbers = "".join(
        f"<b>{each}</b> " if each == leaf else f'<a href="{leaf_path(number, each)}">{each}</a> '
        for each in range(1, leaves + 1)
    )
    more = f'<a href="{leaf_path(number, leaf + 1)}">下一页</a>' if leaf < leaves else ""
    pager = pager or f'<div class="page-links">{numbers}{more}</div>'
    return (
        f'<html lang="en"><head><title>{title} - The Daily Misbehaviour</title>'
        f'<link rel="next" href="{FOLDER}/another-story-altogether.html"></head><body><main><article><h1>{title}</h1>'
        f'<p class="byline">By Mara Lindqvist, 4 March 2026</p>{body}{pager}</article></main></body></html>'
    )


@page(FOLDER + "/serial-{n}.html", FOLDER + "/serial-{n}_{leaf}.html")
def leaf(request: Request) -> Reply:
    """One leaf, with an ETag that the site honours."""
    number, number_of_leaf = int(request.match["n"]), int(request.match.groupdict().get("leaf") or 1)
    if number_of_leaf > LEAVES:
        return Reply("<h1>Not found</h1>", 404)
    etag = f'"serial-{number}-{number_of_leaf}"'
    if request.headers.get("if-none-match") == etag:
        return Reply(status=304, type=None, headers=[("ETag", etag)])
    return Reply(leaf_html(number, number_of_leaf), headers=[("ETag", etag)])
