"""What keeps a volume at its size on this machine: found out once, by trying, and told to `clary doctor` and to each run.

Knows how to try; what is done for a run is in clary_supervisor/volume.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import clary_supervisor
from clary.runs.programs import which
from clary_supervisor import project

Kind = Literal["project", "loop", "counted"]

_PATIENCE = 60.0  # seconds for the trial, on a machine that is busy
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # not on the PATH of everybody
_TRIAL = Path(clary_supervisor.__file__).with_name("try_volume.py")

_tried: dict[tuple[str, int], bool] = {}

_WORDS: dict[Kind, str] = {
    "project": "volume quota: kept by the kernel (project quota of the file system)",
    "loop": "volume quota: kept by the kernel (a file system in a file for each volume, on a loop device)",
    "counted": "volume quota: counted every two seconds, not kept by the kernel",
}


@dataclass(frozen=True, slots=True)
class Volumes:
    """How volumes are kept: by the project quota of `device`; by images that `mkfs` makes, once for each size, in
    `templates`; or by counting, because of `why`."""

    kind: Kind
    device: str = ""
    mkfs: str = ""
    templates: str = ""
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def describe(self) -> str:
        """Return a line for a person, with what to do where nothing keeps them."""
        return f"{_WORDS[self.kind]}; {self.why}" if self.why else _WORDS[self.kind]


def survey(home: Path, kind: Kind | None = None) -> Volumes:
    """Return the best way that works for a home, or the requested one. Raise RuntimeError if that one does
    not work."""
    tries = {"project": _project, "loop": _loop, "counted": _counted}
    for candidate in (kind,) if kind else tries:
        found = tries[candidate](home)
        if found.kind == candidate:
            return found
    raise RuntimeError(f"volumes by {kind} do not work on this machine")


def _project(home: Path) -> Volumes:
    device = project.device_of(str(home)) if os.geteuid() == 0 else ""
    return Volumes("project", device=device) if device and project.is_enforced(device) else _counted(home)


def _loop(home: Path) -> Volumes:
    mkfs = which("mkfs.ext4", _SBIN)
    if os.geteuid() != 0 or not mkfs or not _mounts(mkfs, home):
        return _counted(home)
    return Volumes("loop", mkfs=mkfs, templates=str(home / "volumes"))


def _counted(home: Path) -> Volumes:
    if os.geteuid() != 0:
        return Volumes("counted", why="run as root for a quota that the kernel keeps")
    return Volumes(
        "counted",
        why="mount the home's file system with prjquota, or have mkfs.ext4 and loop devices (/dev/loop-control)",
    )


def _mounts(mkfs: str, home: Path) -> bool:
    """Return whether a volume can really be made and mounted there: tried once for each file system."""
    key = (mkfs, home.stat().st_dev)
    if key not in _tried:
        _tried[key] = _try(mkfs, home)
    return _tried[key]


def _try(mkfs: str, home: Path) -> bool:
    words = [sys.executable, "-I", "-S", str(_TRIAL), str(home), mkfs]
    try:
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
