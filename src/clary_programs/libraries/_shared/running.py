"""Running a user's entry point, and modules of it that are imported instead.

Source: aws/sagemaker-training-toolkit `process.py`, `runner.py`, `modules.py`.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from clary_programs.contract.training_env import TrainingEnv
from clary_programs.toolkit import distribution, entry_points, process, requirements
from clary_programs.toolkit.errors import CalledProcessError

from . import places

DEFAULT_MODULE_NAME = "default_user_module_name"

_SETUP = """from setuptools import setup

setup(name={name!r}, version="1.0.0", packages=[""], include_package_data=True)
"""
_MANIFEST = "recursive-include . *\nrecursive-exclude . __pycache__*\nrecursive-exclude . *.pyc\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `output` is what it said of errors, `info` what its exit code means."""

    code: int = 0
    output: str = ""
    info: str | None = None


def finish(command: Sequence[str], cwd: str | None) -> Ended:
    """Run a command to its end, by default in the code folder; its output passes through."""
    try:
        process.run(command, Path(cwd or places.code_dir), os.environ)
    except CalledProcessError as error:
        return Ended(error.exit_code, error.output, error.info)
    return Ended()


def start(command: Sequence[str], cwd: str | None, capture: bool, **options: Any) -> subprocess.Popen[bytes]:
    """Start a command and go on. Its output can be read from the process if it is captured."""
    pipe = subprocess.PIPE if capture else None
    return subprocess.Popen(
        command, env=os.environ, cwd=cwd or places.code_dir, stdout=pipe, stderr=pipe, **options
    )


def python_executable() -> str:
    """Return the path of this Python. Raise RuntimeError if it has none."""
    if not sys.executable:
        raise RuntimeError("Failed to retrieve the real path for the Python executable binary")
    return sys.executable


def entry_point_command(name: str, arguments: Sequence[str]) -> list[str]:
    """Return the command of an entry point in the code folder."""
    if name.startswith("-m "):
        return [python_executable(), *name.split(), *arguments]
    return entry_points.command(Path(places.code_dir), name, list(arguments))


@dataclass(frozen=True)
class _Distributed(TrainingEnv):
    """The training environment with another entry point and other arguments."""

    program: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def user_entry_point(self) -> str:
        return self.program

    @property
    def user_args(self) -> list[str]:
        return list(self.arguments)


def distributed_command(
    launcher: str, contract: TrainingEnv, name: str, arguments: Sequence[str], options: Mapping[str, Any]
) -> list[str]:
    """Return the command of an entry point on several processes: `mpirun` or `torchrun`. Raise ClientError."""
    values = contract.hyperparameters
    env = _Distributed(
        paths=contract.paths,
        hyperparameters=replace(values, framework={**values.framework, **options}),
        input_data_config=contract.input_data_config,
        resources=contract.resources,
        devices=contract.devices,
        environ=contract.environ,
        program=name,
        arguments=tuple(arguments),
    )
    return getattr(distribution, launcher)(env, Path(places.code_dir))


def exists(name: str) -> bool:
    """Return whether a module can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def has_requirements(path: str) -> bool:
    """Return whether a folder has a `requirements.txt`."""
    return os.path.exists(os.path.join(path, requirements.FILE))


def prepare(path: str, name: str) -> None:
    """Make the scripts of a folder a package that can be installed, unless they are one."""
    folder = Path(path)
    if not (folder / "setup.py").exists():
        (folder / "setup.py").write_text(_SETUP.format(name=name))
        (folder / "setup.cfg").write_text("[wheel]\nuniversal = 1\n")
        (folder / "MANIFEST.in").write_text(_MANIFEST)


def install(path: str) -> None:
    """Install the package in a folder, with its requirements, where this process finds it. Raise
    CalledProcessError."""
    requirements.install_module(Path(path), _layer(), os.environ)


def install_requirements(path: str) -> None:
    """Install what the folder's `requirements.txt` names, where this process finds it. Raise
    CalledProcessError."""
    requirements.install_requirements(Path(path), _layer(), os.environ)


def import_code(name: str) -> ModuleType:
    """Import a module of the code folder; import it again if it is imported already."""
    if places.code_dir not in sys.path:
        sys.path.insert(0, places.code_dir)
    importlib.invalidate_caches()
    return importlib.reload(importlib.import_module(name))


def _layer() -> Path:
    """Return the folder to which pip adds where the interpreter is shared; this process and its children
    search it."""
    layer = Path(places.base_dir) / "packages"
    if str(layer) not in sys.path:
        sys.path.insert(0, str(layer))
        importlib.invalidate_caches()
    return layer
