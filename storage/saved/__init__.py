"""Searches that are kept, and what is new in them since they were last run."""

from storage.saved.fresh import Fresh, News
from storage.saved.searches import SavedSearch, SavedSearches
from storage.saved.seen import Seen

__all__ = ["Fresh", "News", "SavedSearch", "SavedSearches", "Seen"]
