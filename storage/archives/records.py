"""What an archive holds, as it is read: whole records, and places where something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from storage.captures.walk import Headers, find_header


class Place(NamedTuple):
    """Where a record begins: a byte of the file, and bytes into the gzip member that begins there."""

    offset: int
    within: int = 0

    def __str__(self) -> str:
        return f"{self.offset}+{self.within}" if self.within else str(self.offset)


START = Place(0)


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """One whole record, of a WARC or an ARC file alike."""

    place: Place
    end: Place  # where the next one is looked for
    type: str  # in lower case: response, revisit, resource, request, warcinfo, arc-header …
    headers: Headers  # those of an ARC record under their WARC names
    block: bytes | None  # None when it is larger than what is kept
    block_bytes: int
    block_ok: bool | None = None  # None: not checked, or no digest that we know
    payload_ok: bool | None = None

    def header(self, name: str) -> str | None:
        """The first header field called `name`, in any case."""
        return find_header(self.headers, name)

    @property
    def record_id(self) -> str:
        return self.header("WARC-Record-ID") or ""

    @property
    def url(self) -> str | None:
        """The address, without the angle brackets that some writers put around it."""
        url = self.header("WARC-Target-URI")
        return url.strip().removeprefix("<").removesuffix(">") if url else None

    @property
    def digests_agree(self) -> bool | None:
        """Whether any digest that the record states is that of its bytes; None when none could be checked."""
        checked = [each for each in (self.block_ok, self.payload_ok) if each is not None]
        return any(checked) if checked else None


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where an archive cannot be read as a record."""

    place: Place
    end: Place | None  # where reading goes on; None when nothing that looks like a record follows
    problem: str
    torn: bool = False  # it ends before it should, as after a kill or a broken download
    url: str = ""
