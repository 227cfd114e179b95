"""Whether this machine can run programs in images of users' own, and with what: found out once, by trying, and told to
`clary doctor` and to each run that has an image.

Knows how to try; what is done for a run is in clary_supervisor/container.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import clary_supervisor
from clary.runs import drivers
from clary.runs.capacity import gpus_of_this_machine
from clary.runs.isolation import Plan
from clary.runs.programs import which
from clary_supervisor.image_store import Store

_PATIENCE = 60.0  # seconds for the trial, on a machine that is busy
_TRIAL = Path(clary_supervisor.__file__).with_name("try_image.py")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")
_NEEDS = "run as root, with bubblewrap and a kernel that has overlayfs"


@dataclass(frozen=True, slots=True)
class Images:
    """How programs run in images here. `obstacle` says why they do not; `setpriv` are the paths of the C library's loader, of
    setpriv and of the libraries that it needs, with which an image's USER is taken; `userns`: root in an image is root in a
    user namespace only; `drivers` are files of the GPUs' driver, for runs that have some."""

    home: str
    obstacle: str = ""
    setpriv: tuple[str, ...] = ()
    userns: bool = False
    drivers: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def describe(self) -> str:
        """Return a line for a person."""
        if self.obstacle:
            return f"container images: {self.obstacle}"
        root = "root in a user namespace of their own" if self.userns else "root with Docker's capabilities"
        users = "any USER" if self.setpriv else "USER root only (setpriv is missing)"
        count, size = Store(self.home).size()
        gpus = f"; the GPUs' driver, {len(self.drivers)} files" if self.drivers else ""
        return f"container images: bubblewrap on an overlay; {root}, {users}{gpus}; {count} layers kept, {size >> 20} MiB"


def survey(home: Path, plan: Plan) -> Images:
    """Return what this machine can do, found out by running a program in an image of one empty layer."""
    if plan.method != "bubblewrap" or not plan.root:
        return Images(str(home), f"programs in images do not run here; {_NEEDS}")
    setpriv = _setpriv()
    for userns in (True, False):
        if _works(home, plan.bwrap, userns):
            gpus = gpus_of_this_machine()
            return Images(str(home), "", setpriv, userns, drivers.find() if gpus else ())
    return Images(str(home), f"overlayfs does not work below {home}; {_NEEDS}")


def _works(home: Path, bwrap: str, userns: bool) -> bool:
    words = [sys.executable, "-I", "-S", str(_TRIAL), str(home), bwrap, "userns" if userns else ""]
    try:
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _setpriv() -> tuple[str, ...]:
    """Return the loader, setpriv and its libraries; nothing where they cannot be found."""
    setpriv, ldd = which("setpriv"), which("ldd")
    if not setpriv or not ldd:
        return ()
    try:
        done = subprocess.run([ldd, setpriv], capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = [os.path.realpath(path) for path in _LIBRARY.findall(done.stdout)]
    names = dict(zip(found, _LIBRARY.findall(done.stdout), strict=True))
    loaders = [path for path in found if os.path.basename(path).startswith("ld-")]
    if len(loaders) != 1:
        return ()
    return (names[loaders[0]], setpriv, *(names[path] for path in found if path not in loaders))
