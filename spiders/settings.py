"""Scrapy's settings for this project. What the portal file decides is set by the spider.

Everything that could open a port, run foreign code, follow a redirect unseen or keep state outside the database is off.
"""

from __future__ import annotations

BOT_NAME = "copydesk"
SPIDER_MODULES = ["spiders.portal"]
NEWSPIDER_MODULE = "spiders"

# Control ports: both give whoever reaches them the whole process.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# http and https only, through the guard that looks at the address a socket is opened to.
DOWNLOAD_HANDLERS = {
    "http": "spiders.safety.GuardedDownloadHandler",
    "https": "spiders.safety.GuardedDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_FAIL_ON_DATALOSS = False  # kept as a truncated capture, and tried again
DOWNLOAD_WARNSIZE = 0

# Redirects, retries and duplicates are the frontier's: each hop is a page with a state and a reason.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
RETRY_ENABLED = False
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
ROBOTSTXT_OBEY = False  # spiders.robots_desk decides before a request is made
COOKIES_ENABLED = False

# Scrapy's own lists are replaced: every middleware costs each page, an output of the spider's wakes all of the spider
# middlewares each time it waits, and what is set to None or switched off is imported all the same, the remote control
# with a whole web server. `spiders.requests` says what a request carries.
DOWNLOADER_MIDDLEWARES_BASE = {"scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590}
DOWNLOADER_MIDDLEWARES = {
    "spiders.exchange.WireMiddleware": 595,  # nearer to the wire than HttpCompression
    "spiders.proxies.KnownWaysMiddleware": 750,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # pages of one priority in the order they were leased
EXTENSIONS_BASE = {
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "spiders.politeness.FlooredThrottle": 0,
}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"  # spiders.stats counts
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_MAX_DELAY = 60.0

CONCURRENT_REQUESTS = 32
CONCURRENT_ITEMS = 1  # Scrapy starts this many tasks for every answer; ours gives one item at most
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 16_000_000  # bytes of answers being read; downloading pauses above it
MEMUSAGE_ENABLED = False
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
LOG_LEVEL = "WARNING"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
