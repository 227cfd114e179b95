"""DeleteParameter and DeleteParameters: a parameter goes with its versions, labels, tags and policies."""

from __future__ import annotations

from clary.plane import Context, Members
from clary.services.ssm import policy_clock, rows
from clary.services.ssm.errors import not_found
from clary.services.ssm.names import Params, arn_of, target, targets, wanted
from clary.services.ssm.service import ssm


@ssm.operation(on=target, accepts=Members("Name"))
def delete_parameter(ctx: Context, params: Params) -> Params:
    """Delete a parameter. Raise ParameterNotFound."""
    if not _deleted(ctx, params["Name"]):
        raise not_found(params["Name"])
    return {}


@ssm.operation(on=targets, accepts=Members("Names"))
def delete_parameters(ctx: Context, params: Params) -> Params:
    """Delete those parameters that there are, and return the names that mean nothing."""
    names = list(dict.fromkeys(params["Names"]))
    deleted = [name for name in names if _deleted(ctx, name)]
    return {"DeletedParameters": deleted, "InvalidParameters": [n for n in names if n not in deleted]}


def _deleted(ctx: Context, name: str) -> bool:
    means = wanted(ctx, name)
    version = None if means.selector else rows.newest(ctx, means.key)
    if version is None:
        return False
    arn = arn_of(ctx, version.key)
    policy_clock.forget(ctx, version.key)
    rows.drop(ctx.tx, ctx.scope, version.key)
    ctx.tx.untag(arn, list(ctx.tx.tags(arn)))
    rows.changed(ctx, "deleted", version)
    return True
