"""A file that gets its name only when it is complete, so that a crash leaves nothing behind."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT)


@contextmanager
def unfinished(path: Path) -> Iterator[BinaryIO]:
    """Yield a private file to write; at the end of the block it is on disk and gets the name `path`.

    Raise FileExistsError if something else has that name.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(_open(path.parent, aside), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            _name(file.fileno(), aside, path, folder)
        os.fsync(folder)
    finally:
        os.close(folder)
        with suppress(FileNotFoundError):
            aside.unlink()


def _open(folder: Path, aside: Path) -> int:
    """Open a file: an unnamed one, or one with a temporary name on file systems without unnamed files."""
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    return os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _name(handle: int, aside: Path, path: Path, folder: int) -> None:
    """Give the file its name. With a folder, Python calls linkat, which follows the link in /proc (open(2),
    O_TMPFILE)."""
    source = aside if aside.exists() else Path(f"/proc/self/fd/{handle}")
    os.link(source, path, src_dir_fd=folder)
