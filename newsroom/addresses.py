"""Which network addresses a crawler may connect to: only those that the whole internet can reach."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

# Beyond what the standard library calls private: shared (CGNAT), benchmarking, IETF, and one cloud's metadata service
# that answers on a public-looking address.
_REFUSED: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # Azure WireServer
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo and other IETF assignments
        "5f00::/16",
        "fc00::/7",
        "fec0::/10",
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ip_network("2002::/16")


def is_public_address(ip: str) -> bool:
    """Whether `ip` (no brackets, no port) is an address of the public internet.

    False for private, loopback, link-local, shared, unique-local, multicast and reserved ranges, for IPv6 forms that
    carry such an IPv4 address inside, and for text that is no address at all.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    inner = _carried_ipv4(address)
    if inner is not None:
        return _is_public(inner)
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    return not any(address.version == network.version and address in network for network in _REFUSED)


def _carried_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a v4-mapped, 6to4 or NAT64 address."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
