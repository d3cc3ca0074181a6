"""The life of an article on one time line: everything that is known to have happened to it, and where that is from."""

from storage.history.events import Event, Kind, with_ticks
from storage.history.telling import Histories, History
from storage.history.texts import summary

__all__ = ["Event", "Histories", "History", "Kind", "summary", "with_ticks"]
