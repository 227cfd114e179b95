"""Signing certificates and SSH public keys of users as rows. Knows no operation."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane import Context
from clary.services.iam import errors
from clary.store.api import Tx

_COLUMNS = "id, account, owner, kind, status, uploaded, body, fingerprint"
# How IAM's messages name each kind.
_WORDS = {"signing": "Certificate", "ssh": "Public Key"}


class Row(NamedTuple):
    """`owner` is a user's id; `kind` is `signing` or `ssh`."""

    id: str
    account: str
    owner: str
    kind: str
    status: str
    uploaded: float
    body: str
    fingerprint: str


def of_user(tx: Tx, account: str, owner: str, kind: str) -> list[Row]:
    """Return those of a user by the time of their upload."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM iam_certificate WHERE account = ? AND owner = ? AND kind = ? ORDER BY uploaded, id",
        account, owner, kind,
    )  # fmt: skip
    return [Row(*row) for row in rows]


def find(ctx: Context, owner: str, kind: str, id: str) -> Row:
    """Return one of a user's. Raise NoSuchEntity."""
    found = next((one for one in of_user(ctx.tx, ctx.account, owner, kind) if one.id == id), None)
    if found is None:
        raise errors.no_such_entity(f"The {_WORDS[kind]} with id {id} cannot be found.")
    return found


def is_known(ctx: Context, kind: str, fingerprint: str, owner: str | None = None) -> bool:
    """Tell whether a user of the account, or `owner`, has the same one."""
    rows = ctx.tx.sql(
        "SELECT owner FROM iam_certificate WHERE account = ? AND kind = ? AND fingerprint = ?",
        ctx.account, kind, fingerprint,
    )  # fmt: skip
    return any(owner is None or owner == held for (held,) in rows)


def add(ctx: Context, row: Row, quota: str, most: int) -> None:
    """Insert a row. Raise LimitExceeded if the user has `most` of them."""
    if len(of_user(ctx.tx, ctx.account, row.owner, row.kind)) >= most:
        raise errors.over_quota(quota, most)
    ctx.tx.sql(f"INSERT INTO iam_certificate ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)


def set_status(ctx: Context, row: Row, status: str) -> None:
    """Make one active or inactive. Raise InvalidInput for `Expired`, which nobody can set."""
    if status not in ("Active", "Inactive"):
        raise errors.invalid_input(f"Status {status} is not allowed here.")
    ctx.tx.sql("UPDATE iam_certificate SET status = ? WHERE id = ?", status, row.id)


def delete(tx: Tx, row: Row) -> None:
    tx.sql("DELETE FROM iam_certificate WHERE id = ?", row.id)
