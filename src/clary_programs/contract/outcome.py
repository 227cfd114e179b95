"""The files by which a job says how it ended. Does not know who reads them.

Sources: AWS developer guide, "How Amazon SageMaker signals algorithm success and failure": the first 1024 characters
of `/opt/ml/output/failure` become FailureReason; aws/sagemaker-training-toolkit `files.py`: `failure` is written only
if there is none.
"""

from __future__ import annotations

import os
from contextlib import suppress

from clary_programs.contract.paths import Paths

REASON_CHARACTERS = 1024


def write_failure(paths: Paths, message: str, *, replace: bool = False) -> bool:
    """Leave the reason of the failure, at least one line of it; return False where another reason stays.

    A file that is already there stays, even an empty one: the user's script says best why it failed. `replace` is for
    an agent whose word counts for more than that of the programs it started.
    """
    if not replace and os.path.lexists(paths.failure):
        return False
    _write(paths, "failure", message or "unknown failure")
    return True


def write_success(paths: Paths) -> None:
    """Leave the empty `success` file of AWS's toolkit (the platform ignores it)."""
    _write(paths, "success", "")


def _write(paths: Paths, name: str, text: str) -> None:
    # A job whose disk is full must still end with its own exit code.
    with suppress(OSError):
        paths.output.mkdir(parents=True, exist_ok=True)
        (paths.output / name).write_text(text, encoding="utf-8", errors="replace")
