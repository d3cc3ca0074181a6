"""Fetch and read single addresses, with the later pages of their articles, and store nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from newsroom.config import Config
from newsroom.portals import Portal
from newsroom.records import Article, Rejected
from pipelines.workers import ExtractionPool
from spiders.parts import PartAnswer, gather
from spiders.probe import Fetched, Prober, run_probe

Read = tuple[Fetched, Article | Rejected | None]  # None: there was nothing to read


def read_addresses(
    config: Config, portal: Portal, urls: Sequence[str], options: Mapping[str, Any], workers: int
) -> list[Read]:
    """Fetch `urls` as a crawl of `portal` would, and read them with these options of extraction; in their order.

    Runs Twisted's reactor, so it can be called once a process.
    """

    async def plan(prober: Prober) -> list[Read]:
        pool = ExtractionPool(workers=workers)
        try:
            return list(await asyncio.gather(*(_read(prober, pool, url, options) for url in urls)))
        finally:
            await pool.close()

    return run_probe(config, portal, plan)


async def _read(prober: Prober, pool: ExtractionPool, url: str, options: Mapping[str, Any]) -> Read:
    async def ask(later: str) -> PartAnswer:
        answer = await prober.fetch(later)
        return PartAnswer(later, answer.body, answer.content_type, answer.reason, answer.detail)

    async def read(answer: PartAnswer, first: str) -> Article | Rejected:
        return await pool.run(answer.body, answer.url, answer.content_type, {**options, "part_of": first})

    got = await prober.fetch(url)
    if got.reason is not None:
        return got, None
    found = await pool.run(got.body, got.url, got.content_type, options)
    if isinstance(found, Article) and found.later_pages:
        found = (await gather(found, ask, read)).article
    return got, found
