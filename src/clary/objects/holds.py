"""Who may delete blobs that rows have named: nobody while a backup copies them. A lock on a file, so a death ends it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clary.objects.handles import Handle

_NAME = "backup.lock"


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Keep every blob that is there. Wait for deletions in progress."""
    lock = _open(root)
    fcntl.flock(lock.fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock.fd, fcntl.LOCK_UN)


@contextmanager
def deleting(root: Path) -> Iterator[bool]:
    """Give the right to delete, if it is to be had: False while blobs are held."""
    lock = _open(root)
    try:
        fcntl.flock(lock.fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.flock(lock.fd, fcntl.LOCK_UN)


def _open(root: Path) -> Handle:
    return Handle(root / _NAME, os.O_RDWR | os.O_CREAT)
