"""System calls that Python's `os` does not have, through the C library. Each raises OSError as `os` would.

Knows no run; what the numbers mean to a sandbox is in the modules that pass them.
"""

from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SLAVE = 0x80000
MNT_DETACH = 2

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_JOIN_SESSION_KEYRING = 1
_KEYCTL = {"x86_64": 250, "aarch64": 219}

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # Landlock; on all architectures
_VERSION = 1  # a flag of the former
_SCOPES_SINCE = 6
_ABSTRACT_UNIX_SOCKETS = 1

# Mounting by descriptors (Linux 5.2); on all architectures.
_MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT = 429, 430, 431, 432
_CLOEXEC, _HERE, _BY_DESCRIPTOR = 1, -100, 4
_SET_FLAG, _SET_STRING, _CREATE = 0, 1, 6

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(kinds: int) -> None:
    """Leave the namespaces of these kinds for new ones."""
    _check(_libc.unshare(kinds), "unshare")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace that is open as `fd`."""
    _check(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = [os.fsencode(word) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(options)), f"mount {target}")


def new_file_system(kind: str, device: str, *flags: str) -> int:
    """Return a file system that is mounted nowhere yet, as a descriptor; without set-user-id programs and
    devices."""
    context = _libc.syscall(_FSOPEN, os.fsencode(kind), _CLOEXEC)
    _check(context, f"fsopen {kind}")
    try:
        _configure(context, _SET_STRING, b"source", os.fsencode(device))
        for flag in flags:
            _configure(context, _SET_FLAG, os.fsencode(flag), None)
        _configure(context, _CREATE, None, None)
        mount = _libc.syscall(_FSMOUNT, context, _CLOEXEC, MS_NOSUID | MS_NODEV)
        _check(mount, f"fsmount {device}")
        return mount
    finally:
        os.close(context)


def _configure(context: int, command: int, key: bytes | None, value: bytes | None) -> None:
    _check(_libc.syscall(_FSCONFIG, context, command, key, value, 0), f"fsconfig {key}")


def place(mount: int, target: str) -> None:
    """Mount what `new_file_system` made."""
    moved = _libc.syscall(_MOVE_MOUNT, mount, b"", _HERE, os.fsencode(target), _BY_DESCRIPTOR)
    _check(moved, f"move_mount {target}")


def unmount(target: str) -> None:
    """Take a mount away from its place at once; it ends with its last user."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def sync_file_system(fd: int) -> None:
    """Write all that a file system still holds in memory; OSError also where an earlier write of it was lost."""
    _check(_libc.syncfs(fd), "syncfs")


def quotactl(command: int, device: str, number: int, data: ctypes.Structure) -> None:
    """quotactl(2); `data` is read or written, as the command has it."""
    _check(_libc.quotactl(command, os.fsencode(device), number, ctypes.byref(data)), f"quotactl {device}")


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(program: bytes) -> None:
    """Put a BPF program between this process, with all that it becomes or starts, and the kernel. For good."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    held = _Program(len(program) // 8, program)
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(held), 0, 0), "seccomp")


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def landlock_version() -> int:
    """Return the version of this kernel's Landlock, or 0 where there is none."""
    return max(0, _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))


def can_scope_sockets() -> bool:
    """Return whether this kernel's Landlock knows scopes (Linux 6.12)."""
    return landlock_version() >= _SCOPES_SINCE


def scope_sockets() -> None:
    """From now on this process, with all that it becomes or starts, reaches only abstract unix sockets of its own kind.

    They have no place in the file system, so no sandbox of files hides those of the machine.
    """
    wanted = _Ruleset(scopes=_ABSTRACT_UNIX_SOCKETS)
    rules = _libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)), 0)
    _check(rules, "landlock")
    try:
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _check(_libc.syscall(_RESTRICT_SELF, rules, 0), "landlock")
    finally:
        os.close(rules)


def join_fresh_keyring() -> None:
    """Leave the session keyring that was inherited for an empty one."""
    number = _KEYCTL.get(os.uname().machine)
    if number:
        _check(_libc.syscall(number, _JOIN_SESSION_KEYRING, None), "keyctl")
