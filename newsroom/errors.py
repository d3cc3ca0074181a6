"""Every error copydesk raises on purpose.

    CopydeskError                      1  unexpected
    ├── UsageError                     2  the call is wrong
    ├── ConfigError                    2  a configuration value is wrong
    ├── PortalError                    2  a portal file is wrong or missing
    ├── QueryError                     2  a search query does not parse
    ├── Withheld                       2  the article is under an embargo
    ├── BelowExpectation               3  ran, but below what the portal expects
    ├── NothingToDo                    4  only with --fail-if-empty
    ├── Blocked                        5  robots, 403, 429
    ├── StorageError                   6  database or disk unavailable; a retry makes sense
    │   └── SchemaError                2  the database is not at the version this code needs
    └── ArchiveError                   1  a WARC file is damaged

Each message names its subject and the next step.
"""

from __future__ import annotations


class CopydeskError(Exception):
    """Root of all errors raised on purpose; `exit_code` is what the command returns."""

    exit_code = 1


class UsageError(CopydeskError):
    """The call is wrong: an unknown id, an impossible combination."""

    exit_code = 2


class ConfigError(CopydeskError):
    """A configuration value is wrong."""

    exit_code = 2


class PortalError(CopydeskError):
    """A portal file is wrong or missing."""

    exit_code = 2


class QueryError(CopydeskError):
    """A search query does not parse; the message shows where."""

    exit_code = 2


class Withheld(CopydeskError):
    """The article is under an embargo: it is there, and not to be given out."""

    exit_code = 2


class BelowExpectation(CopydeskError):
    """The crawl ran, but below what the portal expects."""

    exit_code = 3


class NothingToDo(CopydeskError):
    """Nothing was due, and the caller asked to be told."""

    exit_code = 4


class Blocked(CopydeskError):
    """The portal refuses us: robots.txt, 403, 429."""

    exit_code = 5


class StorageError(CopydeskError):
    """The database or the disk is unavailable; a retry makes sense."""

    exit_code = 6


class SchemaError(StorageError):
    """The database is not at the version this code needs."""

    exit_code = 2


class ArchiveError(CopydeskError):
    """A WARC file is damaged."""
