"""The sealing key of a home, which goes beside a backup as a file of its own, so that it can be kept elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from clary.cli.errors import CliError

_NAME = "sealing-key"  # in the home


def beside(file: str) -> Path:
    """Return where the key of a backup lies unless somebody moved it."""
    return Path(f"{file}.key")


def save(home: Path, file: str) -> Path | None:
    """Copy the key of a home to a new file beside its backup and return that; None for a home without one."""
    source, target = home / _NAME, beside(file)
    if not source.exists():
        return None
    _write(target, source.read_bytes())
    return target


def bring(file: str, given: str | None, home: Path) -> bool:
    """Give a restored home its key: `given`, or what lies beside the backup. Return whether there was one."""
    source = Path(given) if given else beside(file)
    if given and not source.is_file():
        raise CliError(f"file {given} does not exist; the home was restored without its sealing key")
    if not source.is_file():
        return False
    _write(home / _NAME, source.read_bytes())
    return True


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CliError(f"{path} exists; move it away, and copy the sealing key by hand") from None
    with os.fdopen(handle, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
