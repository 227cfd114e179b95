"""Opening files below a folder that an untrusted program may write to, without ever following a link.

A program could put a link to the platform's secrets where a file is expected, and change it between look and use. So
every component of a path is opened by itself, relative to the one before, with O_NOFOLLOW.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def is_gone(error: OSError) -> bool:
    """Return whether an error of opening means that there is no such file or folder (any more), a link or a
    device in its place included. Any other, as of rights or of the disk, says nothing about what is there."""
    return error.errno in (None, errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)


def _parts(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"{path!r} leaves its folder")
    return parts


def open_folder(root: str | int, path: str, make: bool = False) -> int:
    """Return a descriptor of the folder `path` below `root`; makes it where asked. OSError when a link is in
    the way."""
    at = os.dup(root) if isinstance(root, int) else os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in _parts(path):
        try:
            below = _step(at, part, make)
        finally:
            os.close(at)
        at = below
    return at


def _step(at: int, part: str, make: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=at)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, 0o755, dir_fd=at)
    return os.open(part, _FOLDER, dir_fd=at)


def open_file(
    root: str | int, path: str, flags: int = os.O_RDONLY, make: bool = False, mode: int = 0o644
) -> int:
    """Return a descriptor of the regular file `path` below `root`. Raise OSError if it is not a regular file,
    or behind a link."""
    folder, _, name = "/".join(_parts(path)).rpartition("/")
    at = open_folder(root, folder, make)
    try:
        return open_regular(at, name, flags, mode)
    finally:
        os.close(at)


def open_regular(at: int, name: str, flags: int = os.O_RDONLY, mode: int = 0o644) -> int:
    """Return the same of a file in an open folder."""
    fd = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode, dir_fd=at)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(f"{name!r} is not a regular file")
    return fd


def read(root: str, path: str, limit: int, offset: int = 0) -> bytes | None:
    """At most `limit` bytes of a file, or None where there is no regular file."""
    try:
        fd = open_file(root, path)
    except (OSError, ValueError):
        return None
    try:
        return os.pread(fd, limit, offset)
    finally:
        os.close(fd)


def folder_if_there(root: str | int, path: str) -> int | None:
    """Return a descriptor of a folder, or None if it does not exist. OSError for one that may not be read."""
    try:
        return open_folder(root, path)
    except OSError as error:
        if is_gone(error):
            return None
        raise


def remove(root: str, path: str) -> None:
    """Remove a folder and all below it, as far as that is possible; links are removed, not followed."""
    folder, _, name = "/".join(_parts(path)).rpartition("/")
    try:
        at = open_folder(root, folder)
    except OSError:
        return
    try:
        _remove(at, name)
    finally:
        os.close(at)


def _remove(at: int, name: str) -> None:
    try:
        below = os.open(name, _FOLDER, dir_fd=at)
    except FileNotFoundError:
        return
    except OSError:
        _try(os.unlink, name, at)
        return
    _open_up(below)
    _empty(below)
    os.close(below)
    _try(os.rmdir, name, at)


def _empty(at: int) -> None:
    """Folders within folders come up here before they go: however deep they are nested, few are open at a time."""
    pending = os.listdir(at)
    while pending:
        name = pending.pop()
        try:
            below = os.open(name, _FOLDER, dir_fd=at)
        except OSError:
            _try(os.unlink, name, at)
            continue
        pending += _raise(at, below)
        os.close(below)
        _try(os.rmdir, name, at)


def _raise(at: int, below: int) -> list[str]:
    """Remove the files of the folder `below` and bring its folders up into `at`, by names that none can guess: those."""
    _open_up(below)
    raised = []
    for child in os.listdir(below):
        try:
            os.unlink(child, dir_fd=below)
        except IsADirectoryError:
            raised += _raise_one(at, below, child)
        except OSError:
            continue
    return raised


def _raise_one(at: int, below: int, child: str) -> list[str]:
    fresh = os.urandom(12).hex()
    with contextlib.suppress(OSError):
        folder = os.open(child, _FOLDER, dir_fd=below)
        _open_up(folder)  # or it could not be moved
        os.close(folder)
        os.rename(child, fresh, src_dir_fd=below, dst_dir_fd=at)
        return [fresh]
    return []


def _open_up(folder: int) -> None:
    """Give a folder back the permissions that a program may have removed."""
    with contextlib.suppress(OSError):
        os.fchmod(folder, 0o700)


def _try(act: Callable[..., None], name: str, at: int) -> None:
    with contextlib.suppress(OSError):
        act(name, dir_fd=at)


def empty(root: str, path: str) -> None:
    """Remove all that is in a folder, which stays (it may be the place of a mount)."""
    try:
        at = open_folder(root, path)
    except OSError:
        return
    _empty(at)
    os.close(at)
