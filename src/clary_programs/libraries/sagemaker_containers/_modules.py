"""Preparing, installing, importing and running the user's modules.

Where several jobs share an interpreter, pip adds to a folder of the job's own, which this process and its children search.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from clary_programs.libraries._shared import running
from clary_programs.libraries._shared.running import DEFAULT_MODULE_NAME, exists, has_requirements, prepare
from clary_programs.toolkit.errors import CalledProcessError

from . import _env, _errors, _files, _logging, _process

__all__ = [
    "DEFAULT_MODULE_NAME",
    "download_and_install",
    "exists",
    "has_requirements",
    "import_module",
    "install",
    "prepare",
    "run",
    "run_module",
    "s3_download",
]

s3_download = _files.s3_download


def install(path: str, capture_error: bool = False) -> None:
    """Install the package in a folder, with its requirements. Raise InstallModuleError."""
    try:
        running.install(path)
    except CalledProcessError as error:
        output = error.output if capture_error else None
        raise _errors.InstallModuleError(error.command, error.exit_code, output) from error


def download_and_install(uri: str, name: str = DEFAULT_MODULE_NAME, cache: bool = True) -> None:
    """Install the code at an address as a module; with `cache`, not if there is one of that name."""
    if cache and exists(name):
        return
    with _files.tmpdir() as folder:
        path = os.path.join(folder, "module_dir")
        _files.download_and_extract(uri, path)
        prepare(path, name)
        install(path)


def import_module(uri: str, name: str = DEFAULT_MODULE_NAME, cache: bool | None = None) -> ModuleType:
    """Put the code at an address into the code folder and import a module of it. Raise ImportModuleError."""
    _warn_of(cache)
    _fetch(uri, name)
    try:
        return running.import_code(name)
    except Exception as error:
        raise _errors.ImportModuleError(error) from error


def run(
    module_name: str,
    args: Sequence[str] | None = None,
    env_vars: Mapping[str, str] | None = None,
    wait: bool = True,
    capture_error: bool = False,
) -> Any:
    """Run a module as a script, with `python -m`. Raise ExecuteUserScriptError."""
    command = [_process.python_executable(), "-m", module_name, *(args or ())]
    _logging.log_script_invocation(command, env_vars or {})
    start = _process.check_error if wait else _process.create
    return start(command, _errors.ExecuteUserScriptError, capture_error=capture_error)


def run_module(
    uri: str,
    args: Sequence[str],
    env_vars: Mapping[str, str] | None = None,
    name: str = DEFAULT_MODULE_NAME,
    cache: bool | None = None,
    wait: bool = True,
    capture_error: bool = False,
) -> Any:
    """Put the code at an address into the code folder and run a module of it. Raise ExecuteUserScriptError."""
    _warn_of(cache)
    variables = dict(env_vars or {})
    _fetch(uri, name)
    _env.write_env_vars(variables)
    return run(name, args, variables, wait, capture_error)


def _fetch(uri: str, name: str) -> None:
    """Modules are run and imported where they lie, so that only a package, or requirements, must be installed."""
    _files.download_and_extract(uri, _env.code_dir)
    if has_requirements(_env.code_dir) or os.path.exists(os.path.join(_env.code_dir, "setup.py")):
        prepare(_env.code_dir, name)
        install(_env.code_dir)


def _warn_of(cache: bool | None) -> None:
    if cache is not None:
        text = "the cache parameter is unnecessary anymore. Cache is always set to True"
        warnings.warn(text, DeprecationWarning, stacklevel=3)
