"""Under which name a site is registered, from a short list of the public suffixes that news portals use.

The full Public Suffix List has 10,000 entries and changes weekly; telling portals apart needs the two-level suffixes of
countries and the hosts on which anyone may open a site.
"""

from __future__ import annotations

from typing import Final

_SECOND_LEVEL: Final = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "ne", "net", "nom", "or", "org", "info"}
)

# Second levels of some countries only.
_BY_COUNTRY: Final[dict[str, frozenset[str]]] = {
    "at": frozenset({"gv"}),
    "br": frozenset({"art", "blog", "eco", "jor", "jus", "leg", "tv", "wiki"}),
    "cn": frozenset(
        "ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj".split()  # noqa: SIM905
    ),
    "hu": frozenset({"sport", "media"}),
    "il": frozenset({"k12", "muni"}),
    "in": frozenset({"firm", "gen", "ind", "nic", "res"}),
    "jp": frozenset({"ad", "ed", "gr", "lg"}),
    "kr": frozenset({"busan", "daegu", "gyeonggi", "jeju", "pe", "re", "seoul"}),
    "nz": frozenset({"geek", "govt", "iwi", "kiwi", "maori", "school"}),
    "pl": frozenset({"waw", "media", "biz"}),
    "ru": frozenset({"msk", "spb"}),
    "th": frozenset({"in", "mi"}),
    "tr": frozenset({"bel", "gen", "k12", "pol", "tv", "web"}),
    "tw": frozenset({"idv", "game", "club"}),
    "ua": frozenset({"in", "kiev", "kyiv", "lviv", "odesa", "kharkiv", "dp", "if", "zp"}),
    "uk": frozenset({"ltd", "me", "nhs", "plc", "police", "sch"}),
    "za": frozenset({"law", "nis", "web"}),
}

_SHARED_HOSTS: Final = frozenset(
    """
    blogspot.com blogspot.de wordpress.com substack.com medium.com github.io gitlab.io netlify.app pages.dev vercel.app
    web.app firebaseapp.com herokuapp.com tumblr.com typepad.com livejournal.com over-blog.com hatenablog.com
    azurewebsites.net cloudfront.net s3.amazonaws.com ghost.io weebly.com wixsite.com squarespace.com
    """.split()  # noqa: SIM905
)


def registrable_domain(host: str) -> str:
    """The part of `host` that one owner registered: `www.news.example.co.uk` → `example.co.uk`."""
    labels = host.strip(".").split(".")
    size = _suffix_size(labels) + 1
    return ".".join(labels[-size:])


def _suffix_size(labels: list[str]) -> int:
    """How many labels at the end are a public suffix."""
    for size in (3, 2):
        if len(labels) > size and ".".join(labels[-size:]) in _SHARED_HOSTS:
            return size
    if len(labels) > 2 and len(labels[-1]) == 2:
        second = labels[-2]
        if second in _SECOND_LEVEL or second in _BY_COUNTRY.get(labels[-1], ()):
            return 2
    return 1
