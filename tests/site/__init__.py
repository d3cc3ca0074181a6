"""A local web of misbehaviour: `Site` serves pages named for what they do wrong. See `server.py`."""

from tests.site import misbehaviour, newspaper, robots, serial, traps  # they register their pages
from tests.site.server import ROUTES, Hit, Reply, Site, Wire

__all__ = ["ROUTES", "Hit", "Reply", "Site", "Wire", "misbehaviour", "newspaper", "robots", "serial", "traps"]
