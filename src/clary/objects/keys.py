"""The two forms of a key, checked before anything touches the disk. Knows no file.

f<32 hex>                                  a file of its own
s<segment>.<offset>.<length>.<crc32>       a stretch of a segment file, all hex
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from clary.objects.api import Missing

_FILE = re.compile(r"f[0-9a-f]{32}\Z")
_SLICE = re.compile(r"s([0-9a-f]{16})\.([0-9a-f]{1,12})\.([0-9a-f]{1,8})\.([0-9a-f]{8})\Z")


class Slice(NamedTuple):
    """Where a small blob lies: `offset` is that of its frame, in bytes; `length` and `crc` are the body's."""

    segment: str
    offset: int
    length: int
    crc: int

    @property
    def key(self) -> str:
        return f"s{self.segment}.{self.offset:x}.{self.length:x}.{self.crc:08x}"


def new_file() -> str:
    return "f" + os.urandom(16).hex()


def new_segment() -> str:
    return os.urandom(8).hex()


def parse(key: str) -> Slice | str:
    """Return a Slice, or the key itself when it is a file's. Raise Missing for anything else: a bad row reads
    nothing."""
    if _FILE.match(key):
        return key
    found = _SLICE.match(key)
    if found is None:
        raise Missing(f"not a key of this store: {key!r}")
    segment, offset, length, crc = found.groups()
    return Slice(segment, int(offset, 16), int(length, 16), int(crc, 16))
