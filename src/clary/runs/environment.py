"""What programs find in the interpreter that all runs share: its version, the machine, the libraries."""

from __future__ import annotations

import hashlib
import os
import platform
import sysconfig

from clary_supervisor.witness import distributions

_known: dict[tuple[tuple[str, int], ...], dict[str, str]] = {}


def environment() -> dict[str, str]:
    """Return version, machine and libraries (a text, `name==version …`) with a digest of all. Reads again what has changed."""
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


def _read(folders: list[str]) -> dict[str, str]:
    libraries = sorted({one for folder in folders for one in distributions(folder)})
    found = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": " ".join(libraries),
    }
    return {**found, "digest": hashlib.sha256("\n".join(found.values()).encode()).hexdigest()}
