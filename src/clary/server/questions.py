"""Questions that need no running platform: which operations answer, what this machine can promise a job, where a
platform can be."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clary.runs.isolation import survey
from clary.runs.local import LocalExecutor
from clary.services import load_services
from clary.wire import partitions
from clary.wire import regions as regions_of


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


def regions() -> dict[str, list[str]]:
    """Partition -> its regions."""
    return {partition: sorted(regions_of(partition)) for partition in partitions()}


QUESTIONS: dict[str, Callable[[], Any]] = {"coverage": coverage, "doctor": doctor, "regions": regions}
