"""The store that a setting names. The only place that knows which stores there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clary.kernel import machine_time
from clary.store.api import Store
from clary.store.feed import Observed
from clary.store.formats import Upgrades
from clary.store.schemas import Schema
from clary.store.sqlite import SqliteStore, Synchronous


def open_store(
    address: str | Path,
    *,
    synchronous: Synchronous = "NORMAL",
    schemas: Mapping[str, Schema] | None = None,
    upgrades: Upgrades | None = None,
    observed: Observed | None = None,
    clock: Callable[[], float] = machine_time,
) -> Store:
    """`postgresql://…` or the path of an SQLite file. `synchronous` is SQLite's matter; a server has its own
    setting. The tables are brought up to this version (Incompatible where that cannot be). Raises ValueError for a kind of store that there is not, and RuntimeError when PostgreSQL is asked for and
    psycopg is not installed."""
    more: dict[str, Any] = {"schemas": schemas, "upgrades": upgrades, "observed": observed, "clock": clock}
    scheme, found, _ = str(address).partition("://")
    if not found:
        return SqliteStore(address, synchronous=synchronous, **more)
    if scheme not in ("postgresql", "postgres"):
        raise ValueError(f"there is no store of the kind {scheme}: give postgresql://… or a path")
    try:
        from clary.store.postgres import PostgresStore
    except ImportError as error:
        raise RuntimeError("a PostgreSQL store needs psycopg: pip install 'clary[postgres]'") from error
    return PostgresStore(str(address), **more)
