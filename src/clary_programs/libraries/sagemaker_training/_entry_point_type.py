"""The kinds of entry points."""

from __future__ import annotations

import enum
import os


class _EntryPointType(enum.Enum):
    """How an entry point is run."""

    PYTHON_MODULE = "PYTHON_MODULE"
    PYTHON_PACKAGE = "PYTHON_PACKAGE"
    PYTHON_PROGRAM = "PYTHON_PROGRAM"
    COMMAND = "COMMAND"


PYTHON_MODULE = _EntryPointType.PYTHON_MODULE
PYTHON_PACKAGE = _EntryPointType.PYTHON_PACKAGE
PYTHON_PROGRAM = _EntryPointType.PYTHON_PROGRAM
COMMAND = _EntryPointType.COMMAND


def get(path: str, name: str) -> _EntryPointType:
    """Return the kind of the entry point `name` in a folder."""
    if name.endswith(".sh"):
        return COMMAND
    if "setup.py" in os.listdir(path):
        return PYTHON_PACKAGE
    if name.endswith(".py"):
        return PYTHON_PROGRAM
    return PYTHON_MODULE if name.startswith("-m ") else COMMAND
