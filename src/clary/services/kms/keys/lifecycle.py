"""EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion and CancelKeyDeletion.

A key is deleted when business time reaches its deletion date; controller.py does it.
"""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Record, revise
from clary.services.kms import errors, targets
from clary.services.kms.keys import states, waits
from clary.services.kms.keys.making import in_days
from clary.services.kms.keys.noun import DISABLED, ENABLED, PENDING_DELETION, PENDING_IMPORT, PENDING_REPLICAS
from clary.services.kms.service import kms

Params = dict[str, Any]
_SHORTEST, _USUAL, _LONGEST = 7, 30, 30  # days (API reference, ScheduleKeyDeletion)


@kms.operation(on=targets.on_plain_key)
def enable_key(ctx: Context, params: Params) -> Params:
    """Let a key be used again in cryptographic operations."""
    return _switched(ctx, params, ENABLED)


@kms.operation(on=targets.on_plain_key)
def disable_key(ctx: Context, params: Params) -> Params:
    """Let a key be used no more, until it is enabled."""
    return _switched(ctx, params, DISABLED)


@kms.operation(on=targets.on_plain_key)
def update_key_description(ctx: Context, params: Params) -> Params:
    """Write another description."""
    key = targets.plain_key_of(ctx, params)
    states.refuse_leaving(key)
    waits.write(ctx, revise(key, spec={"Description": params["Description"]}))
    return {}


@kms.operation(on=targets.on_plain_key)
def schedule_key_deletion(ctx: Context, params: Params) -> Params:
    """Let a key be deleted after some days. A multi-Region primary key with replicas waits for those first."""
    days = params.get("PendingWindowInDays", _USUAL)
    if not _SHORTEST <= days <= _LONGEST:
        raise validation(f"PendingWindowInDays must be between {_SHORTEST} and {_LONGEST} days")
    key = targets.plain_key_of(ctx, params)
    states.refuse_leaving(key)
    key = waits.write(ctx, _leaving(ctx, key, days))
    when = {name: key.observed[name] for name in ("DeletionDate",) if name in key.observed}
    return {"KeyId": key.arn, "KeyState": key.status, "PendingWindowInDays": days, **when}


@kms.operation(on=targets.on_plain_key)
def cancel_key_deletion(ctx: Context, params: Params) -> Params:
    """Keep a key that was to be deleted. It is disabled, or waits for its material, until somebody changes that."""
    key = targets.plain_key_of(ctx, params)
    if key.status not in states.LEAVING:
        raise errors.invalid_state(f"{key.arn} is not pending deletion.")
    stays = {"DeletionDate": None, "PendingDeletionWindowInDays": None}
    status = PENDING_IMPORT if waits.lacks_material(ctx.tx, key) else DISABLED
    waits.write(ctx, revise(key, observed=stays, status=status))
    return {"KeyId": key.arn}


def _switched(ctx: Context, params: Params, status: str) -> Params:
    key = targets.plain_key_of(ctx, params)
    states.refuse(key, *states.LEAVING, PENDING_IMPORT, "Creating", "Updating")
    if key.status != status:
        waits.write(ctx, key.evolve(status=status))
    return {}


def _leaving(ctx: Context, key: Record, days: int) -> Record:
    window = {"PendingDeletionWindowInDays": days}
    if _has_replicas(key):
        return revise(key, observed=window, status=PENDING_REPLICAS)
    return revise(key, observed={"DeletionDate": in_days(ctx.business, days)}, status=PENDING_DELETION)


def _has_replicas(key: Record) -> bool:
    """Whether this is the primary of a multi-Region key that is elsewhere as well."""
    return bool(key.private.get("replicas")) and key.private["primary"] == key.scope.partition("/")[2]
