"""Unpack an untrusted tarball without leaving the folder. Does not know where the tarball came from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from clary_programs.toolkit.errors import ClientError

# Extraction filters came with Python 3.11.4 (PEP 706); Debian 12 has 3.11.2.
if sys.version_info >= (3, 11, 4):
    import tarfile
else:
    from backports import tarfile

MAX_BYTES = 64 << 30
MAX_MEMBERS = 1_000_000
# Small archives may well be all zeros; a bomb is a large output out of proportion to its input.
MAX_RATIO, RATIO_FLOOR = 1200, 1 << 30


def unpack(archive: Path, folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Extract `archive` (tar, any compression) into `folder`.

    Raise ClientError for members or links that lead out of the folder, for devices, for files that are not
    tar archives, and for archives that contain more than `max_bytes` or expand too much.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limit = min(max_bytes, max(RATIO_FLOOR, archive.stat().st_size * MAX_RATIO))
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in _checked(tar, limit):
                # The `data` filter refuses absolute names, `..`, links that leave the folder and device nodes.
                tar.extract(member, folder, filter="data")
    except tarfile.FilterError as error:
        raise ClientError(f"refused to unpack {archive.name}: {error}") from error
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ClientError(f"cannot unpack {archive.name}: {error}") from error


def _checked(tar: tarfile.TarFile, limit: int) -> Iterator[tarfile.TarInfo]:
    """Members one by one, until their number or their declared size is beyond all reason."""
    total = 0
    for count, member in enumerate(tar, 1):
        total += max(member.size, 0)
        if total > limit or count > MAX_MEMBERS:
            raise ClientError(f"refused to unpack: more than {limit} bytes or {MAX_MEMBERS} members")
        yield member
