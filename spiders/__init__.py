"""Discovery and fetching: feeds, sitemaps, listings, robots, politeness, safety; the Scrapy project."""
