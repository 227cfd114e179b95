"""Find the user's inference module, install what it requires, import it. Does not know which hooks it has.

Source: aws/sagemaker-inference-toolkit `environment.py`, `utils.py`; contracts, sections 8 and 9.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from clary_programs.contract.hyperparameters import decode
from clary_programs.contract.paths import Paths
from clary_programs.libraries import FOLDER as LIBRARIES
from clary_programs.toolkit.errors import ClientError

DEFAULT_PROGRAM = "inference.py"


@dataclass(frozen=True, slots=True)
class Program:
    """A user's module: its file's name and where the code is or comes from."""

    name: str
    address: str


def find_program(paths: Paths, environ: Mapping[str, str]) -> Program | None:
    """Return the program that the variables name, or `code/inference.py` of the model; None if there is
    neither."""
    folder = paths.model / "code"
    name = str(decode(environ.get("SAGEMAKER_PROGRAM", "")) or "")
    address = str(decode(environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "")) or "")
    if name:
        return Program(name, address or str(folder))
    if (folder / DEFAULT_PROGRAM).exists():
        return Program(DEFAULT_PROGRAM, str(folder))
    return None


def import_program(program: Program, paths: Paths, environ: Mapping[str, str]) -> ModuleType:
    """Return the imported module; its own folder and its `lib` come first in `sys.path`.

    Raise ClientError where the code cannot be had, and whatever the module itself raises.
    """
    folder = _fetch(program, paths)
    _install(folder, paths, environ)
    for place in (paths.packages, folder / "lib", folder):
        if place.is_dir():
            sys.path.insert(0, str(place))
    sys.path.append(str(LIBRARIES))
    return _import(folder, program.name)


def _fetch(program: Program, paths: Paths) -> Path:
    """Return the folder that holds the code. The model's own code stays where it is: the model may be
    read-only."""
    if _is_archive(program.address):
        from clary_programs.toolkit.source import fetch

        fetch(program.address, paths.code)
        return paths.code
    folder = Path(program.address)
    fallback = paths.model / "code"
    return folder if folder.is_dir() or not fallback.is_dir() else fallback


def _is_archive(address: str) -> bool:
    return address.lower().startswith("s3://") or address.endswith((".tar.gz", ".tgz"))


def _install(folder: Path, paths: Paths, environ: Mapping[str, str]) -> None:
    if (folder / "requirements.txt").exists():
        from clary_programs.toolkit import logs
        from clary_programs.toolkit.requirements import install_requirements

        logs.configure(20)
        install_requirements(folder, paths.packages, {**os.environ, **environ})


def _import(folder: Path, name: str) -> ModuleType:
    path = (folder / name).resolve()
    if not path.suffix:
        path = path.with_suffix(".py")
    if not path.is_relative_to(folder.resolve()):
        raise ClientError(f"SAGEMAKER_PROGRAM {name} leads out of the code folder")
    if not path.is_file():
        raise ClientError(f"{name} is not in {folder}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    # Under its own name, so that what it pickled as `train.Net` is found again.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
