"""Connections to the outside on behalf of users: the only code that checks an address and opens the
connection.

A user's address (the target of a CONNECT, the issuer of a token, later the endpoint of a subscription) is
resolved once, and every address is checked. The connection goes to a checked address, so that changing the
name's address in between (DNS rebinding) has no effect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_LOOPBACK = ("127.0.0.0/8", "::1/128")
# Metadata services of clouds, which hand out the machine's credentials: link-local addresses, and others.
_METADATA = tuple(
    ipaddress.ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "100.100.100.200/32")
)
# IPv6 networks that contain an IPv4 address: NAT64 (RFC 6052, in the last four bytes).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(OSError):
    """The platform may not connect to this address for a user."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """What the platform may connect to for its users: public addresses, and the networks of `allowed`.

    It never connects to itself (`own_port`) or to a metadata service, whatever is allowed.
    """

    allowed: tuple[Network, ...] = ()
    own_port: int = 0

    async def connect(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> Connection:
        """Return streams to a host, encrypted with `tls`. Raise Forbidden if it is not allowed, OSError if it cannot be
        reached or its certificate is not accepted."""
        found = await resolve(host, port)
        for address in found:
            self.judge(address, port)
        return await open_first(found, port, tls, host)

    def judge(self, address: Address, port: int) -> None:
        """Raise Forbidden unless the platform may connect to this address and port for a user."""
        inner = embedded(address)
        local = _is_of_this_machine(inner)
        if any(inner in network for network in _METADATA if network.version == inner.version):
            raise Forbidden(f"{inner} may be a metadata service")
        if local and port == self.own_port:
            raise Forbidden(f"{inner}:{port} is the platform itself")
        public = _is_public(inner) and not local
        if not public and not any(
            inner in network for network in self.allowed if network.version == inner.version
        ):
            raise Forbidden(f"{inner} is not a public address")


def allowed_networks(words: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks in a setting: `loopback`, or CIDR notation. Raise ValueError for anything else."""
    texts = [text for word in words for text in (_LOOPBACK if word == "loopback" else (word,))]
    return tuple(ipaddress.ip_network(text) for text in texts)


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a host, in the resolver's order. Raise OSError if there are none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (UnicodeError, ValueError) as error:  # a name with a NUL, or that IDNA cannot encode
        raise OSError(f"{host!r} is not a host name") from error
    # An address with a scope (`fe80::1%eth0`) belongs to its link alone; it is checked without the link's
    # name.
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


async def open_first(
    addresses: Iterable[Address], port: int, tls: ssl.SSLContext | None = None, host: str = ""
) -> Connection:
    """Return streams to the first address that answers. Raise the OSError of the last one.

    With `tls` the streams are encrypted, and the certificate is held to the name `host`.
    """
    failed = OSError("there is no address")
    more: dict[str, Any] = {"ssl": tls, "server_hostname": host} if tls else {}
    for address in addresses:
        try:
            return await asyncio.open_connection(str(address), port, **more)
        except OSError as error:
            failed = error
    raise failed


def embedded(address: Address) -> Address:
    """Return the IPv4 address in an IPv6 address (mapped, 6to4, Teredo, NAT64), or else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _is_public(address: Address) -> bool:
    """Return whether an address is public (IANA's registries; site-local addresses are older than these)."""
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not site_local


def _is_of_this_machine(address: Address) -> bool:
    """Return whether an address leads to this machine.

    Connecting a datagram socket sends nothing and reveals the route: this machine's own addresses are reached
    from themselves.
    """
    if address.is_unspecified or address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
        except OSError:  # without a route, the address is not this machine's
            return False
        return ipaddress.ip_address(probe.getsockname()[0]) == address
