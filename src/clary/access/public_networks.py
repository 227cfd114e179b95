"""Decide whether the networks in a condition on the caller's address are so broad that they count as public.

Source: "The meaning of public" (S3 User Guide): values broader than /8 for IPv4 and /32 for IPv6 are public.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SHORTEST = {4: 8, 6: 32}
# Limit for all IPv4 networks of a policy together, a sixteenth of the address space: without it, every second
# /8 could be listed.
_MOST_IPV4 = 2**28
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def parse(values: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks that the texts name; empty if one of them is not a network (a policy variable, for
    example)."""
    try:
        return tuple(_plain(ipaddress.ip_network(value, strict=False)) for value in values)
    except ValueError:
        return ()


def are_broad(networks: Iterable[Network]) -> bool:
    """Return whether the networks together cover so much of the address space that they count as public."""
    found = [network for network in networks if not _is_private(network)]
    four = list(ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv4Network)))
    six = list(ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv6Network)))
    if any(network.prefixlen < _SHORTEST[network.version] for network in (*four, *six)):
        return True
    return sum(network.num_addresses for network in four) > _MOST_IPV4


def _plain(network: Network) -> Network:
    """Return an IPv4 network that is written as an IPv4-mapped IPv6 network as IPv4. A network that contains
    all of them is 0.0.0.0/0."""
    if isinstance(network, ipaddress.IPv4Network):
        return network
    if _MAPPED.subnet_of(network):
        return ipaddress.IPv4Network("0.0.0.0/0")
    if not network.subnet_of(_MAPPED):
        return network
    address = ipaddress.IPv4Address(int(network.network_address) & 0xFFFFFFFF)
    return ipaddress.IPv4Network((address, network.prefixlen - 96))


def _is_private(network: Network) -> bool:
    """Return whether a network is private (RFC 1918): however large, it cannot be reached from outside."""
    return isinstance(network, ipaddress.IPv4Network) and any(
        network.subnet_of(ipaddress.IPv4Network(private))
        for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    )
