"""Query parameters that say how a reader came to a page, not which page it is.

The list is careful on purpose: a parameter dropped wrongly makes two articles one. Names that somewhere name an article
(`id`, `p`, `article`, `newsid`, `cid`, `story` …) are never here; names with two lives are judged by their value.
"""

from __future__ import annotations

import re
from typing import Final

_PREFIXES: Final = (
    "utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "_hs", "fb_", "ns_", "at_", "guce_", "oly_", "vero_",
    "wt_", "wt.", "aspsessionid", "sb_referer", "sc_c", "s_kw", "cm_mmc", "elqtrack",
)  # fmt: skip

_ALWAYS: Final = frozenset(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid li_fat_id igshid igsh srsltid epik rb_clickid
    wickedid yadclid ysclid _openstat mc_cid mc_eid mkt_tok hsctatracking ml_subscriber ml_subscriber_hash
    _ga _gl _ke _bta_c _bta_tid spm scm dicbo obOrigUrl tblci taboola outbrain cmpid cmp cmp_id campaign_id
    xtor ocid icid ito smid smtyp ncid s_cid s_campaign ref_src ref_url referrer referer ftag sr_share
    sr_share guccounter __twitter_impression usqp amp_js_v amp_gsa isappinstalled wfr sharetoken share_token
    shareid share_id nsukey trk trkcampaign trackingid vgo_ee recirc traffic_source echobox mbid
    phpsessid jsessionid sessionid session_id sessid cfid cftoken oscsid zenid osadcampaign
    """.lower().split()
)

# Names with two lives: how the reader came, or something the page needs.
_UNLESS_NUMBER: Final = frozenset({"ref", "from", "source", "share", "srcref"})
_IF_RSS: Final = frozenset({"r", "src", "rss", "partner", "via", "medium", "channel", "campaign"})
_RSS_VALUE: Final = re.compile(r"rss(?:[_-]?feed)?\d?\Z|feed\Z|newsletter\Z", re.IGNORECASE)
_SESSION_OR_STORY: Final = frozenset({"sid", "ssid", "s"})
_STORY_ID: Final = re.compile(r"\d{1,12}\Z|\d\d/\d\d/\d\d/")  # PHP-Nuke, Slashcode
_SESSION_VALUE: Final = re.compile(r"[0-9a-fA-F]{32,}\Z")

_SESSION_IN_PATH: Final = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)=[^/;]*", re.IGNORECASE)
_COOKIELESS: Final = re.compile(r"/\((?:[A-Z]\([0-9a-z\-_]{10,}\))+\)(?=/|\Z)", re.IGNORECASE)  # ASP.NET


def is_tracking(name: str, value: str) -> bool:
    """Whether the parameter `name=value` (still escaped) may be dropped without changing the page."""
    name = name.lower().removeprefix("amp;")
    if name in _ALWAYS or name.startswith(_PREFIXES):
        return True
    if name in _UNLESS_NUMBER:
        return not value[:1].isdigit()
    if name in _IF_RSS:
        return bool(_RSS_VALUE.match(value))
    if name == "sid":
        return not _STORY_ID.match(value)
    return name in _SESSION_OR_STORY and bool(_SESSION_VALUE.match(value))


def without_session(path: str) -> str:
    """`path` without the session ids that Java and ASP.NET servers write into it."""
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    if "(" in path:
        path = _COOKIELESS.sub("", path)
    return path or "/"
