"""Files with holes in an archive: of a file that is nothing for the most part, only what is there is read and stored.

Source of the form: GNU tar's manual, "Storing Sparse Files" and "Basic Tar Format" (struct sparse, struct oldgnu_header);
GNU tar, bsdtar and Python's tarfile read it.
"""

from __future__ import annotations

import errno
import os
import tarfile

from .account import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HOLE = 1 << 20  # bytes; smaller holes are zeros as others
_MOST_RUNS = 1 << 16
_BLOCK = 512
_IN_HEADER, _IN_BLOCK = 4, 21  # runs
_RUNS_AT, _MORE_AT, _SIZE_AT, _SUM_AT = 386, 482, 483, 148

Run = tuple[int, int]  # offset and length of data


def runs_of(fd: int, info: os.stat_result) -> list[Run]:
    """Return where a file has data. A file without a large hole is one run. Ended (upload) when it has too
    many holes."""
    size = info.st_size
    if size - info.st_blocks * 512 < _HOLE:
        return [(0, size)]
    found: list[Run] = []
    for start, end in _data(fd, size):
        if found and start - sum(found[-1]) < _HOLE:
            found[-1] = (found[-1][0], end - found[-1][0])
        else:
            found.append((start, end - start))
        if len(found) > _MOST_RUNS:
            raise refusal(f"a file has more than {_MOST_RUNS} holes")
    return found


def _data(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each stretch of data, as the file system knows them."""
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
            at = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole to the end
                return
            raise
        if start < size:
            yield start, at


def is_whole(runs: list[Run], size: int) -> bool:
    return runs == [(0, size)] or size == 0


def header(member: tarfile.TarInfo, runs: list[Run]) -> bytes:
    """Return what stands before the data of a member with holes. Its `size`, so far the file's, becomes that
    of its data."""
    size = member.size
    listed = runs if runs and sum(runs[-1]) == size else [*runs, (size, 0)]
    member.type, member.size = tarfile.GNUTYPE_SPARSE, sum(length for _, length in runs)
    whole = bytearray(member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
    block = whole[-_BLOCK:]
    _list(block, _RUNS_AT, listed[:_IN_HEADER])
    block[_MORE_AT] = len(listed) > _IN_HEADER
    block[_SIZE_AT : _SIZE_AT + 12] = _number(size)
    block[_SUM_AT : _SUM_AT + 8] = b" " * 8
    block[_SUM_AT : _SUM_AT + 8] = b"%06o\0 " % sum(block)
    return bytes(whole[:-_BLOCK] + block) + b"".join(_extensions(listed[_IN_HEADER:]))


def _extensions(runs: list[Run]) -> Iterator[bytes]:
    for start in range(0, len(runs), _IN_BLOCK):
        block = bytearray(_BLOCK)
        _list(block, 0, runs[start : start + _IN_BLOCK])
        block[_IN_BLOCK * 24] = start + _IN_BLOCK < len(runs)
        yield bytes(block)


def _list(block: bytearray, at: int, runs: list[Run]) -> None:
    for number, (offset, length) in enumerate(runs):
        block[at + 24 * number : at + 24 * (number + 1)] = _number(offset) + _number(length)


def _number(value: int) -> bytes:
    """Eleven octal digits, or base 256 where those do not do."""
    return b"%011o\0" % value if value < 8**11 else b"\x80" + value.to_bytes(11, "big")
