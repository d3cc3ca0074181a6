"""The one open WARC file of this process: append, sync, rotate."""

from __future__ import annotations

import os
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from newsroom.errors import ArchiveError
from newsroom.records import Capture, Exchange, WarcAddress
from storage.captures import layout
from storage.captures.files import OPEN_SUFFIX, begin_file, finish_file, refused, sync_folder
from storage.captures.layout import Original

REMEMBERED = 4096  # payload digests kept by the writer, about 1 MB

Known = Callable[[str], Original | None]


@dataclass(slots=True)
class _OpenFile:
    name: str
    path: Path
    descriptor: int
    opened_utc: datetime
    end: int = 0  # everything before it is whole records


class CaptureWriter:
    """Appends exchanges to WARC files in `folder`; may be shared by threads.

    A file is called `….warc.gz.open` and locked until it is closed. A new one is begun when `max_bytes` or
    `max_age_s` is reached. `known` looks a payload digest up among earlier captures that hold their payload.
    Every method that writes raises ArchiveError, naming the file, when the disk refuses; nothing half-written stays.
    """

    def __init__(
        self,
        folder: Path,
        *,
        software: str,
        max_bytes: int = 1 << 30,
        max_age_s: float = 86_400,
        known: Known | None = None,
        info: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.max_age_s = max_age_s
        self._info = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "hostname": socket.gethostname(),
            **(info or {}),
        }
        self._known = known
        self._clock = clock
        self._lock = threading.Lock()
        self._file: _OpenFile | None = None
        self._seen: OrderedDict[str, Original] = OrderedDict()

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def position(self) -> tuple[str, int] | None:
        """The current file and where its last whole record ends; None when no file is open."""
        with self._lock:
            return (self._file.name, self._file.end) if self._file else None

    def append(
        self, exchange: Exchange, *, original: Original | None = None, look_back: bool = True, asked: bool = True
    ) -> Capture:
        """Write the request and its answer; the answer is last, so that its end is the end of both.

        One that we did not ask for (`asked`) is written alone. Without `look_back`, only this writer's own memory is
        searched for the payload, not the corpus.

        A 304 becomes a revisit record of `original`, an answer whose payload is known already one of the capture
        that holds it. Not durable before `sync()`.
        """
        digest = layout.sha256(exchange.body)
        if exchange.status != 304:
            original = self._earlier(exchange, digest, self._known if look_back else None)
        record_id = layout.new_record_id()
        answer = _answer(exchange, record_id, digest, original)
        address = self._write(layout.request(exchange, record_id).data if asked else b"", answer)
        if original is None and exchange.status != 304 and not exchange.truncated:
            self._remember(digest, Original(record_id, exchange.url, exchange.fetched_utc))
        return Capture(
            url=layout.safe_uri(exchange.url),
            fetched_utc=exchange.fetched_utc,
            status=exchange.status,
            content_type=content_type(exchange.response_headers),
            payload_digest=digest,
            payload_bytes=len(exchange.body),
            address=address,
            revisit_of=original.record_id if original else None,
            truncated=exchange.truncated,
            notes=exchange.notes,
        )

    def sync(self) -> None:
        """Return when everything appended so far would survive a power cut."""
        with self._lock:
            if self._file:
                self._sync(self._file)

    def close(self) -> None:
        """Finish the current file: sync it and take `.open` off its name. A later append begins a new one."""
        with self._lock:
            self._close()

    def _earlier(self, exchange: Exchange, digest: str, known: Known | None) -> Original | None:
        # An empty payload saves nothing, and a cut one must keep its WARC-Truncated.
        if not exchange.body or exchange.truncated:
            return None
        with self._lock:
            original = self._seen.get(digest)
            if original:
                self._seen.move_to_end(digest)
        if original is None and known:
            found = known(digest)
            original = Original(*found) if found else None
        return original

    def _remember(self, digest: str, original: Original) -> None:
        with self._lock:
            self._seen[digest] = original
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def _write(self, request: bytes, answer: layout.Member) -> WarcAddress:
        with self._lock:
            if self._file and self._is_full(self._file):
                self._close()
            file = self._file or self._begin()
            offset = file.end + len(request)
            self._put(file, request + answer.data)
            return WarcAddress(file.name, offset, len(answer.data), answer.record_id)

    def _is_full(self, file: _OpenFile) -> bool:
        return file.end >= self.max_bytes or (self._clock() - file.opened_utc).total_seconds() >= self.max_age_s

    def _begin(self) -> _OpenFile:
        now = self._clock()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            name, descriptor = begin_file(self.folder, now, OPEN_SUFFIX)
            file = _OpenFile(name, self.folder / (name + OPEN_SUFFIX), descriptor, now)
            sync_folder(self.folder)
        except OSError as error:
            raise refused(self.folder, error) from error
        self._file = file
        try:
            self._put(file, layout.warcinfo(file.name, now, self._info).data)
        except ArchiveError:
            file.path.unlink()  # nothing is in it
            if self._file:
                self._abandon(file)
            raise
        return file

    def _put(self, file: _OpenFile, data: bytes) -> None:
        left = memoryview(data)
        position = file.end
        try:
            while left:
                written = os.pwrite(file.descriptor, left, position)
                left, position = left[written:], position + written
        except OSError as error:
            self._take_back(file)
            raise refused(file.path, error) from error
        file.end = position

    def _take_back(self, file: _OpenFile) -> None:
        """Leave no part of a record behind; a file that even refuses that is given up."""
        try:
            os.ftruncate(file.descriptor, file.end)
        except OSError:
            self._abandon(file)

    def _sync(self, file: _OpenFile) -> None:
        try:
            os.fsync(file.descriptor)
        except OSError as error:
            # After a failed fsync the kernel may have dropped the pages: nothing more goes into this file.
            self._abandon(file)
            raise refused(file.path, error) from error

    def _abandon(self, file: _OpenFile) -> None:
        os.close(file.descriptor)
        self._file = None
        self._seen.clear()

    def _close(self) -> None:
        file = self._file
        if file is None:
            return
        self._sync(file)
        try:
            finish_file(file.path)
        except OSError as error:
            raise refused(file.path, error) from error
        finally:
            os.close(file.descriptor)
            self._file = None
            self._seen.clear()  # cleanup may take away what lies in closed files: from now on the corpus is asked


def _answer(exchange: Exchange, record_id: str, digest: str, original: Original | None) -> layout.Member:
    if exchange.status == 304:
        return layout.not_modified(exchange, record_id, original)
    if original:
        return layout.unchanged(exchange, record_id, digest, original)
    return layout.response(exchange, record_id, digest)


def content_type(headers: tuple[tuple[bytes, bytes], ...]) -> str | None:
    """The value of the first Content-Type header."""
    for name, value in headers:
        if name.strip().lower() == b"content-type":
            return value.decode("latin-1").replace("\x00", " ").strip()
    return None
