"""The title of a forked process in `ps`: its arguments, written over those of its parent.

The arguments lie in the process's own memory (proc(5): arg_start and arg_end of /proc/self/stat), with as much room as the
first arguments took. The library setproctitle does the same; a supervisor has the standard library only.
"""

from __future__ import annotations

import contextlib
import os

_ARG_START, _ARG_END = 45, 46  # of the fields after the name, from proc(5)'s 48 and 49


def write(words: list[str], kept: int = 3) -> None:
    """Write `words` after the first of its arguments: the interpreter and its options. Where the kernel refuses, the title
    stays as it was."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        with open("/proc/self/cmdline", "rb") as file:
            first = file.read().split(b"\0")[:kept]
        whole = b"\0".join([*first, *map(os.fsencode, words)])[: end - start - 1]
        memory = os.open("/proc/self/mem", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(memory, whole.ljust(end - start, b"\0"), start)
        finally:
            os.close(memory)
