"""Fetching, preparing and running the user's entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from clary_programs.toolkit.hosts import wait_for_hosts

from . import _entry_point_type, _env, _files, _modules, _runner


def run(
    uri: str,
    user_entry_point: str,
    args: Sequence[str],
    env_vars: Mapping[str, str] | None = None,
    wait: bool = True,
    capture_error: bool = False,
    runner: _runner.RunnerType = _runner.ProcessRunnerType,
    extra_opts: Mapping[str, Any] | None = None,
) -> Any:
    """Put the code at an address into the code folder and run its entry point.

    Raise ExecuteUserScriptError with what the script said of errors, if that is to be captured.
    """
    variables = dict(env_vars or {})
    _files.download_and_extract(uri, _env.code_dir)
    install(user_entry_point, _env.code_dir, capture_error)
    _env.write_env_vars(variables)
    wait_for_hosts(_env.TrainingEnv().hosts, os.environ)
    return _runner.get(runner, user_entry_point, args, variables, extra_opts).run(wait, capture_error)


def install(name: str, dst: str, capture_error: bool = False) -> None:
    """Install the entry point in a folder if it is a package; a command is made executable."""
    if dst not in sys.path:
        sys.path.insert(0, dst)
    kind = _entry_point_type.get(dst, name)
    if kind is _entry_point_type.PYTHON_PACKAGE:
        _modules.install(dst, capture_error)
    if kind is _entry_point_type.COMMAND:
        os.chmod(os.path.join(dst, name), 0o777)
