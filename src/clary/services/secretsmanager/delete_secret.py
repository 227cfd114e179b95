"""DeleteSecret and RestoreSecret. A secret that is deleted waits out its recovery window, in business time, and goes then."""

from __future__ import annotations

from functools import partial

from clary.plane import Context, Members, Record, Step, World, revise
from clary.services.secretsmanager import secret, versions
from clary.services.secretsmanager.errors import invalid_parameter, marked_for_deletion, not_found
from clary.services.secretsmanager.names import SECRET, Params, find, load, target
from clary.services.secretsmanager.service import secretsmanager
from clary.store.api import Tx

_DAY = 86_400
_WINDOW = 30
_WINDOWS = range(7, 31)
_ACCEPTS = Members("SecretId RecoveryWindowInDays ForceDeleteWithoutRecovery")


@secretsmanager.operation(on=target, accepts=_ACCEPTS)
def delete_secret(ctx: Context, params: Params) -> Params:
    """Mark a secret for deletion after 7 to 30 days, or delete it at once. Raise InvalidRequestException for one that is
    marked, and InvalidParameterException for another window."""
    window, force = params.get("RecoveryWindowInDays"), params.get("ForceDeleteWithoutRecovery", False)
    if window is not None and window not in _WINDOWS:
        raise invalid_parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    if window is not None and force:
        raise invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if force:
        return _delete_now(ctx, params["SecretId"])
    record = load(ctx, params["SecretId"])
    if record.status == secret.MARKED:
        raise marked_for_deletion()
    ends = ctx.business.now + (window or _WINDOW) * _DAY
    dates = {"DeletedDate": ctx.now, "DeletionDate": ends}
    ctx.tx.update(revise(record, observed=dates, status=secret.MARKED, until=ends, modified=ctx.now))
    ctx.wake()
    return secret.named(record) | {"DeletionDate": ends}


def _delete_now(ctx: Context, given: str) -> Params:
    """Delete a secret without a window. "If you forcibly delete an already deleted or nonexistent secret, the operation
    does not return ResourceNotFoundException" (API reference)."""
    record = find(ctx, given)
    if record is None or record.scope != ctx.scope:
        if given.startswith("arn:"):
            raise not_found()
        return {"ARN": ctx.arn(f"secret:{given}"), "Name": given, "DeletionDate": ctx.now}
    versions.drop_all(ctx.tx, record.arn)
    ctx.tx.delete(record)
    return secret.named(record) | {"DeletionDate": ctx.now}


@secretsmanager.operation(on=target, accepts=Members("SecretId"))
def restore_secret(ctx: Context, params: Params) -> Params:
    """Take back the deletion of a secret that still waits for it. One that is not marked stays as it is."""
    record = load(ctx, params["SecretId"])
    dates = {"DeletedDate": None, "DeletionDate": None}
    if record.status == secret.MARKED:
        ctx.tx.update(revise(record, observed=dates, status="Active", until=None, modified=ctx.now))
    return secret.named(record)


@secretsmanager.controller(SECRET)
def end(record: Record, world: World) -> Step:
    """Delete a secret whose recovery window is over."""
    ends = record.observed.get("DeletionDate")
    if record.status != secret.MARKED or ends is None:
        return Step()
    if ends > world.business.now:
        return Step(until=ends)
    return Step(delete=True, writes=(partial(_drop, record),))


def _drop(record: Record, tx: Tx) -> None:
    versions.drop_all(tx, record.arn)
