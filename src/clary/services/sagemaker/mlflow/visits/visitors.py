"""Who may open the pages of an MLflow server: tokens of presigned URLs, each good for one visit, and the sessions that these
visits begin. Kept by their digests; knows no HTTP."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict
from typing import NamedTuple

from clary.kernel import Caller
from clary.store.api import Tx

TOKEN, SESSION = "token", "session"
_TABLE = "sagemaker_mlflow_visitor"


class Visitor(NamedTuple):
    """Who asked for the URL, of which server (an ARN), and how long the session lasts (seconds)."""

    caller: Caller
    server: str
    seconds: int


def admit(tx: Tx, kind: str, visitor: Visitor, until: float, now: float) -> str:
    """Return a new secret that stands for a visitor until then. What has expired is forgotten."""
    tx.sql(f"delete from {_TABLE} where expires < ?", now)
    secret = secrets.token_urlsafe(32)
    caller = json.dumps(asdict(visitor.caller))
    tx.sql(
        f"insert into {_TABLE} (digest, kind, server, caller, seconds, expires) values (?, ?, ?, ?, ?, ?)",
        _digest(secret), kind, visitor.server, caller, visitor.seconds, until,
    )  # fmt: skip
    return secret


def find(tx: Tx, kind: str, secret: str, now: float) -> Visitor | None:
    """Return whom a secret stands for, or None."""
    rows = tx.sql(
        f"select caller, server, seconds from {_TABLE} where digest = ? and kind = ? and expires >= ?",
        _digest(secret), kind, now,
    )  # fmt: skip
    return Visitor(Caller.restored(json.loads(rows[0][0])), rows[0][1], rows[0][2]) if rows else None


def begin(tx: Tx, token: str, now: float) -> tuple[str, Visitor] | None:
    """Use up a token; return the secret of the session that begins, and its visitor. None for a token that is no longer
    good: two visits at once cannot both have it."""
    visitor = find(tx, TOKEN, token, now)
    taken = tx.sql(
        f"delete from {_TABLE} where digest = ? and kind = ? returning digest", _digest(token), TOKEN
    )
    if visitor is None or not taken:
        return None
    return admit(tx, SESSION, visitor, now + visitor.seconds, now), visitor


def forget(tx: Tx, server: str) -> None:
    """Forget all visitors of a server."""
    tx.sql(f"delete from {_TABLE} where server = ?", server)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
