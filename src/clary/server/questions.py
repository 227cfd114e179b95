"""Questions that need no running platform: which operations answer, what this machine can promise a job."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clary.runs.isolation import survey
from clary.runs.local import LocalExecutor
from clary.services import load_services


def coverage() -> dict[str, dict[str, bool]]:
    """Service -> operation of botocore's model -> whether anything answers it."""
    return {
        name: {operation: operation in service.actions for operation in sorted(service.model.operations)}
        for name, service in sorted(load_services().items())
    }


def doctor() -> dict[str, Any]:
    """How jobs are kept apart here, and what the executor promises, line by line."""
    with tempfile.TemporaryDirectory(prefix="clary-doctor-") as folder:
        home = Path(folder)
        return {
            "method": survey(home).method,
            "promises": LocalExecutor(home, bell=str(home / "bell")).describe(),
        }


QUESTIONS: dict[str, Callable[[], Any]] = {"coverage": coverage, "doctor": doctor}
