"""What kind of thing the user's entry point is, and the command that runs it.

Source: aws/sagemaker-training-toolkit `entry_point_type.py`, `process.py`; contracts, section 2.1.
"""

from __future__ import annotations

import shlex
import sys
from enum import Enum
from pathlib import Path

from clary_programs.toolkit.errors import ClientError


class Kind(Enum):
    """The three kinds that script mode runs."""

    PACKAGE = "package"
    PROGRAM = "program"
    COMMAND = "command"


def kind_of(folder: Path, name: str) -> Kind:
    """Return a package where `setup.py` is present, a program for `*.py`, else a command."""
    if (folder / "setup.py").exists():
        return Kind.PACKAGE
    return Kind.PROGRAM if name.endswith(".py") else Kind.COMMAND


def check(folder: Path, name: str) -> None:
    """Raise ClientError where the entry point is not inside `folder`; make a command executable."""
    if kind_of(folder, name) is Kind.PACKAGE:
        return
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ClientError(f"the entry point {name} leads out of the code folder")
    if not path.is_file():
        raise ClientError(f"the entry point {name} is not in the code folder")
    if kind_of(folder, name) is Kind.COMMAND:
        path.chmod(0o755)


def command(folder: Path, name: str, arguments: list[str]) -> list[str]:
    """Return the command line of an ordinary, undistributed run."""
    kind = kind_of(folder, name)
    if kind is Kind.PACKAGE:
        return [sys.executable, "-m", name.removesuffix(".py"), *arguments]
    if kind is Kind.PROGRAM:
        return [sys.executable, name, *arguments]
    # `exec`, so that a signal to the shell is the script's.
    return ["/bin/sh", "-c", f"exec ./{shlex.quote(name)} {shlex.join(arguments)}".strip()]
