"""Files that are open or mapped and have no name any more: no walk of folders finds them, and they take room all the same.

Descriptors that are on their way through a socket cannot be seen at all, so this is only for where the kernel keeps no
quota. Reads /proc of the processes that it is told of.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DELETED = " (deleted)"


def size(pids: list[int], device: int) -> int:
    """Return bytes on this device of all files without a name that these processes use; each counts once."""
    opened, mapped = {}, {}
    for pid in pids:
        for info in _opened(pid):
            if info.st_dev == device and info.st_nlink == 0 and stat.S_ISREG(info.st_mode):
                opened[info.st_ino] = info.st_blocks * 512
        for inode, end in _mapped(pid, device):
            mapped[inode] = max(end, mapped.get(inode, 0))
    return sum({**mapped, **opened}.values())


def _opened(pid: int) -> Iterator[os.stat_result]:
    """Yield what a process has open. A thread may have descriptors of its own (CLONE_FILES left out)."""
    for task in _names(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{task}/fd"
        for name in _names(folder):
            try:
                yield os.stat(f"{folder}/{name}")
            except OSError:  # closed meanwhile
                continue


def _mapped(pid: int, device: int) -> Iterator[tuple[int, int]]:
    """Inode, and how far into the file a mapping reaches, of what is mapped and deleted."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if line.rstrip("\n").endswith(_DELETED)]
    except OSError:
        return
    for line in lines:
        span, _, offset, where, inode, _ = line.split(None, 5)
        major, minor = (int(part, 16) for part in where.split(":"))
        start, end = (int(part, 16) for part in span.split("-"))
        if os.makedev(major, minor) == device:
            yield int(inode), int(offset, 16) + end - start


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
