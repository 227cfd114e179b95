"""The settings of a registry, each a text under a name."""

from __future__ import annotations

from clary.store.api import Tx

POLICY = "policy"
REPLICATION = "replication"


def get(tx: Tx, scope: str, name: str) -> str | None:
    rows = tx.sql("select value from ecr_setting where scope = ? and name = ?", scope, name)
    return rows[0][0] if rows else None


def put(tx: Tx, scope: str, name: str, value: str) -> None:
    tx.sql(
        "insert into ecr_setting (scope, name, value) values (?, ?, ?) "
        "on conflict (scope, name) do update set value = excluded.value",
        scope, name, value,
    )  # fmt: skip


def drop(tx: Tx, scope: str, name: str) -> None:
    tx.sql("delete from ecr_setting where scope = ? and name = ?", scope, name)
