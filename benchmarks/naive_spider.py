"""The spider most people write first: follow sitemaps, extract in the item pipeline, one SQLite commit an article.

python -m benchmarks.naive_spider out.sqlite3 http://host/sitemap.xml …      prints {"pages": N, "seconds": S}
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse
from trafilatura.settings import Document


class ExtractAndStore:
    """Extraction inside the crawler's process, and a commit for each article."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler) -> ExtractAndStore:
        """Scrapy's way of building a pipeline."""
        return cls(crawler.settings["NAIVE_DATABASE"])

    def open_spider(self) -> None:
        """Open the database."""
        self.database = sqlite3.connect(self.path)
        self.database.execute("CREATE TABLE articles (url TEXT PRIMARY KEY, title TEXT, text TEXT, date TEXT)")

    def close_spider(self) -> None:
        """Close the database."""
        self.database.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Extract, store, commit."""
        found = trafilatura.bare_extraction(item["html"], with_metadata=True)
        if isinstance(found, Document):
            row = (item["url"], found.title, found.text, found.date)
            self.database.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", row)
            self.database.commit()
        return item


class NaiveSpider(scrapy.Spider):
    """Every address of the sitemaps."""

    name = "naive"

    def __init__(self, sitemaps: list[str]) -> None:
        super().__init__()
        self.sitemaps = sitemaps

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The sitemaps."""
        for url in self.sitemaps:
            yield scrapy.Request(url, self.read_sitemap)

    def read_sitemap(self, response: Response) -> Iterator[scrapy.Request]:
        """Pages and further sitemaps."""
        assert isinstance(response, TextResponse)
        selector = response.selector
        selector.remove_namespaces()
        for url in selector.xpath("//sitemap/loc/text()").getall():
            yield scrapy.Request(url, self.read_sitemap)
        for url in selector.xpath("//url/loc/text()").getall():
            yield scrapy.Request(url, self.read_page)

    def read_page(self, response: Response) -> dict[str, Any]:
        """Hand the page to the item pipeline."""
        return {"url": response.url, "html": response.body}


def main() -> None:
    """Crawl, then print pages and seconds from the start of the reactor to its end."""
    database, sitemaps = sys.argv[1], sys.argv[2:]
    process = CrawlerProcess(
        {
            "ITEM_PIPELINES": {ExtractAndStore: 100},
            "NAIVE_DATABASE": database,
            "CONCURRENT_REQUESTS": 32,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    start = time.monotonic()
    process.crawl(NaiveSpider, sitemaps=sitemaps)
    process.start()
    total = time.monotonic() - start
    with sqlite3.connect(database) as stored:
        (pages,) = stored.execute("SELECT count(*) FROM articles").fetchone()
    print(json.dumps({"pages": pages, "seconds": total}))


if __name__ == "__main__":
    main()
