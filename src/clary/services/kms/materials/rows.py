"""The table of key materials: which a key has, and which is the current one. Knows no operation."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

from clary.plane import Context
from clary.plane.sealing import SealingKey
from clary.services.kms import errors
from clary.services.kms.keys.noun import is_imported
from clary.services.kms.materials import vault
from clary.store.api import Record, Tx

_COLUMNS = "id, number, state, sealed, rotated, rotation, description, expires"
CURRENT, NON_CURRENT, PENDING = "CURRENT", "NON_CURRENT", "PENDING_ROTATION"
# New material that some Region of a multi-Region key does not have yet.
PENDING_REGIONS = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
NOT_USED = (PENDING, PENDING_REGIONS)


class Material(NamedTuple):
    """A row. `sealed` is None where imported material was deleted or has expired."""

    id: str
    number: int
    state: str
    sealed: bytes | None
    rotated: float | None
    rotation: str
    description: str
    expires: float | None


def id_of(key_id: str, secret: bytes) -> str:
    """Return the KeyMaterialId: the same for the same material of one key, and nothing can be learned from it."""
    return hmac.new(secret, f"clary/kms/material/{key_id}".encode(), hashlib.sha256).hexdigest()


def add(
    tx: Tx,
    sealer: SealingKey,
    key: Record,
    secret: bytes,
    *,
    state: str = CURRENT,
    rotated: float | None = None,
    rotation: str = "",
    description: str = "",
    expires: float | None = None,
) -> str:
    """Store new material of a key and return its id."""
    id = id_of(key.id, secret)
    account = key.scope.partition("/")[0]
    sealed = vault.seal(sealer, account, key.id, id, secret)
    tx.sql(
        f"insert into kms_material (scope, key_id, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key.scope, key.id, id, len(all_of(tx, key)) + 1, state, sealed, rotated, rotation, description, expires,
    )  # fmt: skip
    return id


def all_of(tx: Tx, key: Record) -> list[Material]:
    """Return the materials of a key, the oldest first."""
    statement = f"select {_COLUMNS} from kms_material where scope = ? and key_id = ? order by number"
    return [_material(row) for row in tx.sql(statement, key.scope, key.id)]


def find(tx: Tx, key: Record, id: str) -> Material | None:
    """Return one material of a key."""
    statement = f"select {_COLUMNS} from kms_material where scope = ? and key_id = ? and id = ?"
    rows = tx.sql(statement, key.scope, key.id, id)
    return _material(rows[0]) if rows else None


def secret_of(ctx: Context, key: Record, id: str) -> bytes:
    """Return the opened material. Raise InvalidCiphertextException where the key has no such material, and
    KMSInvalidStateException where it was imported and is gone."""
    found = find(ctx.tx, key, id)
    if found is None:
        raise errors.invalid_ciphertext()
    if found.sealed is None:
        raise errors.invalid_state(f"{key.arn} is pending import.")
    return vault.unseal(ctx, key.scope.partition("/")[0], key.id, id, found.sealed)


def current_secret(ctx: Context, key: Record) -> bytes:
    """Return the opened material that the key encrypts and signs with now."""
    return secret_of(ctx, key, key.private["material"])


def retire_current(tx: Tx, key: Record) -> None:
    """Let the current material be one that only decrypts."""
    statement = "update kms_material set state = ? where scope = ? and key_id = ? and state = ?"
    tx.sql(statement, NON_CURRENT, key.scope, key.id, CURRENT)


def make_current(tx: Tx, key: Record, id: str, now: float, rotation: str) -> None:
    """Make a material that waits for a rotation the current one."""
    statement = "update kms_material set state = ?, rotated = ?, rotation = ?"
    tx.sql(
        f"{statement} where scope = ? and key_id = ? and id = ?",
        CURRENT,
        now,
        rotation,
        key.scope,
        key.id,
        id,
    )


def announce(tx: Tx, key: Record, id: str, description: str) -> None:
    """Say that new material has been imported in another Region, and is still to be imported here."""
    tx.sql(
        "insert into kms_material (scope, key_id, id, number, state, description) values (?, ?, ?, ?, ?, ?)",
        key.scope, key.id, id, len(all_of(tx, key)) + 1, PENDING_REGIONS, description,
    )  # fmt: skip


def let_rotate(tx: Tx, key: Record, id: str) -> None:
    """Let new material, which all Regions have, wait for the rotation."""
    statement = "update kms_material set state = ? where scope = ? and key_id = ? and id = ? and state = ?"
    tx.sql(statement, PENDING, key.scope, key.id, id, PENDING_REGIONS)


def restore(
    tx: Tx,
    sealer: SealingKey,
    key: Record,
    id: str,
    secret: bytes,
    expires: float | None,
    description: str | None,
) -> None:
    """Store the bytes of a material again, which is known by its id."""
    sealed = vault.seal(sealer, key.scope.partition("/")[0], key.id, id, secret)
    where = "where scope = ? and key_id = ? and id = ?"
    tx.sql(f"update kms_material set sealed = ?, expires = ? {where}", sealed, expires, key.scope, key.id, id)
    if description is not None:
        tx.sql(f"update kms_material set description = ? {where}", description, key.scope, key.id, id)


def forget(tx: Tx, key: Record, ids: Sequence[str]) -> None:
    """Delete the bytes of materials. Those that were never used are forgotten as a whole."""
    for id in ids:
        where, args = "where scope = ? and key_id = ? and id = ?", (key.scope, key.id, id)
        tx.sql(f"delete from kms_material {where} and state in (?, ?)", *args, *NOT_USED)
        tx.sql(f"update kms_material set sealed = null, expires = null {where}", *args)


def copy_all(tx: Tx, key: Record, replica: Record) -> None:
    """Give a replica the materials of its primary key; of imported ones it knows only which they are."""
    for one in all_of(tx, key):
        sealed, expires = (None, None) if is_imported(key) else (one.sealed, one.expires)
        row = one._replace(sealed=sealed, expires=expires)
        tx.sql(
            f"insert into kms_material (scope, key_id, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            replica.scope, replica.id, *row,
        )  # fmt: skip


def drop_all(tx: Tx, key: Record) -> None:
    """Delete all materials of a key: what was encrypted under it can never be read again."""
    tx.sql("delete from kms_material where scope = ? and key_id = ?", key.scope, key.id)


def _material(row: tuple[object, ...]) -> Material:
    sealed = row[3]
    return Material(*row[:3], None if sealed is None else bytes(sealed), *row[4:])  # type: ignore[arg-type]
