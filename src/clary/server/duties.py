"""The duties of a home (warden, gateway, controllers): each has one process, which holds a lock and writes down who it is."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress

from clary.server.home import Home, write_private
from clary.server.processes import Process

log = logging.getLogger("clary.warden")


class AlreadyUp(Exception):
    """Another process of this home has this duty."""


def take_duty(home: Home, name: str, options: Sequence[str]) -> None:
    """In a worker: be the only one of this home with this duty, and write down its process id. Raise
    AlreadyUp."""
    take_lock(home, name)
    record(home, name, Process.of(os.getpid()), options)


def record(home: Home, name: str, process: Process, options: Sequence[str]) -> None:
    """Write down which process has a duty. A full disk must not prevent the duty."""
    entry = {"pid": process.pid, "started": process.started, "options": list(options)}
    try:
        entry["home"] = home.mark
        write_private(home.path / "run" / f"{name}.json", json.dumps(entry))
    except OSError as error:
        log.error("who the %s is could not be written down: %s", name, error)


def take_lock(home: Home, name: str) -> int:
    """Take the lock of a duty, held until this process ends, and write the holder's identity into it. Raise
    AlreadyUp."""
    handle = os.open(home.path / "run" / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyUp(f"{name} of {home.path}") from None
    me = Process.of(os.getpid())
    with suppress(OSError):  # the lock works on a full disk as well
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{me.pid} {me.started} {home.mark}".encode(), 0)
    return handle


def is_there(home: Home, name: str, lock: int) -> bool:
    """Return whether the lock that this process holds is the one that others would find."""
    try:
        return os.path.samestat(os.stat(home.path / "run" / f"{name}.lock"), os.fstat(lock))
    except (FileNotFoundError, NotADirectoryError):
        return False


def holder(home: Home, name: str) -> Process | None:
    """Return who took a duty's lock last, dead or alive; None in a copied home, where the original's lock
    does not count."""
    with suppress(FileNotFoundError, ValueError):
        pid, started, mark = (home.path / "run" / f"{name}.lock").read_text().split()
        return Process(int(pid), int(started)) if mark == home.mark else None
    return None


def last_words(home: Home, name: str) -> str:
    """Return why a worker could not go on, from its log."""
    with suppress(OSError):
        lines = (home.path / "log" / f"{name}.log").read_text(errors="replace").splitlines()
        for line in reversed(lines[-50:]):
            _, found, words = line.partition(" CRITICAL ")
            if found:
                return words
    return f"the {name} cannot go on with this home"
