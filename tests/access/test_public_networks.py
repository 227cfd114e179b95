"""How much of the world networks are. Oracle: "The meaning of public" (S3 User Guide), RFC 4632, RFC 1918, RFC 4291."""

from __future__ import annotations

import pytest

from clary.access import public_networks


@pytest.mark.parametrize(
    ("values", "broad"),
    [
        (["192.0.2.7"], False),
        (["17.0.0.0/8"], False),
        (["17.0.0.0/7"], True),
        (["16.0.0.0/8", "17.0.0.0/8"], True),  # the same, written as two
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], False),
        ([f"{n}.0.0.0/8" for n in range(1, 33, 2)], False),
        ([f"{n}.0.0.0/8" for n in range(1, 35, 2)], True),  # more than a sixteenth of all
        (["2001:db8::/32", "2001:dba::/32"], False),
        (["2001:db8::/31"], True),
        (["2001:db8::/32", "2001:db9::/32"], True),
        (["::ffff:192.0.2.0/120"], False),  # an IPv4 network that is written as one of IPv6
        (["::ffff:0.0.0.0/97"], True),
        (["::/32"], True),  # holds every IPv4 address
    ],
)
def test_what_is_too_much(values: list[str], broad: bool) -> None:
    assert public_networks.are_broad(public_networks.parse(values)) is broad


@pytest.mark.parametrize("values", [["x"], ["10.0.0.0/8", "${aws:SourceIp}"], ["10.0.0.0/33"], []])
def test_what_names_no_network(values: list[str]) -> None:
    assert public_networks.parse(values) == ()
