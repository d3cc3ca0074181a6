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
HTTPERROR_ALLOW_ALL = True
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
ROBOTSTXT_OBEY = False  # spiders.robots_desk decides before a request is made
COOKIES_ENABLED = False
REFERER_ENABLED = False
DEPTH_LIMIT = 0
URLLENGTH_LIMIT = 0  # a request dropped without a word would never leave the frontier

DOWNLOADER_MIDDLEWARES = {"spiders.exchange.WireMiddleware": 595}  # nearer to the wire than HttpCompression (590)
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "spiders.politeness.FlooredThrottle": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_MAX_DELAY = 60.0

CONCURRENT_REQUESTS = 32
CONCURRENT_ITEMS = 1  # Scrapy starts this many tasks for every answer; ours gives one item at most
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 16_000_000  # bytes of answers being read; downloading pauses above it
MEMUSAGE_ENABLED = False
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
LOG_LEVEL = "WARNING"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.8,*/*;q=0.5",
}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
