"""Script mode: AWS's v2 training toolkit protocol from code archive to exit code.

Knows `/opt/ml` and nothing of the platform. Source: aws/sagemaker-training-toolkit `trainer.py`, `entry_point.py`.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback

from clary_programs.contract.outcome import write_failure, write_success
from clary_programs.contract.paths import Paths
from clary_programs.contract.training_env import TrainingEnv
from clary_programs.libraries import FOLDER as LIBRARIES
from clary_programs.toolkit import entry_points, logs
from clary_programs.toolkit.distribution import launch_command
from clary_programs.toolkit.entry_points import Kind
from clary_programs.toolkit.errors import ClientError
from clary_programs.toolkit.hosts import wait_for_hosts
from clary_programs.toolkit.process import run
from clary_programs.toolkit.requirements import install_module, install_requirements, layered_path
from clary_programs.toolkit.source import fetch


def main() -> int:
    """Train as the job's files say; the exit code, the user's script's own where that failed."""
    paths = Paths.of()
    try:
        env = TrainingEnv.read()
        logs.configure(env.log_level)
        train(env)
    except ClientError as error:
        _report(paths, str(error))
        return error.exit_code or 1
    except Exception as error:
        _report(paths, f"framework error: \n{traceback.format_exc()}\n{error}")
        return getattr(error, "errno", None) or 1
    logs.logger.info("Reporting training SUCCESS")
    write_success(paths)
    return 0


def train(env: TrainingEnv) -> None:
    """Run the framework module where one is named, else the user's entry point. Raise ClientError if it
    fails."""
    _make_folders(env)
    if env.framework_module:
        _run_framework(env)
    else:
        _run_script(env)


def _report(paths: Paths, message: str) -> None:
    write_failure(paths, message)
    logs.logger.error("Reporting training FAILURE")
    logs.logger.error(message)


def _make_folders(env: TrainingEnv) -> None:
    for folder in (env.paths.model, env.paths.output_data, env.paths.code):
        folder.mkdir(parents=True, exist_ok=True)


def _run_framework(env: TrainingEnv) -> None:
    """Call `package.module:function` in this process, which is what AWS's framework images do."""
    module, _, function = env.framework_module.partition(":")
    if not function:
        raise ClientError(f"SAGEMAKER_TRAINING_MODULE must be module:function, not {env.framework_module}")
    os.environ.update(_variables(env))
    entry = getattr(importlib.import_module(module), function)
    logs.logger.info("Imported framework %s", module)
    entry()


def _run_script(env: TrainingEnv) -> None:
    folder, name = env.paths.code, env.user_entry_point
    if not name:
        raise ClientError("neither the hyperparameter sagemaker_program nor SAGEMAKER_PROGRAM names a script")
    fetch(env.module_dir, folder)
    entry_points.check(folder, name)
    environ = {**os.environ, **_variables(env)}
    kind = entry_points.kind_of(folder, name)
    if kind is Kind.PACKAGE:
        install_module(folder, env.paths.packages, environ)
    elif (
        kind is Kind.PROGRAM
    ):  # the step that repacks a model is a command, and its requirements are the model's
        install_requirements(folder, env.paths.packages, environ)
    wait_for_hosts(env.resources.hosts, environ)
    command = launch_command(env, folder)
    logs.invocation(command, env.document(), env.variables())
    run(command, folder, environ)


def _variables(env: TrainingEnv) -> dict[str, str]:
    """Return what the user's process gets beside the environment it inherits."""
    return {
        **env.variables(),
        **env.process_variables(),
        "PYTHONPATH": layered_path(env.environ, env.paths.code, env.paths.packages, after=LIBRARIES),
        "PYTHONUNBUFFERED": "1",
    }


if __name__ == "__main__":
    sys.exit(main())
