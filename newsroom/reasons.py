"""Why a page is not stored: the one list from which every refusal takes its word."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a URL that was announced or found is not a stored article. One page has at most one."""

    # Decided before any request
    OFF_SITE = "off-site"  # another site than the portal's
    UNSAFE = "unsafe-address"  # not http(s), or an address the portal file does not allow
    DENIED = "denied-by-rule"  # [articles] deny, or not matched by [articles] allow
    NOT_ARTICLE_URL = "not-an-article-address"  # calendar, search, tag, login, media …
    DUPLICATE = "duplicate-address"  # another address of a page we know (AMP, print, redirect, canonical)
    ROBOTS = "robots"  # robots.txt forbids it
    OVER_BUDGET = "over-budget"  # the run or trap budget was spent
    RIGHTS = "rights"  # takedown, noarchive policy, embargo
    # Decided by the answer
    BLOCKED = "blocked"  # 401, 403, 429, 451, 5xx robots
    GONE = "gone"  # 404, 410
    FAILED = "failed"  # network or server error after the last try
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"  # the body ended before its announced length
    NOT_HTML = "not-html"
    # Decided by reading the page
    UNDECODABLE = "undecodable"
    NO_ARTICLE = "no-article"  # no body text found, or the page is a listing
    TOO_SHORT = "too-short"
    ERROR_PAGE = "error-page"  # says 200, shows "not found"
    WALL = "login-or-consent-wall"
    CLIENT_RENDERED = "client-rendered"
    RESOURCE_LIMIT = "resource-limit"  # extraction hit its CPU, memory or time limit
    QUARANTINED = "quarantined"  # could not be processed or stored; kept aside with its capture


# Its page waits in the quarantine, with its capture, to be read again.
SET_ASIDE = frozenset({Reason.RESOURCE_LIMIT, Reason.QUARANTINED})

REASON_HELP: dict[Reason, str] = {
    Reason.OFF_SITE: "on another site than the portal's",
    Reason.UNSAFE: "not http(s), or an address that the portal file does not allow",
    Reason.DENIED: "refused by the portal file's [articles] allow or deny",
    Reason.NOT_ARTICLE_URL: "the address is a calendar, search, tag, login, media or similar page",
    Reason.DUPLICATE: "another address of a page that is already known",
    Reason.ROBOTS: "robots.txt forbids it",
    Reason.OVER_BUDGET: "a budget was spent: pages of a run, or dead links of a listing",
    Reason.RIGHTS: "withheld for rights: takedown, embargo or noarchive",
    Reason.BLOCKED: "the server refused us (401, 403, 429, 451)",
    Reason.GONE: "the server says it does not exist (404, 410)",
    Reason.FAILED: "network or server errors on every try",
    Reason.TOO_LARGE: "larger than the size limit",
    Reason.TRUNCATED: "the connection ended before the whole body had come",
    Reason.NOT_HTML: "not an HTML page",
    Reason.UNDECODABLE: "the bytes could not be decoded to text",
    Reason.NO_ARTICLE: "no article found on the page",
    Reason.TOO_SHORT: "less text than min_chars",
    Reason.ERROR_PAGE: "an error page served with status 200",
    Reason.WALL: "a login or consent wall instead of the article",
    Reason.CLIENT_RENDERED: "an empty shell that needs JavaScript",
    Reason.RESOURCE_LIMIT: "reading the page hit its CPU, memory or time limit",
    Reason.QUARANTINED: "set aside after an unexpected error, with its capture",
}
