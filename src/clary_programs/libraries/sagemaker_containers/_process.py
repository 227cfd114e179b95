"""Running commands and the user's entry point."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from clary_programs.libraries._shared import running
from clary_programs.libraries._shared.running import python_executable

from . import _errors, _logging

__all__ = ["ProcessRunner", "check_error", "create", "python_executable"]


def create(
    cmd: Sequence[str],
    error_class: type[Exception],
    cwd: str | None = None,
    capture_error: bool = False,
    **kwargs: Any,
) -> subprocess.Popen[bytes]:
    """Start a command, by default in the code folder. Raise `error_class` if it cannot be started."""
    try:
        return running.start(cmd, cwd, capture_error, **kwargs)
    except Exception as error:
        raise error_class(error) from error


def check_error(
    cmd: Sequence[str],
    error_class: type[_errors._CalledProcessError],
    capture_error: bool = False,
    cwd: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; raise `error_class` if that is not exit code 0."""
    ended = running.finish(cmd, cwd)
    if ended.code:
        raise error_class(
            cmd=" ".join(cmd), return_code=ended.code, output=ended.output if capture_error else None
        )
    return subprocess.CompletedProcess(list(cmd), 0)


class ProcessRunner:
    """Runs the user's entry point as one process."""

    def __init__(self, user_entry_point: str, args: Sequence[str], env_vars: Mapping[str, str]) -> None:
        self._user_entry_point, self._args, self._env_vars = user_entry_point, list(args), env_vars

    def run(self, wait: bool = True, capture_error: bool = False) -> Any:
        """Run to the end and raise ExecuteUserScriptError if it fails; start only, if it is not waited for."""
        command = self._create_command()
        _logging.log_script_invocation(command, self._env_vars)
        run = check_error if wait else create
        return run(command, _errors.ExecuteUserScriptError, capture_error=capture_error)

    def _create_command(self) -> list[str]:
        return running.entry_point_command(self._user_entry_point, self._args)
