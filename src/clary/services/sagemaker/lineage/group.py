"""Lineage groups: the one that every account has. Groups of other accounts come with AWS RAM, which is not here."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Errors, Key, Noun, Record
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Exists

NAME = "sagemaker-default-lineage-group"

group = sagemaker.noun(
    Noun(
        "LineageGroup",
        arn="lineage-group/{LineageGroupName}",
        key=Key("LineageGroupName", or_arn=True),
        errors=Errors(missing_code="ResourceNotFound", missing="The lineage group {arn} does not exist."),
    )
)


def group_of(ctx: Context) -> Record:
    """Return the account's group in this region; make it with the first entity that is created."""
    found = ctx.tx.get(group.kind, ctx.scope, NAME)
    return found or _made(ctx)


def _made(ctx: Context) -> Record:
    record = Record(
        kind=group.kind,
        scope=ctx.scope,
        id=NAME,
        arn=group.arn_of(ctx, NAME),
        doc=Document(status={"DisplayName": NAME, "CreatedBy": {}}).over({}),
        created=ctx.now,
        modified=ctx.now,
    )
    try:
        return ctx.tx.insert(record)
    except Exists:
        return group.find(ctx, NAME)


@sagemaker.operation(on="lineage-group/{LineageGroupName}")
def get_lineage_group_policy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Return the group's ARN. A policy comes with a resource share of AWS RAM, so there is none."""
    return {"LineageGroupArn": group.meant(ctx, params["LineageGroupName"]).arn}
