"""Captures: what the sites served, kept in WARC files and checked on the way back."""

from storage.captures.cdxj import cdxj
from storage.captures.encoding import PayloadTooLarge, decode_content
from storage.captures.layout import Original
from storage.captures.reader import StoredResponse, payload, read_capture
from storage.captures.recover import RecoveredCapture, recover
from storage.captures.repair import cut_torn_tail
from storage.captures.rewrite import Rewritten, rewrite
from storage.captures.verify import Finding, Report, verify, verify_file
from storage.captures.walk import DamagedRecord, WalkedRecord, walk
from storage.captures.writer import CaptureWriter

__all__ = [
    "CaptureWriter",
    "DamagedRecord",
    "Finding",
    "Original",
    "PayloadTooLarge",
    "RecoveredCapture",
    "Report",
    "Rewritten",
    "StoredResponse",
    "WalkedRecord",
    "cdxj",
    "cut_torn_tail",
    "decode_content",
    "payload",
    "read_capture",
    "recover",
    "rewrite",
    "verify",
    "verify_file",
    "walk",
]
