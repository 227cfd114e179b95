"""The toolkit's log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from clary_programs.toolkit import logs


def get_logger() -> logging.Logger:
    """Return the toolkit's log, `sagemaker-training-toolkit`."""
    return logs.logger


def configure_logger(level: int, log_format: str = logs.FORMAT) -> None:
    """Let all logs write from `level` on; AWS's client libraries write no more than INFO and WARNING."""
    logs.configure(level, log_format)


def log_script_invocation(
    cmd: Sequence[str], env_vars: Mapping[str, str], logger: logging.Logger | None = None
) -> None:
    """Log the command, the training environment and the variables of a script that is about to run."""
    from .environment import Environment

    logs.invocation(cmd, dict(Environment()), env_vars, logger or get_logger())
