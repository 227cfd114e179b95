"""The activity, and the operations of its life."""

from __future__ import annotations

from clary.plane import Context, Document, Noun, Record
from clary.plane.nouns import tags
from clary.services.stepfunctions.errors import ERRORS, no_activity
from clary.services.stepfunctions.machines.options import refuse_keys
from clary.services.stepfunctions.names import Params, activity_arn, check_name, given, more, page, read
from clary.services.stepfunctions.service import stepfunctions
from clary.services.stepfunctions.tags import RULES
from clary.store.api import Exists, Query

ACTIVITY = stepfunctions.declare(Noun("Activity", arn="activity:{name}", errors=ERRORS))


def load(ctx: Context, arn: str) -> Record:
    """Return an activity of the caller's account. Raise ActivityDoesNotExist, InvalidArn."""
    named = read(arn, "activity")
    record = ctx.tx.get(ACTIVITY.kind, ctx.scope, named.name) if named.scope == ctx.scope else None
    if record is None or record.arn != arn:
        raise no_activity(arn)
    return record


@stepfunctions.operation(
    on=lambda ctx, params: [activity_arn(ctx, params["name"])], also=(stepfunctions.tagging("tags"),)
)
def create_activity(ctx: Context, params: Params) -> Params:
    """Create an activity; return the one of this name if there is one."""
    refuse_keys(params, "CreateActivity")
    name = check_name(params["name"])
    record = Record(
        kind=ACTIVITY.kind, scope=ctx.scope, id=name, arn=activity_arn(ctx, name), doc=Document().over({}),
        created=ctx.now, modified=ctx.now,
    )  # fmt: skip
    found = tags.of_request(RULES, params)
    try:
        ctx.tx.insert(record)
        ctx.tx.tag(record.arn, found)
    except Exists:
        record = load(ctx, record.arn)
    return {"activityArn": record.arn, "creationDate": record.created}


@stepfunctions.operation(on=given("activityArn"))
def describe_activity(ctx: Context, params: Params) -> Params:
    """Return an activity. Raise ActivityDoesNotExist."""
    record = load(ctx, params["activityArn"])
    return {**_shown(record), "encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}


def _shown(record: Record) -> Params:
    return {"activityArn": record.arn, "name": record.id, "creationDate": record.created}


@stepfunctions.operation(on="activity:*")
def list_activities(ctx: Context, params: Params) -> Params:
    """Return a page of activities by their creation."""
    most, after = page(ctx, params)
    found = ctx.tx.list(ACTIVITY.kind, ctx.scope, Query(after=after, limit=most + 1, shared=True))
    return {
        "activities": [_shown(one) for one in found[:most]],
        **more(ctx, found, most, lambda one: [one.created, one.id]),
    }


@stepfunctions.operation(on=given("activityArn"))
def delete_activity(ctx: Context, params: Params) -> Params:
    """Delete an activity. One that is not there is no error."""
    named = read(params["activityArn"], "activity")
    record = ctx.tx.get(ACTIVITY.kind, ctx.scope, named.name) if named.scope == ctx.scope else None
    if record is not None:
        ctx.tx.delete(record)
    return {}
