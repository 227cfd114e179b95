"""Reports as rows: documents that are made once and read later, for a week. Knows no operation."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane import Context

_KEPT = 7 * 86400.0  # seconds
_MOST = 500  # reports of an account


def add(ctx: Context, id: str, doc: dict[str, Any]) -> None:
    """Store a report of last access, and delete those that are old or too many."""
    ctx.tx.sql(
        "DELETE FROM iam_report WHERE account = ? AND kind = 'access' AND created < ?",
        ctx.account, ctx.business.ago(_KEPT),
    )  # fmt: skip
    held = ctx.tx.sql(
        "SELECT id FROM iam_report WHERE account = ? AND kind = 'access' ORDER BY created DESC, id",
        ctx.account,
    )
    for (old,) in held[_MOST - 1 :]:
        ctx.tx.sql(
            "DELETE FROM iam_report WHERE account = ? AND kind = 'access' AND id = ?", ctx.account, old
        )
    put(ctx, "access", id, doc)


def put(ctx: Context, kind: str, id: str, doc: dict[str, Any]) -> None:
    """Store a report in the place of one with the same id."""
    ctx.tx.sql(
        "INSERT INTO iam_report (account, kind, id, created, doc) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account, kind, id) DO UPDATE SET created = excluded.created, doc = excluded.doc",
        ctx.account, kind, id, ctx.now, orjson.dumps(doc).decode(),
    )  # fmt: skip


def get(ctx: Context, kind: str, id: str) -> tuple[float, dict[str, Any]] | None:
    """Return when a report was made (machine time), and the report, or None."""
    rows = ctx.tx.sql(
        "SELECT created, doc FROM iam_report WHERE account = ? AND kind = ? AND id = ?", ctx.account, kind, id
    )
    return (rows[0][0], orjson.loads(rows[0][1])) if rows else None
