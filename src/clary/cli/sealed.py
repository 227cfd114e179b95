"""Open the sealed secrets in a home's files, with the sealing key of this environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clary.cli.errors import CliError
from clary.kernel import sealed_files, sealing_source
from clary.kernel.sealing import Damaged, NoSealingKey, SealingKey

_FILE = "sealing-key"  # in the home


def sealing_key(home: Path) -> SealingKey:
    """Return the sealing key of a home, which is looked for when it is needed."""
    variable = os.environ.get(sealing_source.VARIABLE, "")
    command = os.environ.get(sealing_source.COMMAND, "")

    def find(make: bool) -> bytes | None:
        return sealing_source.given(variable, command) or sealing_source.stored(home / _FILE)

    named = sealing_source.VARIABLE if variable else sealing_source.COMMAND if command else str(home / _FILE)
    return SealingKey(find, named)


def opened_identity(home: Path, path: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return root keys with their secret. Raise CliError without the sealing key."""
    with _complaints(path):
        return sealed_files.identity_of(sealing_key(home), found)


def closed_identity(home: Path, path: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return root keys as they are written. Raise CliError without the sealing key."""
    with _complaints(path):
        return sealed_files.sealed_identity(sealing_key(home), identity)


def opened_file(home: Path, path: Path) -> bytes:
    """Return the secret in a file. Raise CliError without the sealing key."""
    with _complaints(path):
        return sealed_files.secret_in(sealing_key(home), path.read_bytes(), str(path.relative_to(home)))


@contextmanager
def _complaints(path: Path) -> Iterator[None]:
    try:
        yield
    except NoSealingKey as error:
        words = f"set {sealing_source.VARIABLE} or {sealing_source.COMMAND} as for `clary up`"
        raise CliError(f"{path} is sealed, and cannot be opened: {str(error).rstrip('.')}; {words}") from None
    except Damaged:
        raise CliError(f"{path} is damaged: its secret cannot be opened") from None
