"""Previews of lifecycle policies: their rows, one for each repository."""

from __future__ import annotations

from typing import Any

import orjson

from clary.store.api import Tx


def put(tx: Tx, repository: str, policy: str, results: list[dict[str, Any]]) -> None:
    """Write the preview of a repository in place of the one before."""
    tx.sql(
        "insert into ecr_preview (repository, policy, results) values (?, ?, ?) on conflict (repository) do update set "
        "policy = excluded.policy, results = excluded.results",
        repository, policy, orjson.dumps(results).decode(),
    )  # fmt: skip


def find(tx: Tx, repository: str) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the policy and what it would do."""
    rows = tx.sql("select policy, results from ecr_preview where repository = ?", repository)
    return (rows[0][0], orjson.loads(rows[0][1])) if rows else None


def drop(tx: Tx, repository: str) -> None:
    tx.sql("delete from ecr_preview where repository = ?", repository)
