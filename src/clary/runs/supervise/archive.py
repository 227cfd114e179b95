"""Makes the tar.gz of an output: the same files give the same bytes. Knows no S3.

Files are opened without following links, one by one: a program may still be there (or its links are).
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile

from . import beneath

_LEVEL = 6
_FOLDER = "/"  # in the place of a link's target; none that stays inside looks like it


def pack(roots: list[str], path: str, target: str) -> bool:
    """Write one archive of what lies below `path` in every root; a later root's file takes the place of an earlier one's.

    `target` is a file to be made. False when there was nothing in it.
    """
    members: dict[str, tuple[str, str]] = {}
    for root in roots:
        for name, kind in _members(root, path):
            members[name] = (root, kind)
    with (
        open(target, "wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as archive,
    ):
        for name in sorted(members):
            _add(archive, name, f"{path}/{name}", *members[name])
    return bool(members)


def _members(root: str, path: str) -> list[tuple[str, str]]:
    """Names below a folder: files, folders, and links that stay inside (others are left out)."""
    found: list[tuple[str, str]] = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            at = beneath.open_folder(root, f"{path}/{prefix}")
        except OSError as error:
            if beneath.is_gone(error):
                continue
            raise
        try:
            for name in os.listdir(at):
                _sort(at, prefix, name, found, pending)
        finally:
            os.close(at)
    return found


def _sort(at: int, prefix: str, name: str, found: list[tuple[str, str]], pending: list[str]) -> None:
    mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
    whole = prefix + name
    if stat.S_ISDIR(mode):
        found.append((whole, _FOLDER))
        pending.append(f"{whole}/")
    elif stat.S_ISREG(mode):
        found.append((whole, ""))
    elif stat.S_ISLNK(mode):
        target = os.readlink(name, dir_fd=at)
        if _stays(prefix, target):
            found.append((whole, target))


def _stays(prefix: str, target: str) -> bool:
    parts = target.split("/")
    climbs = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
    return not target.startswith("/") and climbs <= prefix.count("/") and ".." not in parts[climbs:]


def _add(archive: tarfile.TarFile, name: str, path: str, root: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.mode = 0o755
    if target:
        folder = target == _FOLDER
        member.type, member.linkname = (tarfile.DIRTYPE, "") if folder else (tarfile.SYMTYPE, target)
        archive.addfile(member)
    else:
        _add_file(archive, member, path, root)


def _add_file(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, root: str) -> None:
    try:
        fd = beneath.open_file(root, path)
    except OSError as error:
        if beneath.is_gone(error):
            return
        raise
    with os.fdopen(fd, "rb") as file:
        info = os.fstat(fd)
        member.size = info.st_size
        member.mode = 0o755 if info.st_mode & 0o100 else 0o644
        archive.addfile(member, file)
