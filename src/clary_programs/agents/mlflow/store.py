"""The store of an MLflow server: one SQLite file with MLflow's tables, whole and of this version of MLflow, or not there.

What makes or changes the tables takes seconds and may be killed: it is done beside the file, which is then renamed.
"""

from __future__ import annotations

import os
import sqlite3
from importlib import import_module
from typing import Any


def prepare(path: str) -> None:
    """Make the store, or bring one of an earlier MLflow up as `mlflow db upgrade` does. Raise what MLflow raises for one of
    a later version."""
    utils, aside = import_module("mlflow.store.db.utils"), f"{path}.new"
    _remove(aside)
    if not os.path.exists(path):
        _with_engine(utils, aside, utils._initialize_tables)
    elif not _is_current(utils, path):
        _copy(path, aside)
        _with_engine(utils, aside, utils._upgrade_db)
    if os.path.exists(aside):
        os.replace(aside, path)
    _use_write_ahead_log(path)


def _is_current(utils: Any, path: str) -> bool:
    return _with_engine(utils, path, utils._get_schema_version) == utils._get_latest_schema_revision()


def _with_engine(utils: Any, path: str, work: Any) -> Any:
    engine = utils.create_sqlalchemy_engine_with_retry(f"sqlite:///{path}")
    try:
        return work(engine)
    finally:
        engine.dispose()


def _copy(path: str, aside: str) -> None:
    """Copy the store; its log, which would not belong to what takes its place, ends with it."""
    source, target = sqlite3.connect(path), sqlite3.connect(aside)
    source.execute("pragma wal_checkpoint(truncate)")
    source.backup(target)
    target.close()
    source.close()


def _use_write_ahead_log(path: str) -> None:
    """Readers then do not wait for a writer. The file remembers it."""
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.close()


def _remove(aside: str) -> None:
    """Remove what a program left that was killed here."""
    for name in (aside, f"{aside}-journal", f"{aside}-wal", f"{aside}-shm"):
        if os.path.exists(name):
            os.unlink(name)
