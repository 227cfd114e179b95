"""Walk what an untrusted program left below a folder, in time that grows with what is there and with nothing else.

Each folder is opened once, relative to the one that it is in, and never through a link; each name is counted.
"""

from __future__ import annotations

import os
import stat

from . import safe_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .account import Account


class Member:
    """A file, folder or link: its path from the root of the walk; the host's folder that has it; where it can be opened."""

    __slots__ = ("at", "info", "name", "path", "root")

    def __init__(self, path: str, name: str, root: str, at: int, info: os.stat_result) -> None:
        self.path = path
        self.name = name
        self.root = root
        self.at = at
        self.info = info

    def open(self) -> int | None:
        """Return a descriptor of a regular file; None when it is gone, or another thing by now."""
        try:
            return safe_open.open_regular(self.at, self.name)
        except OSError as error:
            if safe_open.is_gone(error):
                return None
            raise


class _Level:
    """A folder under way: its descriptor in every root that has it, and the names that are still to come."""

    def __init__(self, prefix: str, folders: dict[str, int], depth: int, account: Account) -> None:
        self.prefix = prefix
        self.folders = folders
        names: set[str] = set()
        for folder in folders.values():
            with os.scandir(folder) as entries:
                for entry in entries:
                    account.name(len(prefix) + len(entry.name), depth)
                    names.add(entry.name)
        self.names = sorted(names, reverse=True)

    def close(self) -> None:
        for folder in self.folders.values():
            os.close(folder)


def walk(roots: list[str], path: str, account: Account) -> Iterator[Member]:
    """Yield all below `path` in any of the roots, in order, a folder before what is in it. What a later root
    has takes the place of an earlier one's; folders are one.

    OSError for a folder that may not be read: what is in it must not be taken for nothing. Ended by the
    account.
    """
    levels: list[_Level] = []
    try:
        levels.append(_level("", _open(dict.fromkeys(roots), path), 1, account))
        while levels:
            if not levels[-1].names:
                levels.pop().close()
                continue
            level = levels[-1]
            member = _member(level, level.names.pop())
            if member is None:
                continue
            yield member
            if stat.S_ISDIR(member.info.st_mode):
                below = _open(level.folders, member.name)
                levels.append(_level(f"{member.path}/", below, len(levels) + 1, account))
    finally:
        for level in levels:
            level.close()


def _level(prefix: str, folders: dict[str, int], depth: int, account: Account) -> _Level:
    try:
        return _Level(prefix, folders, depth, account)
    except BaseException:
        for folder in folders.values():
            os.close(folder)
        raise


def _open(folders: dict[str, int] | dict[str, None], path: str) -> dict[str, int]:
    """Return the folder of this path in each that has it: below an open folder, or below a root that is still
    to be opened."""
    found: dict[str, int] = {}
    try:
        for root, at in folders.items():
            fd = safe_open.folder_if_there(root if at is None else at, path)
            if fd is not None:
                found[root] = fd
    except BaseException:
        for fd in found.values():
            os.close(fd)
        raise
    return found


def _member(level: _Level, name: str) -> Member | None:
    for root, at in reversed(level.folders.items()):
        try:
            info = os.stat(name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            continue
        return Member(level.prefix + name, name, root, at, info)
    return None


def files(root: str, path: str, account: Account) -> Iterator[Member]:
    """Return the regular files of one host alone; links are ignored."""
    return (member for member in walk([root], path, account) if stat.S_ISREG(member.info.st_mode))
