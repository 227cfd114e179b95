"""Take away from this process what a query does not need: all files but those of Python's libraries, and TCP.

The object is a stranger's, and what unpacks it is written in C. Where the kernel has Landlock (files from Linux 5.13 on, TCP from 6.7 on),
a fault in there reaches no file of the platform and no port. Where it has none, the process keeps the rights of the platform's user;
`clary doctor` says which of the two it is. Source: https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on all architectures
_VERSION = 1  # flag of _CREATE_RULESET: say which version there is
_BENEATH = 1  # kind of rule: what lies beneath a folder
_NO_NEW_PRIVILEGES = 38  # prctl(2)
_READ = 1 << 2 | 1 << 3  # read files, list folders
# What is refused, by the version from which the kernel knows it: rights to files, to TCP, and of abstract sockets and signals.
_FILES = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_NETWORK = ((4, 0b11),)
_SCOPES = ((6, 0b11),)
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/usr/share/locale")


def confine() -> bool:
    """Leave this process what it has open, and libraries to read. Return False where the kernel cannot do it."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return False
    refused = struct.pack("QQQ", *(_known(version, rights) for rights in (_FILES, _NETWORK, _SCOPES)))
    ruleset = libc.syscall(_CREATE_RULESET, refused, _size(version), 0)
    if ruleset < 0:
        return False
    for folder in {*_LIBRARIES, sys.prefix, sys.base_prefix, *(path for path in sys.path if path)}:
        _let_read(libc, ruleset, folder)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _known(version: int, rights: tuple[tuple[int, int], ...]) -> int:
    return sum(bits for since, bits in rights if version >= since)


def _size(version: int) -> int:
    """Return how long the ruleset is that this version takes."""
    return 24 if version >= 6 else 16 if version >= 4 else 8


def _let_read(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    try:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this machine
    rights = _READ if os.path.isdir(folder) else 1 << 2
    libc.syscall(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", rights, place), 0)
    os.close(place)
