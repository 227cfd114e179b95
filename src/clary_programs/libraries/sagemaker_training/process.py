"""Running commands and the user's entry point."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from inspect import isclass
from typing import Any

from clary_programs.libraries._shared import running
from clary_programs.libraries._shared.running import python_executable

from . import errors, logging_config

__all__ = ["ProcessRunner", "check_error", "create", "process_error_classes", "python_executable"]

DEFAULT_ERROR_CLASS = errors.ExecuteUserScriptError


def process_error_classes(error_classes: Any) -> list[str]:
    """Return the names of error classes; one of them may be a class, a name or None."""
    listed = error_classes if isinstance(error_classes, list) else [error_classes] if error_classes else []
    return [error.__name__ if isclass(error) else error for error in listed]


def create(
    cmd: Sequence[str],
    error_classes: Any,
    processes_per_host: int,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    capture_error: bool = False,
) -> tuple[int, list[str], subprocess.CompletedProcess[str]]:
    """Run a command to its end; return its exit code, what it said of errors, and the process."""
    ended = running.finish(cmd, cwd)
    process = subprocess.CompletedProcess(list(cmd), ended.code, None, ended.output)
    return ended.code, [ended.output], process


def check_error(
    cmd: Sequence[str],
    error_classes: Any,
    processes_per_host: int,
    cwd: str | None = None,
    capture_error: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; raise one of the toolkit's errors if that is not exit code 0.

    The error is the first of `error_classes` that this library has, else ExecuteUserScriptError.
    """
    ended = running.finish(cmd, cwd)
    if ended.code:
        error_class = _error_class(process_error_classes(error_classes))
        output = ended.output if capture_error else None
        raise error_class(" ".join(cmd), ended.code, output, ended.info)
    return subprocess.CompletedProcess(list(cmd), 0)


def _error_class(names: list[str]) -> type[errors._CalledProcessError]:
    known = (getattr(errors, name, None) for name in names)
    return next(
        (found for found in known if isclass(found) and issubclass(found, errors._CalledProcessError)),
        DEFAULT_ERROR_CLASS,
    )


class ProcessRunner:
    """Runs the user's entry point as one process."""

    def __init__(
        self, user_entry_point: str, args: Sequence[str], env_vars: Mapping[str, str], processes_per_host: int
    ) -> None:
        self._user_entry_point, self._args = user_entry_point, list(args)
        self._env_vars, self._processes_per_host = env_vars, processes_per_host

    def run(self, wait: bool = True, capture_error: bool = False) -> Any:
        """Run to the end and raise ExecuteUserScriptError if it fails; start only, if it is not waited for."""
        command = self._create_command()
        logging_config.log_script_invocation(command, self._env_vars)
        if not wait:
            return running.start(command, None, capture_error)
        return check_error(command, DEFAULT_ERROR_CLASS, self._processes_per_host, None, capture_error)

    def _create_command(self) -> list[str]:
        return running.entry_point_command(self._user_entry_point, self._args)
