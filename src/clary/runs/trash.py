"""Removes run folders: out of sight at once, off the disk when that is done, however many files a program left.

In a thread, whose caller waits a moment and no longer: the folder of an ordinary run is gone when `throw` returns,
and one of a million files keeps neither a controller nor a request.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from pathlib import Path
from threading import Thread

from clary_supervisor import safe_open

_PATIENCE = 0.5  # seconds


class Trash:
    """A folder for folders on their way out. What a removal left that was cut short is removed at the next start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(mode=0o700, exist_ok=True)
        _remove(path.iterdir())

    def throw(self, folder: Path) -> None:
        """Remove a folder, which is no more by its name when this returns. One that is not there is no matter."""
        target = self._path / secrets.token_hex(16)
        with contextlib.suppress(FileNotFoundError):  # another was faster
            folder.rename(target)
            _remove([target])


def _remove(discarded: Iterable[Path]) -> None:
    thread = Thread(target=_remove_all, args=(list(discarded),), daemon=True)
    thread.start()
    thread.join(_PATIENCE)


def _remove_all(discarded: list[Path]) -> None:
    for target in discarded:
        safe_open.remove(str(target.parent), target.name)
