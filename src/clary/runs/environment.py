"""What programs find in the interpreter that all runs share: its version, the machine, the libraries."""

from __future__ import annotations

import hashlib
import os
import platform
import sysconfig
from typing import Any

from clary_supervisor.witness import distributions

_known: dict[tuple[tuple[str, int], ...], dict[str, Any]] = {}


def environment() -> dict[str, Any]:
    """Return version, machine and libraries (`name==version`) with a digest of all. Reads again what has changed."""
    folders = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    state = tuple((folder, _changed(folder)) for folder in folders)
    if state not in _known:
        _known.clear()
        _known[state] = _read(folders)
    return _known[state]


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def _read(folders: list[str]) -> dict[str, Any]:
    libraries = sorted({one for folder in folders for one in distributions(folder)})
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": libraries,
    }
    said = "\n".join((found["python"], found["machine"], *libraries))
    return {**found, "digest": hashlib.sha256(said.encode()).hexdigest()}
