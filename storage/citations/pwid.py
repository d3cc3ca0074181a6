"""PWID: a URN that names what an archive holds by archive, time and address (IANA's registration of 2022)."""

from __future__ import annotations

import re

from newsroom.errors import UsageError
from newsroom.moments import plain_time
from storage.citations.record import Citation

COVERAGE = "part"  # the page's own bytes, without the pictures and styles that it names
LOCAL = "localhost"  # an archive that has no name


def pwid(citation: Citation) -> str:
    """The URN. Raises UsageError when there is no capture to name.

    What may not stand in a URN, and the percent sign, are percent-encoded: decoded once, the address is as captured.
    """
    if citation.captured_url is None:
        raise UsageError(f"{citation.key}: a PWID names a capture, and this text was not captured; cite it otherwise")
    address = re.sub(r"[^A-Za-z0-9._~!$&'()*+,;=:@/-]", _encoded, citation.captured_url)
    return f"urn:pwid:{citation.archive or LOCAL}:{plain_time(citation.obtained_utc)}:{COVERAGE}:{address}"


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))
