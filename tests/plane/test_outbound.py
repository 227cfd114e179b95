"""What the platform connects to for its users: public addresses, and what a setting allows; never itself, never a
metadata service. Which addresses are public is IANA's registry of special-purpose addresses (RFC 6890)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator

import pytest

from clary.plane.outbound import Forbidden, Outbound, allowed_networks, embedded, open_first, resolve

EVERYTHING = allowed_networks(["0.0.0.0/0", "::/0"])


def judged(text: str, outbound: Outbound, port: int = 443) -> bool:
    """Whether a connection may be made."""
    try:
        outbound.judge(ipaddress.ip_address(text), port)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "52.95.110.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_open(text: str) -> None:
    assert judged(text, Outbound())


PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "ff02::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "100.100.100.200",
]


@pytest.mark.parametrize("text", [*PRIVATE, *METADATA])
def test_what_is_not_public_is_closed(text: str) -> None:
    assert not judged(text, Outbound())


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:127.0.0.1"])
def test_a_setting_allows_networks(text: str) -> None:
    assert judged(text, Outbound(allowed_networks(["loopback", "10.0.0.0/8"])))


@pytest.mark.parametrize("text", METADATA)
def test_a_metadata_service_is_closed_whatever_is_allowed(text: str) -> None:
    assert not judged(text, Outbound(EVERYTHING))


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"])
def test_the_platform_is_not_connected_to_itself(text: str) -> None:
    outbound = Outbound(EVERYTHING, own_port=4566)
    assert not judged(text, outbound, 4566)
    assert judged(text, outbound, 4567)


def test_an_address_of_this_machine_is_no_public_one() -> None:
    """Whatever its number: what listens on this machine is not for everybody."""
    own = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, family=socket.AF_INET)}
    for text in own:
        assert not judged(text, Outbound())
        assert not judged(text, Outbound(EVERYTHING, own_port=4566), 4566)


@pytest.mark.parametrize("words", [["10.0.0.0/33"], ["10.0.0.1/8"], ["lan"], [""]])
def test_a_network_that_cannot_be_read_is_an_error(words: list[str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        allowed_networks(words)


def test_addresses_in_addresses() -> None:
    assert (
        str(embedded(ipaddress.ip_address("2001:0:4136:e378:8000:63bf:3fff:fdd2"))) == "192.0.2.45"
    )  # RFC 4380
    assert str(embedded(ipaddress.ip_address("2606:4700::1111"))) == "2606:4700::1111"


@pytest.fixture
def service() -> Iterator[int]:
    """The port of a service that listens on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0", "::ffff:127.0.0.1", "2130706433", "0x7f.1"]
)
def test_no_spelling_of_loopback_is_connected_to(host: str, service: int) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        asyncio.run(Outbound().connect(host, service))


def test_what_is_allowed_is_connected_to(service: int) -> None:
    async def work() -> None:
        _, writer = await Outbound(allowed_networks(["loopback"])).connect("127.0.0.1", service)
        assert writer.get_extra_info("peername")[1] == service
        writer.close()

    asyncio.run(work())


@pytest.mark.parametrize("host", ["a\0b", "a" * 300, "nothing.invalid"])
def test_a_name_that_cannot_be_is_an_os_error(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        asyncio.run(resolve(host, 80))


def test_no_address_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no address"):
        asyncio.run(open_first([], 80))
