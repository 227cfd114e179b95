"""The library's log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from clary_programs.toolkit import logs

from . import training_env


def get_logger() -> logging.Logger:
    """Return the library's log, `sagemaker-containers`."""
    return logging.getLogger("sagemaker-containers")


def configure_logger(level: int, log_format: str = logs.FORMAT) -> None:
    """Let all logs write from `level` on; AWS's client libraries write no more than INFO and WARNING."""
    logs.configure(level, log_format)


def log_script_invocation(
    cmd: Sequence[str], env_vars: Mapping[str, str], logger: logging.Logger | None = None
) -> None:
    """Log the command, the training environment and the variables of a script that is about to run."""
    logs.invocation(cmd, dict(training_env()), env_vars, logger or get_logger())
