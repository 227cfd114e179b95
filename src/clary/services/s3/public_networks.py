"""Networks in conditions on the caller's address: how much of the world they are. Knows no policy.

Source: "The meaning of public" (S3 User Guide): values broader than /8 for IPv4 and /32 for IPv6 are public.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SHORTEST = {4: 8, 6: 32}
# All IPv4 networks of a policy together: a sixteenth of the address space. Every other /8 would be half of it.
_MOST_IPV4 = 2**28
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def parse(values: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks that these texts name, none when one of them is no network or a variable."""
    try:
        return tuple(_plain(ipaddress.ip_network(value, strict=False)) for value in values)
    except ValueError:
        return ()


def are_broad(networks: Iterable[Network]) -> bool:
    """Whether these networks together are so much of the address space that they are nobody in particular."""
    found = [network for network in networks if not _is_private(network)]
    four = list(ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv4Network)))
    six = list(ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv6Network)))
    if any(network.prefixlen < _SHORTEST[network.version] for network in (*four, *six)):
        return True
    return sum(network.num_addresses for network in four) > _MOST_IPV4


def _plain(network: Network) -> Network:
    """An IPv4 network that is written as one of IPv6 is still one of IPv4, and so is what holds all of them."""
    if isinstance(network, ipaddress.IPv4Network):
        return network
    if _MAPPED.subnet_of(network):
        return ipaddress.IPv4Network("0.0.0.0/0")
    if not network.subnet_of(_MAPPED):
        return network
    address = ipaddress.IPv4Address(int(network.network_address) & 0xFFFFFFFF)
    return ipaddress.IPv4Network((address, network.prefixlen - 96))


def _is_private(network: Network) -> bool:
    """RFC 1918: however large, none of them reaches the outside."""
    return isinstance(network, ipaddress.IPv4Network) and any(
        network.subnet_of(ipaddress.IPv4Network(private))
        for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    )
