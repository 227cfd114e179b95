"""How a key gets new material, and RotateKeyOnDemand and ListKeyRotations. Old material stays, to decrypt with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clary.plane import Context, Record, revise
from clary.plane.sealing import SealingKey
from clary.services.kms import errors, pages, targets
from clary.services.kms.key_specs import SPECS, SYMMETRIC
from clary.services.kms.keys import noun, relatives, states, waits
from clary.services.kms.materials import rows
from clary.services.kms.materials.rows import Material
from clary.services.kms.materials.schedule import require_rotatable
from clary.services.kms.materials.secrets import new_secret
from clary.services.kms.service import kms
from clary.store.api import Tx

Params = dict[str, Any]
_ON_DEMAND = 25  # rotations of a key (API reference, RotateKeyOnDemand)


class Turn(NamedTuple):
    """A rotation: the id of the new material, and what writes it for the key and its replicas."""

    material: str
    write: Callable[[Tx], None]


def turn(sealer: SealingKey, key: Record, now: float, kind: str) -> Turn:
    """Return a rotation to new random material. `write` leaves the key's own record to the caller."""
    secret = new_secret(SPECS[SYMMETRIC]).private
    id = rows.id_of(key.id, secret)

    def write(tx: Tx) -> None:
        for one in [key, *relatives.others(tx, key)]:
            rows.retire_current(tx, one)
            rows.add(tx, sealer, one, secret, rotated=now, rotation=kind)
            if one is not key:
                tx.update(revise(one, private={"material": id}, modified=now))

    return Turn(id, write)


@kms.operation(on=targets.on_plain_key)
def rotate_key_on_demand(ctx: Context, params: Params) -> Params:
    """Give a key new material at once: random bytes, or those that were imported for it."""
    key = targets.plain_key_of(ctx, params)
    require_rotatable(key, imported=True)
    states.require_enabled(key)
    if sum(one.rotation == "ON_DEMAND" for one in rows.all_of(ctx.tx, key)) >= _ON_DEMAND:
        raise errors.limit_exceeded(f"The key {key.arn} was rotated on demand {_ON_DEMAND} times already")
    if noun.is_imported(key):
        material = _turn_to_imported(ctx, key)
    else:
        turned = turn(ctx.platform.settings.sealing_key, key, ctx.now, "ON_DEMAND")
        turned.write(ctx.tx)
        material = turned.material
    waits.write(ctx, revise(key, private={"material": material}))
    return {"KeyId": key.arn}


def _turn_to_imported(ctx: Context, key: Record) -> str:
    """Make the material that was imported for a rotation the current one, and return its id."""
    pending = next((one for one in rows.all_of(ctx.tx, key) if one.state == rows.PENDING), None)
    if pending is None:
        raise errors.invalid_state(f"No available key material pending rotation for the key: {key.arn}.")
    rows.retire_current(ctx.tx, key)
    rows.make_current(ctx.tx, key, pending.id, ctx.now, "ON_DEMAND")
    return pending.id


@kms.operation(on=targets.on_plain_key)
def list_key_rotations(ctx: Context, params: Params) -> Params:
    """Return a page of the rotations of a key, or of all its materials."""
    key = targets.plain_key_of(ctx, params)
    if key.spec["KeySpec"] != SYMMETRIC:
        raise errors.unsupported(
            f"{key.arn} key spec is {key.spec['KeySpec']} which does not support rotation."
        )
    limit, after = pages.read(ctx, params, 100, 1000)
    whole = params.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    chosen = [one for one in rows.all_of(ctx.tx, key) if whole or one.rotated is not None]
    found = [(one.number, _shown(key, one)) for one in chosen if one.number > int(after or 0)]
    more = {"Truncated": False} if len(found) <= limit else pages.more(ctx, found[limit - 1][0])
    return {"Rotations": [shown for _, shown in found[:limit]], **more}


def _shown(key: Record, one: Material) -> Params:
    shown: Params = {"KeyId": key.arn, "KeyMaterialId": one.id, "KeyMaterialState": one.state}
    if one.rotated is not None:
        shown |= {"RotationDate": one.rotated, "RotationType": one.rotation}
    return shown | (_imported(one) if noun.is_imported(key) else {})


def _imported(one: Material) -> Params:
    shown: Params = {"ImportState": "PENDING_IMPORT" if one.sealed is None else "IMPORTED"}
    if one.description:
        shown["KeyMaterialDescription"] = one.description
    if one.sealed is not None:
        shown["ExpirationModel"] = (
            "KEY_MATERIAL_DOES_NOT_EXPIRE" if one.expires is None else "KEY_MATERIAL_EXPIRES"
        )
    return shown | ({} if one.expires is None else {"ValidTo": one.expires})
