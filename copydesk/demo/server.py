"""The made-up portals on loopback, a port each; gone when the block ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from copydesk.demo.site import Site
from copydesk.demo.stories import Paper


class _Server(ThreadingHTTPServer):
    """Serves one site."""

    daemon_threads = True
    site: Site


class _Handler(BaseHTTPRequestHandler):
    """Hands a request to its site, and the reply to the wire."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # one packet for head and body
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        reply = self.server.site.answer(self.path, self.headers.get("If-None-Match"))
        self.send_response(reply.status)
        if reply.status == 200:
            self.send_header("ETag", reply.etag)
            self.send_header("Content-Type", reply.content_type)
        if reply.location:
            self.send_header("Location", reply.location)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the site keeps its own list."""


@contextmanager
def serve(papers: Mapping[str, Paper]) -> Iterator[dict[str, Site]]:
    """Serve each paper on a free port of 127.0.0.1; the sites by name."""
    with ExitStack() as stack:
        sites = {}
        for name, paper in papers.items():
            server = stack.enter_context(_Server(("127.0.0.1", 0), _Handler))
            sites[name] = server.site = Site(paper, f"http://127.0.0.1:{server.server_address[1]}")
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield sites
