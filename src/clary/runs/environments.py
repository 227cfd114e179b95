"""Environments beside the one that all runs share: where they are, and how one is made on demand.

An environment is made once for each user of the machine, in the cache folder (XDG_CACHE_HOME), where every home finds it.
It is made aside and renamed, so that one with the right name is whole. A variable can name one that is there already:
CLARY_MLFLOW_PYTHON=/path/to/environment/bin/python.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.runs.api import Environment

_PATIENCE = 1800.0  # seconds for all of an installation
_PAUSE = 60.0  # seconds until one that failed is tried again


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an environment is made of: the library that it is for, its version, and what is installed with it."""

    library: str
    version: str
    others: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        return (f"{self.library}=={self.version}", *self.others)


# MLflow asks for boto3 only when it meets a URI of S3.
RECIPES = {"mlflow": Recipe("mlflow", "3.10.1", ("boto3",))}


class Environments:
    """The environments of this machine. Thread-safe; processes that make the same one wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[str, threading.Thread] = {}
        self._failed: dict[str, tuple[float, str]] = {}  # when, and why

    def find(self, name: str, *, make: bool = False) -> Environment:
        """Return how far an environment is; with `make`, begin to make one that is absent. KeyError for an unknown name."""
        recipe = RECIPES[name]
        if given := _given(name):
            version = _version(given, recipe.library)
            detail = (
                "" if version else f"{given} is no interpreter of an environment that has {recipe.library}"
            )
            return Environment("ready" if version else "failed", version, detail)
        if _python(_folder(recipe)).exists():
            return Environment("ready", recipe.version)
        return self._absent(name, recipe, make)

    def seen(self, name: str) -> dict[str, Any]:
        """Return what is different in an isolation plan for a program in this environment; {} for the one of all runs."""
        if not name:
            return {}
        python = _given(name) or _python(_folder(RECIPES[name]))
        return {"python": str(python), "prefixes": list(_prefixes(python))}

    def _absent(self, name: str, recipe: Recipe, make: bool) -> Environment:
        with self._lock:
            if name in self._making and self._making[name].is_alive():
                return Environment("making", recipe.version)
            at, why = self._failed.get(name, (-_PAUSE, ""))
            if time.monotonic() - at < _PAUSE:
                return Environment("failed", recipe.version, why)
            if not make:
                return Environment("absent", recipe.version)
            self._making[name] = threading.Thread(target=self._make, args=(name, recipe), daemon=True)
            self._making[name].start()
            return Environment("making", recipe.version)

    def _make(self, name: str, recipe: Recipe) -> None:
        try:
            make(_folder(recipe), recipe.requirements)
        except (OSError, subprocess.SubprocessError) as error:
            with self._lock:
                self._failed[name] = time.monotonic(), _said(error)


def make(folder: Path, requirements: tuple[str, ...]) -> None:
    """Make an environment with these requirements, unless another process has made it meanwhile. Raise OSError or
    SubprocessError."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(_beside(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _python(folder).exists():
            return
        aside = _beside(folder, "new")
        from shutil import rmtree  # not before an environment is made: every idle process would keep it

        rmtree(aside, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(aside))
        _run(*_pip(_python(aside)), "install", "--quiet", "--disable-pip-version-check", *requirements)
        _run(str(_python(aside)), "-m", "compileall", "-qq", str(aside / "lib"), check=False)
        aside.rename(folder)


def _pip(python: Path) -> tuple[str, ...]:
    """Return the words of a pip that installs for this interpreter: our own, or else one that it gets."""
    if importlib.util.find_spec("pip"):
        return sys.executable, "-m", "pip", "--python", str(python)
    _run(str(python), "-m", "ensurepip")
    return str(python), "-m", "pip"


def _run(*words: str, check: bool = True) -> None:
    subprocess.run(
        words, check=check, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE
    )


def _said(error: OSError | subprocess.SubprocessError) -> str:
    """Return the last line that a program wrote, or what the system says."""
    lines = (getattr(error, "stderr", "") or "").strip().splitlines()
    return lines[-1] if lines else str(error)


def _given(name: str) -> Path | None:
    value = os.environ.get(f"CLARY_{name.upper()}_PYTHON", "")
    return Path(value) if value else None


def _folder(recipe: Recipe) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return Path(cache) / "clary" / "environments" / f"{recipe.library}-{recipe.version}-{python}"


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}")


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _version(python: Path, library: str) -> str:
    """Return the version of a library that is installed beside an interpreter; '' where there is none."""
    found = python.parent.parent.glob(f"lib/python*/site-packages/{library}-*.dist-info")
    return next((path.name.removesuffix(".dist-info").partition("-")[2] for path in found), "")


def _prefixes(python: Path) -> tuple[str, ...]:
    """Return the folders that an interpreter needs and that are not of the system already."""
    own = python.parent.parent
    base = Path(os.path.realpath(python)).parent.parent
    found = dict.fromkeys(str(path) for path in (own.resolve(), base, own))
    return tuple(path for path in found if not Path(path).is_relative_to("/usr"))
