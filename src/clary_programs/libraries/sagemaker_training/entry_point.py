"""Fetching, preparing and running the user's entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from clary_programs.toolkit.hosts import wait_for_hosts

from . import _entry_point_type, environment, files, modules, runner


def run(
    uri: str,
    user_entry_point: str,
    args: Sequence[str],
    env_vars: Mapping[str, str] | None = None,
    wait: bool = True,
    capture_error: bool = False,
    runner_type: runner.RunnerType = runner.ProcessRunnerType,
    extra_opts: Mapping[str, Any] | None = None,
) -> Any:
    """Put the code at an address into the code folder, install what it needs, and run its entry point.

    Raise ExecuteUserScriptError with what the script said of errors, if that is to be captured.
    """
    variables = dict(env_vars or {})
    files.download_and_extract(uri, environment.code_dir)
    install(user_entry_point, environment.code_dir, capture_error)
    environment.write_env_vars(variables)
    wait_for_hosts(environment.Environment().hosts, os.environ)
    return runner.get(runner_type, user_entry_point, args, variables, extra_opts).run(wait, capture_error)


def install(name: str, path: str = environment.code_dir, capture_error: bool = False) -> None:
    """Install what the entry point in a folder needs: a package, or requirements; a command is made executable."""
    if path not in sys.path:
        sys.path.insert(0, path)
    kind = _entry_point_type.get(path, name)
    if kind is _entry_point_type.PYTHON_PACKAGE:
        modules.install(path, capture_error)
    elif kind is _entry_point_type.COMMAND:
        os.chmod(os.path.join(path, name), 0o777)
    elif modules.has_requirements(path):
        modules.install_requirements(path, capture_error)
