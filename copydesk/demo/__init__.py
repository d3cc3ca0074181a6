"""`copydesk demo`: three made-up portals on loopback, crawled twice, and checked against what is known of them."""
