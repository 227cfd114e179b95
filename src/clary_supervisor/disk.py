"""How much room a host's files take, against the volume that was asked for and what the machine has left."""

from __future__ import annotations

import os
import stat
import time

from . import nameless

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_FREE = 64 << 20  # bytes; below this the machine itself is in danger
_NEARLY_FULL = 128  # one block in so many is left
_EVERY = 2.0  # seconds between measurements, or more where measuring is dear
BYTES_FOR_A_FILE = 16384  # a volume has one inode for so many bytes, as ext4 is made by default
_LEAST_FILES = 4096


def most_files(volume: int) -> int:
    """Return how many files and folders a volume of so many bytes may hold."""
    return max(_LEAST_FILES, volume // BYTES_FOR_A_FILE)


def usage(path: str) -> tuple[int, int]:
    """Return bytes on disk, and number, of all files and folders below a path, but for what is mounted there."""
    total = count = 0
    try:
        first = os.lstat(path)
    except FileNotFoundError:
        return 0, 0
    pending = [path] if stat.S_ISDIR(first.st_mode) else []
    total += first.st_blocks * 512
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    total += _add(entry, pending, first.st_dev)
                    count += 1
        except OSError:  # it went away while we looked
            continue
    return total, count


def _add(entry: os.DirEntry[str], pending: list[str], device: int) -> int:
    try:
        info = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    if info.st_dev != device:
        return 0
    if stat.S_ISDIR(info.st_mode):
        pending.append(entry.path)
    return info.st_blocks * 512


def free(folder: str) -> int:
    """Bytes that are left on the disk of a folder."""
    info = os.statvfs(folder)
    return info.f_bavail * info.f_frsize


def used(folder: str) -> int:
    """Bytes that are taken of the file system of a folder."""
    info = os.statvfs(folder)
    return (info.f_blocks - info.f_bfree) * info.f_frsize


class Place:
    """Where one host's files lie.

    `volume` is a folder on its volume where the kernel keeps that, or nothing. `counted` are the paths that lie on the
    machine's own disk and are measured; what the processes of `pids` have open there and has no name counts as well.
    """

    def __init__(self, counted: list[str], volume: str = "", pids: Callable[[], list[int]] = list) -> None:
        self.counted = counted
        self.volume = volume
        self.pids = pids


class Space:
    """Measures now and then. `volume` in bytes, 0 for no limit but the machine's."""

    def __init__(self, run: str, places: list[Place], volume: int) -> None:
        self._run = run
        self._places = places
        self._volume = volume
        self._was_full: set[str] = set()
        self._next = time.monotonic() + _EVERY
        self.detail = ""

    def full(self) -> bool:
        """Return whether a host's files outgrew the volume, or the machine's disk is at its end."""
        began = time.monotonic()
        if began < self._next:
            return False
        self.detail = self._complaint()
        spent = time.monotonic() - began
        self._next = began + max(_EVERY, 20 * spent)
        return bool(self.detail)

    def _complaint(self) -> str:
        if free(self._run) < LEAST_FREE:
            return "no space left on the machine's disk"
        for place in self._places if self._volume else []:
            complaint = self._counted(place) or (self._lasting(place) if place.volume else "")
            if complaint:
                return complaint
        return ""

    def _counted(self, place: Place) -> str:
        found = [usage(path) for path in place.counted]
        taken, files = (sum(column) for column in zip(*found, strict=True))
        if taken <= self._volume:
            taken += nameless.size(place.pids(), os.stat(self._run).st_dev)
        if taken > self._volume:
            return f"no space left: {taken} bytes used of a volume of {self._volume} bytes"
        if files > most_files(self._volume):
            return f"no space left: {files} files on a volume for {most_files(self._volume)}"
        return ""

    def _lasting(self, place: Place) -> str:
        """Return what the volume lacks if it lacked it at the last check as well; a program that is told may
        make room."""
        complaint = self._exhausted(place)
        lasting = bool(complaint) and place.volume in self._was_full
        (self._was_full.add if complaint else self._was_full.discard)(place.volume)
        return complaint if lasting else ""

    def _exhausted(self, place: Place, nearly: int = 0) -> str:
        """Return what a volume that the kernel keeps lacks now: blocks or inodes. `nearly` is the part of its
        blocks, one in so many, that may be left: ext4 reserves more for a write than it uses in the end."""
        info = os.statvfs(place.volume)
        if info.f_bavail <= (info.f_blocks // nearly if nearly else 0):
            return f"no space left: {used(place.volume)} bytes used of a volume of {self._volume} bytes"
        if info.f_favail == 0:
            return f"no space left: {info.f_files} files on a volume for {info.f_files}"
        return ""

    def lacking(self) -> str:
        """Return what a volume lacks now, if anything: why a program that just failed may have failed."""
        for place in self._places if self._volume else []:
            complaint = self._exhausted(place, _NEARLY_FULL) if place.volume else self._counted(place)
            if complaint:
                return complaint
        return ""
