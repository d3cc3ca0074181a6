from __future__ import annotations

import pytest

from newsroom.reasons import Reason
from newsroom.records import Rejected
from pipelines.markup import MAX_ATTRIBUTES, parse, too_much

MANY = " ".join(f"a{number}=1" for number in range(MAX_ATTRIBUTES + 1))
BARE = " ".join(f"a{number}" for number in range(MAX_ATTRIBUTES + 1))


@pytest.mark.parametrize(
    "page",
    [
        f"<p {MANY}>text</p>",
        f"<p {BARE}>text</p>",
        f"<p title='>' {MANY}>text</p>",
        f'<p " {MANY}>text</p>',
        f"<p ' {MANY}>text</p>",
        f"<p {MANY}",
        f"<script>if (a<b) {{}}</script><p {MANY}>text</p>",
    ],
)
def test_a_tag_with_too_many_attributes_is_refused_before_parsing(page: str) -> None:
    refused = parse(page)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.RESOURCE_LIMIT
    assert "attributes on one tag" in refused.detail


@pytest.mark.parametrize(
    "page",
    [
        f"<script>var found = a <b {BARE}</script><p>text</p>",
        f"<p title='{MANY}'>text</p>",
        f"<p>{MANY}</p>",
        "<p>" + "text " * 50_000,
    ],
)
def test_long_code_values_and_texts_are_no_attributes(page: str) -> None:
    assert too_much(page) is None
