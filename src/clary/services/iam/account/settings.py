"""Documents that an account has once, as rows. Knows no operation."""

from __future__ import annotations

from typing import Any

import orjson

from clary.store.api import Tx


def read(tx: Tx, account: str, name: str) -> dict[str, Any] | None:
    """Return a setting, or None."""
    rows = tx.sql("SELECT doc FROM iam_setting WHERE account = ? AND name = ?", account, name)
    return orjson.loads(rows[0][0]) if rows else None


def write(tx: Tx, account: str, name: str, doc: dict[str, Any]) -> None:
    tx.sql(
        "INSERT INTO iam_setting (account, name, doc) VALUES (?, ?, ?) "
        "ON CONFLICT (account, name) DO UPDATE SET doc = excluded.doc",
        account, name, orjson.dumps(doc).decode(),
    )  # fmt: skip


def delete(tx: Tx, account: str, name: str) -> None:
    tx.sql("DELETE FROM iam_setting WHERE account = ? AND name = ?", account, name)
