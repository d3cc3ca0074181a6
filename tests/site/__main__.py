"""Serve the site until interrupted: `python -m tests.site`."""

import contextlib
import time

from tests.site import Site

with Site() as site, contextlib.suppress(KeyboardInterrupt):
    print(site.url("/"), flush=True)
    while True:
        time.sleep(3600)
