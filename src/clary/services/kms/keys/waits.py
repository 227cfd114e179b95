"""What a key waits for in business time, and writing it with that: deletion, rotation, the end of imported material."""

from __future__ import annotations

from clary.plane import Context, Record
from clary.services.kms.keys.noun import ENABLED, is_imported
from clary.services.kms.materials import rows
from clary.services.kms.materials.rows import Material
from clary.store.api import Tx


def write(ctx: Context, key: Record) -> Record:
    """Write a changed key, and when its controller is to look at it next. Return the record as it is stored."""
    until = next_look(key, rows.all_of(ctx.tx, key))
    written = ctx.tx.update(key.evolve(modified=ctx.now, until=until))
    ctx.wake()
    return written


def next_look(key: Record, materials: list[Material]) -> float | None:
    """Return the moment of business time at which the first of all of it happens; None if nothing does."""
    moments = [key.observed.get("DeletionDate"), rotates_at(key)]
    moments += [one.expires for one in materials if one.sealed is not None]
    return min((moment for moment in moments if moment is not None), default=None)


def rotates_at(key: Record) -> float | None:
    """Return when the key rotates by itself. One that is disabled waits until it is enabled ("Rotating keys")."""
    rotation = key.private.get("rotation")
    return rotation["next"] if rotation and key.status == ENABLED else None


def lacks_material(tx: Tx, key: Record) -> bool:
    """Whether any material of an imported key is missing: then it can be used for nothing."""
    if not is_imported(key):
        return False
    materials = rows.all_of(tx, key)
    used = [one for one in materials if one.state != rows.PENDING]
    return not used or any(one.sealed is None for one in used)
