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

# What would do nothing for us is left out: every middleware costs each page, and an output of the spider's wakes all of
# the spider middlewares each time it waits. `spiders.requests` says what a request carries.
_MIDDLEWARES = "scrapy.downloadermiddlewares"
DOWNLOADER_MIDDLEWARES = {
    "spiders.exchange.WireMiddleware": 595,  # nearer to the wire than HttpCompression (590)
    "spiders.proxies.KnownWaysMiddleware": 750,
    f"{_MIDDLEWARES}.httpproxy.HttpProxyMiddleware": None,
    f"{_MIDDLEWARES}.offsite.OffsiteMiddleware": None,
    f"{_MIDDLEWARES}.httpauth.HttpAuthMiddleware": None,
    f"{_MIDDLEWARES}.downloadtimeout.DownloadTimeoutMiddleware": None,
    f"{_MIDDLEWARES}.defaultheaders.DefaultHeadersMiddleware": None,
    f"{_MIDDLEWARES}.useragent.UserAgentMiddleware": None,
    f"{_MIDDLEWARES}.stats.DownloaderStats": None,
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # pages of one priority in the order they were leased
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "spiders.politeness.FlooredThrottle": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "scrapy.extensions.corestats.CoreStats": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.remote_control.RemoteControl": None,  # off as it is, but it imports a web server
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
