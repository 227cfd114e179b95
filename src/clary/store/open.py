"""Open the store that a setting names. Only this module knows which stores there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clary.kernel import machine_time
from clary.store.api import Store
from clary.store.document_formats import Upgrades
from clary.store.feed import Observed
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
    namespace: str = "clary",
) -> Store:
    """Open `postgresql://…` or the SQLite file at a path, and bring its tables up to this version.

    `synchronous` applies to SQLite; a server has its own setting. `namespace` is PostgreSQL's schema in which the tables are;
    a SQLite file has one set of tables. Raise Incompatible if the tables cannot be
    brought up to this version, ValueError for an unknown kind of store, and RuntimeError if PostgreSQL is
    asked for and psycopg is not installed.
    """
    more: dict[str, Any] = {"schemas": schemas, "upgrades": upgrades, "observed": observed, "clock": clock}
    scheme, found, _ = str(address).partition("://")
    if not found:
        return SqliteStore(address, synchronous=synchronous, **more)
    if scheme not in ("postgresql", "postgres"):
        raise ValueError(f"unknown kind of store {scheme!r}: use postgresql://… or a path")
    try:
        from clary.store.postgres import PostgresStore
    except ImportError as error:
        raise RuntimeError("a PostgreSQL store needs psycopg: pip install 'clary[postgres]'") from error
    return PostgresStore(str(address), schema=namespace, **more)
