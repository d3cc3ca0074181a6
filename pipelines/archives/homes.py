"""Which portal an archived page belongs to: the one whose site it is on, or a new one named for its host."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from newsroom.errors import PortalError
from newsroom.portals import Portal, ad_hoc_portal, check_portal, portal_files
from newsroom.urls import host_key
from storage.portals import KnownPortal

CATCH_ALL = "import"  # for hosts that give no id


class Homes:
    """The portals that are known, by host. Portal files come before what the corpus remembers of them."""

    def __init__(self, files: Path, known: Iterable[KnownPortal], only: str | None = None) -> None:
        self._only = only
        self._by_host: dict[str, Portal] = {}
        self._by_id: dict[str, Portal] = {}
        for portal in (*_from_files(files), *_from_corpus(known)):
            self._by_id.setdefault(portal.id, portal)
            for host in {_bare(portal.home), *(each.removeprefix("www.") for each in portal.hosts)}:
                self._by_host.setdefault(host, portal)

    def of(self, url: str) -> Portal:
        """The portal of the page at `url`."""
        if self._only is not None:
            if self._only not in self._by_id:
                self._by_id[self._only] = Portal(id=self._only, name=self._only, home=f"{host_key(url)}/")
            return self._by_id[self._only]
        host = _bare(url)
        portal = self._by_host.get(host)
        if portal is None:
            portal = self._by_host[host] = _new(f"{host_key(url)}/")
        return portal


def _new(home: str) -> Portal:
    try:
        return ad_hoc_portal(home)
    except PortalError:  # such as a host of nothing but signs
        return Portal(id=CATCH_ALL, name=CATCH_ALL, home="http://import.invalid/")


def _from_files(folder: Path) -> Iterable[Portal]:
    """What can be read; a faulty file is the crawl's trouble."""
    if folder.is_dir():
        for path in portal_files(folder):
            portal, _ = check_portal(path)
            if portal is not None:
                yield portal


def _from_corpus(known: Iterable[KnownPortal]) -> Iterable[Portal]:
    for each in known:
        try:
            yield Portal.model_validate(each.definition)
        except ValueError:  # one of another import: it has no definition
            continue


def _bare(url: str) -> str:
    return urlsplit(host_key(url)).netloc.removeprefix("www.")
