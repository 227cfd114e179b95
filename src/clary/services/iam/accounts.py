"""Accounts and their root access keys. No AWS operation: the server makes the first, `clary account` more and new keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from clary.kernel import Clock, machine_time
from clary.store.api import Tx


def stored_partition(tx: Tx) -> str | None:
    """Return the partition of the ARNs that are stored, None when there are none yet."""
    rows = tx.sql("select arn from iam_entity order by id limit 1")
    return rows[0][0].split(":", 2)[1] if rows else None


def ensure_account(
    tx: Tx, account_id: str, access_key_id: str, secret: str, clock: Clock | None = None
) -> None:
    """Make the account, if it is not there, with this root access key; idempotent, and a known key gets this secret.

    Raises ValueError for an account id that is not 12 digits, and for a key that belongs to somebody else.
    """
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValueError(f"an account id has 12 digits: {account_id!r}")
    now = clock.now() if clock else machine_time()
    tx.sql(
        "insert into iam_account (id, created, generation) values (?, ?, 1) on conflict (id) do nothing",
        account_id, now,
    )  # fmt: skip
    held = tx.sql("select account, owner from iam_key where id = ?", access_key_id)
    if held and held[0] != (account_id, ""):
        raise ValueError(f"the access key {access_key_id} belongs to somebody else")
    tx.sql(
        "insert into iam_key (id, account, owner, secret, status, created) values (?, ?, '', ?, 'Active', ?) "
        "on conflict (id) do update set secret = excluded.secret",
        access_key_id, account_id, secret, now,
    )  # fmt: skip


def root_keys(tx: Tx, account_id: str) -> list[str] | None:
    """The ids of the access keys of an account's root; None when there is no such account."""
    if not tx.sql("select 1 from iam_account where id = ?", account_id):
        return None
    return [row[0] for row in tx.sql("select id from iam_key where account = ? and owner = ''", account_id)]


def remove_root_keys(tx: Tx, account_id: str, ids: Iterable[str]) -> None:
    """Remove access keys of an account's root, and the sessions that the root user has by now: whoever holds a key that
    is not to be used any more may have made some."""
    for id in ids:
        tx.sql("delete from iam_key where id = ? and account = ? and owner = ''", id, account_id)
    for id, doc in tx.sql("select id, doc from iam_session where account = ?", account_id):
        if orjson.loads(doc)["is_root"]:
            tx.sql("delete from iam_session where id = ?", id)
