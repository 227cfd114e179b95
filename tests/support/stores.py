"""Stores for tests that are written once and run for each kind of store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from clary.store.api import Store

HERE, THERE = "111122223333/us-east-1", "111122223333/eu-west-1"


@dataclass
class Backend:
    """One empty store. `again` opens it a second time, as another process would."""

    address: str
    again: Callable[..., Store]


def drop_all(dsn: str) -> None:
    """Forget everything that the platform has in a database."""
    import psycopg

    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        connection.execute("drop schema if exists clary, clary_records cascade")
