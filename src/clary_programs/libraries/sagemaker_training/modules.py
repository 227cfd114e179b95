"""Preparing, installing and importing the user's modules.

Where several jobs share an interpreter, pip adds to a folder of the job's own, which this process and its children search.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from clary_programs.libraries._shared import running
from clary_programs.libraries._shared.running import DEFAULT_MODULE_NAME, exists, has_requirements, prepare
from clary_programs.toolkit.errors import CalledProcessError

from . import environment, errors, files

__all__ = [
    "DEFAULT_MODULE_NAME",
    "exists",
    "has_requirements",
    "import_module",
    "install",
    "install_requirements",
    "prepare",
]


def install(path: str, capture_error: bool = False) -> None:
    """Install the package in a folder, with its requirements. Raise InstallModuleError."""
    with _raising(errors.InstallModuleError, capture_error):
        running.install(path)


def install_requirements(path: str, capture_error: bool = False) -> None:
    """Install what the folder's `requirements.txt` names. Raise InstallRequirementsError."""
    with _raising(errors.InstallRequirementsError, capture_error):
        running.install_requirements(path)


def import_module(uri: str, name: str = DEFAULT_MODULE_NAME) -> ModuleType:
    """Put the code at an address into the code folder and import a module of it. Raise ImportModuleError."""
    files.download_and_extract(uri, environment.code_dir)
    if has_requirements(environment.code_dir):
        install_requirements(environment.code_dir)
    try:
        return running.import_code(name)
    except Exception as error:
        raise errors.ImportModuleError(error) from error


@contextmanager
def _raising(error_class: type[errors._CalledProcessError], capture: bool) -> Iterator[None]:
    try:
        yield
    except CalledProcessError as error:
        output = error.output if capture else None
        raise error_class(error.command, error.exit_code, output, error.info) from error
