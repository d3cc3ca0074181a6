"""Captures: what the sites served, kept in WARC files and checked on the way back."""

from storage.captures.layout import Original
from storage.captures.writer import CaptureWriter

__all__ = ["CaptureWriter", "Original"]
