"""Finds a program among the files of an image, and says whether a kernel runs it. Follows links as the program itself will see
them, and none out of the image."""

from __future__ import annotations

import os
import stat

from . import safe_open

_MOST_LINKS = 40  # as the kernel follows
_ELF, _SCRIPT = b"\x7fELF", b"#!"
_MACHINE_AT = 18  # in the header of an ELF file
_MACHINES = {"x86_64": (62, 3), "aarch64": (183, 40)}  # EM_X86_64 and EM_386, EM_AARCH64 and EM_ARM


def find(root: str, path: str) -> str:
    """Return where an executable file of an image really lies, below its root; empty where there is none."""
    parts, links, at = path.split("/"), 0, ""
    while parts:
        part = parts.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            at = at.rpartition("/")[0]
            continue
        target = _target(f"{root}{at}/{part}")
        if target is None:
            at += f"/{part}"
            continue
        links += 1
        if links > _MOST_LINKS:
            return ""
        at = "" if target.startswith("/") else at
        parts = [*target.split("/"), *parts]
    return at if _is_executable(f"{root}{at}") else ""


def _target(path: str) -> str | None:
    """Return where a link leads, None for what is no link."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def _is_executable(path: str) -> bool:
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and bool(info.st_mode & 0o111)


def is_one(root: str, path: str) -> bool:
    """Return whether a file that `find` found is a script with an interpreter, or a program for this kind of machine. C
    libraries run anything else as a script of /bin/sh; container engines do not."""
    head = safe_open.read(root, path, 64) or b""
    if head.startswith(_SCRIPT):
        words = head.split(b"\n")[0].removeprefix(_SCRIPT).split()
        return bool(words) and bool(find(root, os.fsdecode(words[0])))
    known = _MACHINES.get(os.uname().machine)
    if not head.startswith(_ELF):
        return False
    return known is None or int.from_bytes(head[_MACHINE_AT : _MACHINE_AT + 2], "little") in known
