"""A volume as a project quota (quotactl(2), ext4 and xfs): folders of one number, whose bytes and files the kernel limits.

The number is inherited by all that is made below, and a job may not change it (seccomp.py). Needs root, and a file system
that is mounted with `prjquota`.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct

from . import libc

_PROJECT = 2  # of the types of quota
_GET, _SET, _STATE = 0x800007, 0x800008, 0x5808  # Q_GETQUOTA, Q_SETQUOTA, Q_XGETQSTATV
_ENFORCED = 1 << 5  # FS_QUOTA_PDQ_ENFD
_LIMITS = 1 | 4  # QIF_BLIMITS, QIF_ILIMITS
_FIRST = 1 << 31  # above the numbers that people give to their own projects
_ATTEMPTS = 1000

_GETXATTR, _SETXATTR = 0x801C581F, 0x401C5820  # FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR
_INHERIT = 0x200  # FS_XFLAG_PROJINHERIT
_ATTRIBUTES = "=5I8s"  # struct fsxattr: flags, extent size, extents, project, CoW extent size


class _Quota(ctypes.Structure):
    """struct if_dqblk. Blocks are KiB; space is bytes."""

    _fields_ = (
        ("hard_blocks", ctypes.c_uint64),
        ("soft_blocks", ctypes.c_uint64),
        ("space", ctypes.c_uint64),
        ("hard_inodes", ctypes.c_uint64),
        ("soft_inodes", ctypes.c_uint64),
        ("inodes", ctypes.c_uint64),
        ("block_time", ctypes.c_uint64),
        ("inode_time", ctypes.c_uint64),
        ("valid", ctypes.c_uint32),
    )


class _State(ctypes.Structure):
    """The beginning of struct fs_quota_statv, and room for the rest."""

    _fields_ = (
        ("version", ctypes.c_int8),
        ("pad", ctypes.c_uint8),
        ("flags", ctypes.c_uint16),
        ("rest", ctypes.c_uint64 * 32),
    )


def device_of(folder: str) -> str:
    """Return the device of the file system that a folder is on; empty if it has no device."""
    info = os.stat(folder)
    wanted = f"{os.major(info.st_dev)}:{os.minor(info.st_dev)}"
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields = line.split()
            source = fields[fields.index("-") + 2]
            if fields[2] == wanted and source.startswith("/"):
                return source
    return ""


def is_enforced(device: str) -> bool:
    """Return whether this file system keeps project quotas now, and does not only count."""
    state = _State(version=1)
    try:
        libc.quotactl(_command(_STATE), device, 0, state)
    except OSError:
        return False
    return bool(state.flags & _ENFORCED)


def limit(device: str, folders: list[str], size: int, files: int) -> int:
    """Put empty folders under a quota of their own, all together; its number."""
    number = _fresh(device, os.stat(folders[0]).st_ino)
    _set(device, number, size, files)
    for folder in folders:
        _mark(folder, number)
    return number


def lift(device: str, number: int) -> None:
    """Free the number of a run that has ended."""
    _set(device, number, 0, 0)


def _fresh(device: str, seed: int) -> int:
    """Return a project number: the folder's own, if no other folder has it, or the next without limit and
    files."""
    for attempt in range(_ATTEMPTS):
        number = _FIRST + (seed + attempt) % (_FIRST - 1)
        found = _Quota()
        try:
            libc.quotactl(_command(_GET), device, _signed(number), found)
        except (ProcessLookupError, FileNotFoundError):  # ESRCH, ENOENT: nothing is known of it
            return number
        if not (found.hard_blocks or found.space or found.inodes):
            return number
    raise OSError("no free project number")


def _set(device: str, number: int, size: int, files: int) -> None:
    wanted = _Quota(hard_blocks=size >> 10, hard_inodes=files, valid=_LIMITS)
    libc.quotactl(_command(_SET), device, _signed(number), wanted)


def number_of(folder: str) -> int:
    """Return the number of a folder; 0 for none."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _attributes(fd)[3]
    finally:
        os.close(fd)


def _mark(folder: str, number: int) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flags, size, extents, _, cow, pad = _attributes(fd)
        fcntl.ioctl(
            fd, _SETXATTR, struct.pack(_ATTRIBUTES, flags | _INHERIT, size, extents, number, cow, pad)
        )
    finally:
        os.close(fd)


def _attributes(fd: int) -> tuple[int, int, int, int, int, bytes]:
    found = fcntl.ioctl(fd, _GETXATTR, bytes(struct.calcsize(_ATTRIBUTES)))
    return struct.unpack(_ATTRIBUTES, found)  # type: ignore[return-value]


def _command(command: int) -> int:
    return command << 8 | _PROJECT


def _signed(number: int) -> int:
    """As the C library takes it: an int."""
    return ctypes.c_int(number).value
