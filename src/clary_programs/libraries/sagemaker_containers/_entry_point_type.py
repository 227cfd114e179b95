"""The kinds of entry points."""

from __future__ import annotations

import enum
import os


class _EntryPointType(enum.Enum):
    """How an entry point is run."""

    PYTHON_PACKAGE = "PYTHON_PACKAGE"
    PYTHON_PROGRAM = "PYTHON_PROGRAM"
    COMMAND = "COMMAND"


PYTHON_PACKAGE = _EntryPointType.PYTHON_PACKAGE
PYTHON_PROGRAM = _EntryPointType.PYTHON_PROGRAM
COMMAND = _EntryPointType.COMMAND


def get(path: str, name: str) -> _EntryPointType:
    """Return the kind of the entry point `name` in a folder."""
    if "setup.py" in os.listdir(path):
        return PYTHON_PACKAGE
    return PYTHON_PROGRAM if name.endswith(".py") else COMMAND
