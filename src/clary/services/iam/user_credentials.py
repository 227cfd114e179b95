"""What a user must not have any more when it is deleted. Knows the tables of credentials, and no operation."""

from __future__ import annotations

from clary.plane import Context
from clary.services.iam import errors

# (query, how AWS's message names what is left)
_LEFT = (
    ("SELECT id FROM iam_key WHERE account = ? AND owner = ?", "must delete access keys first"),
    ("SELECT owner FROM iam_login WHERE account = ? AND owner = ?", "must delete login profile first"),
    ("SELECT serial FROM iam_mfa WHERE account = ? AND owner = ?", "must delete MFA device first"),
    (
        "SELECT id FROM iam_certificate WHERE account = ? AND owner = ? AND kind = 'signing'",
        "must delete signing certificates first",
    ),
    (
        "SELECT id FROM iam_certificate WHERE account = ? AND owner = ? AND kind = 'ssh'",
        "must delete SSH public keys first",
    ),
)


def refuse_left(ctx: Context, owner: str) -> None:
    """Raise DeleteConflict while the user has credentials (API reference, DeleteUser)."""
    for query, what in _LEFT:
        if ctx.tx.sql(query, ctx.account, owner):
            raise errors.conflict(f"Cannot delete entity, {what}.")
