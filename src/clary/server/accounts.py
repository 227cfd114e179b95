"""Accounts and the access keys of their root users.

No AWS operation does this: the server creates the first account, `clary account` further ones and new keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from clary.access import key_secrets
from clary.kernel import Clock, machine_time
from clary.kernel.sealing import SealingKey
from clary.store.api import Tx


def stored_partition(tx: Tx) -> str | None:
    """Return the partition of the stored ARNs, or None if there are none yet."""
    rows = tx.sql("SELECT arn FROM iam_entity ORDER BY id LIMIT 1")
    return rows[0][0].split(":", 2)[1] if rows else None


def ensure_account(
    tx: Tx,
    account_id: str,
    access_key_id: str,
    secret: str,
    clock: Clock | None = None,
    sealer: SealingKey | None = None,
) -> None:
    """Create the account unless it exists, and give its root user this access key. Idempotent.

    A key that the root user has already gets the new secret. `sealer` seals it; without it, it is stored in the clear.
    Raise ValueError if the account id does not have 12 digits, or if the key belongs to somebody else.
    """
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValueError(f"the account id must have 12 digits, not {account_id!r}")
    now = clock.now() if clock else machine_time()
    tx.sql(
        "INSERT INTO iam_account (id, created, generation) VALUES (?, ?, 1) ON CONFLICT (id) DO NOTHING",
        account_id, now,
    )  # fmt: skip
    held = tx.sql("SELECT account, owner, secret FROM iam_key WHERE id = ?", access_key_id)
    if held and held[0][:2] != (account_id, ""):
        raise ValueError(f"the access key {access_key_id} belongs to another user or account")
    if held and key_secrets.opened(sealer, access_key_id, held[0][2]) == secret:
        return
    tx.sql(
        "INSERT INTO iam_key (id, account, owner, secret, status, created) VALUES (?, ?, '', ?, 'Active', ?) "
        "ON CONFLICT (id) DO UPDATE SET secret = excluded.secret",
        access_key_id, account_id, key_secrets.closed(sealer, access_key_id, secret), now,
    )  # fmt: skip


def root_keys(tx: Tx, account_id: str) -> list[str] | None:
    """Return the ids of the root user's access keys, or None if there is no such account."""
    if not tx.sql("SELECT 1 FROM iam_account WHERE id = ?", account_id):
        return None
    return [row[0] for row in tx.sql("SELECT id FROM iam_key WHERE account = ? AND owner = ''", account_id)]


def remove_root_keys(tx: Tx, account_id: str, ids: Iterable[str]) -> None:
    """Delete access keys of the root user and all sessions of the root user.

    The sessions go too because somebody with a leaked key may have created some.
    """
    for id in ids:
        tx.sql("DELETE FROM iam_key WHERE id = ? AND account = ? AND owner = ''", id, account_id)
    for id, doc in tx.sql("SELECT id, doc FROM iam_session WHERE account = ?", account_id):
        if orjson.loads(doc)["is_root"]:
            tx.sql("DELETE FROM iam_session WHERE id = ?", id)
