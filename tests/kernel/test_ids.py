"""Ids: unguessable ones, and those that count."""

from __future__ import annotations

import re
import uuid

import pytest

from clary.kernel import CountingIds, RandomIds


@pytest.mark.parametrize("digits", [1, 7, 8, 32])
def test_so_many_digits(digits: int) -> None:
    for ids in (RandomIds(), CountingIds()):
        assert re.fullmatch(f"[0-9a-f]{{{digits}}}", ids.hex(digits))


def test_uuids_are_uuids() -> None:
    for ids in (RandomIds(), CountingIds()):
        assert uuid.UUID(ids.uuid()).version == 4


def test_none_comes_twice() -> None:
    for ids in (RandomIds(), CountingIds()):
        assert len({ids.uuid() for _ in range(1000)}) == 1000
        assert len({ids.hex(16) for _ in range(1000)}) == 1000
