"""How much room a host's files take, against the volume that was asked for and what the machine has left."""

from __future__ import annotations

import os
import stat
import time

_LEAST_FREE = 64 << 20  # bytes; below this the machine itself is in danger
_EVERY = 2.0  # seconds between measurements, or more where measuring is dear


def size(folder: str) -> int:
    """Bytes on disk of all files below a folder; links are not followed."""
    total = 0
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    total += _add(entry, pending)
        except OSError:  # it went away while we looked
            continue
    return total


def _add(entry: os.DirEntry[str], pending: list[str]) -> int:
    try:
        info = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    if stat.S_ISDIR(info.st_mode):
        pending.append(entry.path)
    return info.st_blocks * 512


def free(folder: str) -> int:
    """Bytes that are left on the disk of a folder."""
    info = os.statvfs(folder)
    return info.f_bavail * info.f_frsize


class Space:
    """Measures now and then. `volume` in bytes, 0 for no limit but the machine's."""

    def __init__(self, run: str, folders: list[str], volume: int) -> None:
        self._run = run
        self._folders = folders
        self._volume = volume
        self._next = time.monotonic() + _EVERY
        self.detail = ""

    def full(self) -> bool:
        """Whether a host's files outgrew the volume, or the machine's disk is at its end."""
        began = time.monotonic()
        if began < self._next:
            return False
        self.detail = self._complaint()
        spent = time.monotonic() - began
        self._next = began + max(_EVERY, 20 * spent)
        return bool(self.detail)

    def _complaint(self) -> str:
        if free(self._run) < _LEAST_FREE:
            return "no space left on the machine's disk"
        for folder in self._folders if self._volume else []:
            used = size(folder)
            if used > self._volume:
                return f"no space left: {used} bytes used of a volume of {self._volume} bytes"
        return ""
