"""The Map Run: a record with its settings. Its items are rows."""

from __future__ import annotations

from clary.plane import Context, Noun, Record, States, by_arn
from clary.services.stepfunctions.errors import ERRORS, no_resource
from clary.services.stepfunctions.names import read
from clary.services.stepfunctions.service import stepfunctions

RUNNING = "RUNNING"
MAP_RUN = stepfunctions.declare(
    Noun(
        "MapRun",
        arn="mapRun:{id}",
        key=by_arn("mapRunArn"),
        states=States("status", start=RUNNING),
        errors=ERRORS,
    )
)


def load(ctx: Context, arn: str) -> Record:
    """Return a Map Run of the caller's account. Raise ResourceNotFound, InvalidArn."""
    named = read(arn, "mapRun")
    record = None
    if named.scope == ctx.scope:
        record = ctx.tx.get(MAP_RUN.kind, ctx.scope, f"{named.name}:{named.rest}")
    if record is None or record.arn != arn:
        raise no_resource(arn)
    return record
