"""Keys are checked before anything touches the disk."""

from __future__ import annotations

import pytest

from clary.objects.api import Missing
from clary.objects.keys import Slice, new_file, new_segment, parse


def test_keys_come_back() -> None:
    key = new_file()
    assert parse(key) == key
    where = Slice(new_segment(), 16, 65_536, 0xDEADBEEF)
    assert parse(where.key) == where


@pytest.mark.parametrize(
    "key", ["", "/", "..", "f", "f../../../../../../../../../../../etc", "s1.0.1.0", "fF" * 16]
)
def test_anything_else_is_missing(key: str) -> None:
    with pytest.raises(Missing):
        parse(key)
