"""The copies of an SQLite store that upgrades leave beside it: `clary.db.before-N`."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from clary.store.api import Tx
from clary.store.snapshot import look_at

log = logging.getLogger("clary.store")


def drop_copies(path: Path, is_kept: Callable[[Tx], bool]) -> list[str]:
    """Delete the copies of the store `path` that `is_kept` does not say to keep; return their names. What is no store stays."""
    dropped: list[str] = []
    for copy in sorted(path.parent.glob(f"{path.name}.before-*")):
        if re.fullmatch(r"\d+", copy.name.rpartition("-")[2]) and not _is_kept(copy, is_kept):
            copy.unlink(missing_ok=True)
            dropped.append(copy.name)
    return dropped


def _is_kept(copy: Path, is_kept: Callable[[Tx], bool]) -> bool:
    try:
        return look_at(copy, is_kept)
    except (sqlite3.Error, OSError) as error:
        log.warning("%s cannot be read, and stays: %s", copy, error)
        return True
