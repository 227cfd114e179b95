"""Seal the material of all keys under another sealing key. Import tokens that are out become invalid: they are asked for again."""

from __future__ import annotations

from clary.plane.sealing import SealingKey
from clary.services.kms.materials import vault
from clary.services.kms.service import kms
from clary.store.api import Tx


@kms.resealed
def reseal(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    rows = tx.sql("select scope, key_id, id, sealed from kms_material where sealed is not null")
    for scope, key_id, id, sealed in rows:
        again = vault.resealed(old, new, scope.partition("/")[0], key_id, id, bytes(sealed))
        where = "where scope = ? and key_id = ? and id = ?"
        tx.sql(f"update kms_material set sealed = ? {where}", again, scope, key_id, id)
