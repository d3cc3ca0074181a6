"""The engine: trafilatura finds the body on the parsed tree, htmldate a date of last resort. Sole home of both."""

from __future__ import annotations

import logging
from copy import deepcopy
from datetime import datetime

import trafilatura
from htmldate import find_date
from trafilatura.settings import Document

from pipelines.markup import Element

EXTRACTOR = "trafilatura"
EXTRACTOR_VERSION: str = trafilatura.__version__

# They say with a warning what we say with a reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def body_text(tree: Element, url: str, *, fast: bool) -> str:
    """The article's words, a line a paragraph; "" when there are none. The tree is left as it was."""
    document = trafilatura.bare_extraction(
        tree, url=url or None, fast=fast, include_comments=False, with_metadata=False
    )
    return document.text or "" if isinstance(document, Document) else ""


def guess_date(tree: Element, url: str, now: datetime | None) -> str | None:
    """A publication day (YYYY-MM-DD) from anywhere on the page. Slow: for pages that do not state one."""
    latest = now.strftime("%Y-%m-%d") if now is not None else None
    found = find_date(deepcopy(tree), url=url or None, original_date=True, extensive_search=True, max_date=latest)
    return found if isinstance(found, str) else None
