"""Makes the tar.gz of an output: the same files give the same bytes. Knows no S3.

Files are opened without following links, one by one: a program may still be there (or its links are).
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile

from . import sparse, tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .account import Account

_LEVEL = 6
_CHUNK = 1 << 20


def pack(roots: list[str], path: str, target: str, account: Account) -> bool:
    """Write one archive of what lies below `path` in every root; a later root's file takes the place of an
    earlier one's.

    `target` is a file to be made. False when there was nothing in it. Raise Ended (upload, stopped) by the
    account.
    """
    filled = False
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        for member in tree.walk(roots, path, account):
            filled = _add(packed, member, account) or filled
        packed.write(bytes(2 * tarfile.BLOCKSIZE))
        packed.write(bytes(-packed.tell() % tarfile.RECORDSIZE))
    return filled


def _add(packed: gzip.GzipFile, found: tree.Member, account: Account) -> bool:
    """Files, folders, and links that stay inside (others are left out). By hand: a TarFile remembers every member."""
    member = tarfile.TarInfo(found.path)
    member.mode = 0o755
    if stat.S_ISREG(found.info.st_mode):
        return _add_file(packed, member, found, account)
    if stat.S_ISDIR(found.info.st_mode):
        member.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(found.info.st_mode) and (target := _target(found)):
        member.type, member.linkname = tarfile.SYMTYPE, target
    else:
        return False
    packed.write(_header(member))
    return True


def _header(member: tarfile.TarInfo) -> bytes:
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _target(found: tree.Member) -> str:
    """Return where a link leads, if that is inside."""
    try:
        target = os.readlink(found.name, dir_fd=found.at)
    except OSError:
        return ""
    parts = target.split("/")
    climbs = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
    stays = not target.startswith("/") and climbs <= found.path.count("/") and ".." not in parts[climbs:]
    return target if stays else ""


def _add_file(packed: gzip.GzipFile, member: tarfile.TarInfo, found: tree.Member, account: Account) -> bool:
    fd = found.open()
    if fd is None:
        return False
    try:
        info = os.fstat(fd)
        runs = sparse.runs_of(fd, info)
        account.take(found.root, sum(length for _, length in runs))
        member.size = info.st_size
        member.mode = 0o755 if info.st_mode & 0o100 else 0o644
        packed.write(_header(member) if sparse.is_whole(runs, member.size) else sparse.header(member, runs))
        for piece in _pieces(fd, runs):
            account.check()
            packed.write(piece)
        packed.write(bytes(-member.size % tarfile.BLOCKSIZE))
        return True
    finally:
        os.close(fd)


def _pieces(fd: int, runs: list[sparse.Run]) -> Iterator[bytes]:
    for offset, length in runs:
        end = offset + length
        while offset < end:
            piece = os.pread(fd, min(_CHUNK, end - offset), offset)
            if not piece:
                raise OSError("a file became shorter while it was packed")
            offset += len(piece)
            yield piece
