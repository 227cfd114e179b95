"""EnableKeyRotation, DisableKeyRotation and GetKeyRotationStatus.

A key that rotates says in its record how often (`days`) and when next, in business time; keys/controller.py does it.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Record, revise
from clary.services.kms import errors, targets
from clary.services.kms.key_specs import SYMMETRIC
from clary.services.kms.keys import noun, states, waits
from clary.services.kms.keys.making import in_days
from clary.services.kms.service import kms

Params = dict[str, Any]
_USUAL = 365  # days (API reference, EnableKeyRotation)


@kms.operation(on=targets.on_plain_key)
def enable_key_rotation(ctx: Context, params: Params) -> Params:
    """Let a key rotate every year, or every so many days."""
    key = _rotating(ctx, params)
    known = (key.private.get("rotation") or {}).get("days")
    days = params.get("RotationPeriodInDays") or known or _USUAL
    if days != known:
        rotation = {"days": days, "next": in_days(ctx.business, days)}
        waits.write(ctx, revise(key, private={"rotation": rotation}))
    return {}


@kms.operation(on=targets.on_plain_key)
def disable_key_rotation(ctx: Context, params: Params) -> Params:
    """Let a key rotate no more by itself."""
    key = _rotating(ctx, params)
    waits.write(ctx, revise(key, private={"rotation": None}))
    return {}


@kms.operation(on=targets.on_plain_key)
def get_key_rotation_status(ctx: Context, params: Params) -> Params:
    """Say whether and when a key rotates by itself."""
    key = primary_of(ctx, targets.plain_key_of(ctx, params))
    rotation = None if key.status in states.LEAVING else key.private.get("rotation")
    shown: Params = {"KeyId": targets.plain_key_of(ctx, params).arn, "KeyRotationEnabled": bool(rotation)}
    if rotation:
        shown |= {"RotationPeriodInDays": rotation["days"], "NextRotationDate": rotation["next"]}
    return shown


def primary_of(ctx: Context, key: Record) -> Record:
    """Return the primary key of a replica, which says how all of them rotate; any other key is its own."""
    if not noun.is_multi_region(key):
        return key
    named = noun.named(key)._replace(region=key.private["primary"])
    return noun.find(ctx.tx, named) or key


def require_rotatable(key: Record, *, imported: bool) -> None:
    """Raise UnsupportedOperationException for a key that cannot rotate: only symmetric encryption keys can, and those with
    imported material only on demand; and for a replica, whose primary rotates for all."""
    if key.spec["KeySpec"] != SYMMETRIC:
        raise errors.unsupported(
            f"{key.arn} key spec is {key.spec['KeySpec']} which does not support rotation."
        )
    if noun.is_imported(key) and not imported:
        raise errors.unsupported(f"{key.arn} origin is EXTERNAL which is not valid for this operation.")
    if noun.is_replica(key):
        raise errors.unsupported(
            f"{key.arn} is a multi-region replica key, which is not valid for this operation."
        )


def _rotating(ctx: Context, params: Params) -> Record:
    key = targets.plain_key_of(ctx, params)
    require_rotatable(key, imported=False)
    states.require_enabled(key)
    return key
