"""Rows as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from storage.exports.reading import Slice

if TYPE_CHECKING:
    from storage.corpus import Corpus

_as_text = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def jsonl(corpus: Corpus, article_ids: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
    """Articles as plain JSON values: those of `article_ids` in that order, else all of them by id.

    Memory does not grow with the number of articles. What is under an embargo is left out.
    """
    return corpus.slices.plain(Slice(article_ids))


def json_lines(corpus: Corpus, chosen: Slice) -> Iterator[str]:
    """The rows of a slice as text, an object a line, ends of lines included."""
    for each in corpus.slices.plain(chosen):
        yield _as_text(each) + "\n"
