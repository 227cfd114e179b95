"""Addresses in patterns: {"cidr": "10.0.0.0/24"}."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from clary.plane.event_patterns.pattern import Test
from clary.plane.event_patterns.reading import BadPattern


def read(text: str) -> Test:
    """Return whether an address is in a network. Raise BadPattern, here without a place."""
    address, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        raise BadPattern("Malformed CIDR, one '/' required")
    if not (bits.isascii() and bits.isdigit()):
        raise BadPattern("Malformed CIDR, mask bits must be an integer")
    try:
        whole = ip_address(address)
    except ValueError:
        raise BadPattern(f"Nonstandard IP address: {address}") from None
    if int(bits) > whole.max_prefixlen:
        most = "32" if whole.version == 4 else "128"
        raise BadPattern(f"IPv{whole.version} mask bits must be < {most}")
    network = ip_network(f"{address}/{bits}", strict=False)

    def is_inside(found: Any) -> bool:
        if not isinstance(found, str):
            return False
        try:
            return ip_address(found) in network
        except ValueError:
            return False

    return is_inside
