"""How many executions an account has, and what of them is reserved (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""

from __future__ import annotations

from clary.plane import Query
from clary.services.lambda_.functions.noun import KIND
from clary.store.api import Tx

ACCOUNT = 1000
LEAST_UNRESERVED = 100
_MOST = 10_000


def reserved(tx: Tx, scope: str) -> dict[str, int]:
    """Return what functions of a scope have reserved, by name."""
    query = Query((("doc.private.reserved", ">=", 0),), order="id", limit=_MOST, shared=True)
    return {
        record.id: record.private["reserved"]
        for record in tx.list(KIND, scope, query)
        if "reserved" in record.private
    }


def unreserved(tx: Tx, scope: str) -> int:
    """Return how many executions are for functions that have reserved none."""
    return ACCOUNT - sum(reserved(tx, scope).values())


def provisioned(tx: Tx, scope: str, name: str, but: str = "") -> int:
    """Return how many provisioned executions a function asks for, those of the qualifier `but` left out."""
    rows = tx.sql(
        "SELECT SUM(requested) FROM lambda_provisioned WHERE scope = ? AND name = ? AND qualifier <> ?",
        scope,
        name,
        but,
    )
    return int(rows[0][0] or 0)
