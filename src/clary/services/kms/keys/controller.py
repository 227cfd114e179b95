"""What happens to a key when its time comes: it is deleted with all that belongs to it."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.services.kms.grants import rows as grants
from clary.services.kms.keys.noun import KEY
from clary.services.kms.materials import rows as materials
from clary.services.kms.service import kms
from clary.store.api import Tx


@kms.controller(KEY)
def settle(key: Record, world: World) -> Step:
    """Delete a key whose deletion date has come; otherwise wait for it."""
    date = key.observed.get("DeletionDate")
    if date is not None and date <= world.business.now:
        return Step(delete=True, writes=(lambda tx: _drop(tx, key),))
    return Step(until=date)


def _drop(tx: Tx, key: Record) -> None:
    materials.drop_all(tx, key)
    grants.drop_all(tx, key.scope, key.id)
    tx.sql("delete from kms_alias where scope = ? and key_id = ?", key.scope, key.id)
