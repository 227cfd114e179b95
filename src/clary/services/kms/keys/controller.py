"""What happens to a key when its time comes: it is there, rotates, loses material that has expired, is deleted.

Times that are waited for are those of business time; what happened is dated by the machine's.
"""

from __future__ import annotations

from clary.plane import Record, Step, World, revise
from clary.services.kms.grants import rows as grants
from clary.services.kms.keys import noun, relatives, waits
from clary.services.kms.keys.making import DAY, in_days
from clary.services.kms.keys.noun import ENABLED, KEY, PENDING_DELETION, PENDING_IMPORT, PENDING_REPLICAS
from clary.services.kms.materials import rows as materials
from clary.services.kms.materials.rotation import turn
from clary.services.kms.materials.rows import Material
from clary.services.kms.service import kms
from clary.store.api import Tx


@kms.controller(KEY)
def settle(key: Record, world: World) -> Step:
    """Do the first thing whose time has come, or wait for it."""
    now = world.business.now
    date = key.observed.get("DeletionDate")
    if date is not None and date <= now:
        return Step(delete=True, writes=(lambda tx: _drop(tx, key, world),))
    if key.status == "Creating":
        return Step(ENABLED, after=0)
    with world.platform.store.read() as tx:
        kept = materials.all_of(tx, key)
    if any(one.sealed is not None and one.expires is not None and one.expires <= now for one in kept):
        return _expire(key, now, kept)
    if waits.rotates_at(key) is not None and waits.rotates_at(key) <= now:  # type: ignore[operator]
        return _rotate(key, world)
    return Step(until=waits.next_look(key, kept))


def _rotate(key: Record, world: World) -> Step:
    turned = turn(world.platform.settings.sealing_key, key, world.now, "AUTOMATIC")
    rotation = {**key.private["rotation"], "next": in_days(world.business, key.private["rotation"]["days"])}
    return Step(
        private={"material": turned.material, "rotation": rotation},
        writes=(turned.write,),
        until=rotation["next"],
    )


def _expire(key: Record, now: float, kept: list[Material]) -> Step:
    """Forget imported material whose time is over. A key that is to be deleted stays so."""
    gone = [one for one in kept if one.sealed is not None and one.expires is not None and one.expires <= now]
    used = any(one.state != materials.PENDING for one in gone)
    leaving = key.status in (PENDING_DELETION, PENDING_REPLICAS)
    hidden = {"ExpirationModel": None, "ValidTo": None}
    return Step(
        PENDING_IMPORT if used and not leaving else None,
        set=hidden if any(one.state == materials.CURRENT for one in gone) else {},
        writes=(lambda tx: materials.forget(tx, key, [one.id for one in gone]),),
        after=0,
    )


def _drop(tx: Tx, key: Record, world: World) -> None:
    """Delete what belongs to a key. The last replica that goes lets its primary key go, too."""
    materials.drop_all(tx, key)
    grants.drop_all(tx, key.scope, key.id)
    tx.sql("delete from kms_alias where scope = ? and key_id = ?", key.scope, key.id)
    rest = relatives.others(tx, key)
    if not rest:
        return
    replicas = [region for region in key.private["replicas"] if region != noun.region_of(key)]
    for one in rest:
        alone = one.status == PENDING_REPLICAS and not replicas
        told = revise(one, private={"replicas": replicas}, modified=world.now)
        tx.update(_leaving(told, world) if alone else told)


def _leaving(primary: Record, world: World) -> Record:
    """Begin the waiting period of a primary key whose replicas are gone."""
    date = world.business.now + primary.observed["PendingDeletionWindowInDays"] * DAY
    return revise(primary, observed={"DeletionDate": date}, status=PENDING_DELETION, until=date)
