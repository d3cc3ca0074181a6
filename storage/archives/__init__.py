"""Archives that others made: WARC and ARC files, plain, gzip or packed in WACZ, read with nothing in them trusted."""

from storage.archives.files import ArchiveFile, Unread, archives_in
from storage.archives.reading import read_archive
from storage.archives.records import ArchivedRecord, Damage, Place
from storage.archives.verify import Verified, iter_warc, verify_warc

__all__ = [
    "ArchiveFile",
    "ArchivedRecord",
    "Damage",
    "Place",
    "Unread",
    "Verified",
    "archives_in",
    "iter_warc",
    "read_archive",
    "verify_warc",
]
