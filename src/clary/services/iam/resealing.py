"""Seal the secrets of access keys, sessions and MFA devices under another sealing key."""

from __future__ import annotations

from clary.access import key_secrets
from clary.plane.sealing import SealingKey
from clary.services.iam.mfa import devices
from clary.services.iam.service import iam
from clary.store.api import Tx


@iam.resealed
def reseal_keys(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    _reseal(tx, "iam_key", old, new)


@iam.resealed
def reseal_sessions(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    _reseal(tx, "iam_session", old, new)


iam.resealed(devices.reseal)


def _reseal(tx: Tx, table: str, old: SealingKey, new: SealingKey) -> None:
    for id, stored in tx.sql(f"SELECT id, secret FROM {table}"):
        secret = key_secrets.closed(new, id, key_secrets.opened(old, id, stored))
        tx.sql(f"UPDATE {table} SET secret = ? WHERE id = ?", secret, id)
