"""Codes by time. Oracle: RFC 6238, appendix B (the last six of its eight digits)."""

from __future__ import annotations

import pytest

from clary.services.iam.mfa import totp
from tests.support.authenticator import code_at

_SEED = b"12345678901234567890"
_VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("moment", "code"), _VECTORS.items())
def test_the_vectors_of_the_standard(moment: int, code: str) -> None:
    assert code_at(_SEED, moment, 8) == code
    assert totp.code_of(_SEED, totp.step_of(moment)) == code[2:]


def test_a_pair_is_two_steps_in_a_row() -> None:
    first, second, third = (totp.code_of(_SEED, step) for step in (100, 101, 102))
    assert totp.find_pair(_SEED, first, second, range(90, 110)) == 101
    assert totp.find_pair(_SEED, first, third, range(90, 110)) is None
    assert totp.find_pair(_SEED, first, first, range(90, 110)) is None
    assert totp.find_pair(_SEED, first, second, range(101, 110)) is None
