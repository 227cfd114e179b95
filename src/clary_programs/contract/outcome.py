"""The files by which a job says how it ended. Does not know who reads them.

Source: AWS developer guide, "How Amazon SageMaker signals algorithm success and failure": the first 1024 characters
of `/opt/ml/output/failure` become FailureReason.
"""

from __future__ import annotations

from contextlib import suppress

from clary_programs.contract.paths import Paths

REASON_CHARACTERS = 1024


def write_failure(paths: Paths, message: str) -> None:
    """Leave the reason of the failure, at least one line of it; an earlier reason is replaced."""
    _write(paths, "failure", message or "unknown failure")


def write_success(paths: Paths) -> None:
    """Leave the empty `success` file of AWS's toolkit (the platform ignores it)."""
    _write(paths, "success", "")


def _write(paths: Paths, name: str, text: str) -> None:
    # A job whose disk is full must still end with its own exit code.
    with suppress(OSError):
        paths.output.mkdir(parents=True, exist_ok=True)
        (paths.output / name).write_text(text, encoding="utf-8", errors="replace")
