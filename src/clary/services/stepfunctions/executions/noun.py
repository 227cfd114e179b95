"""The execution: a small record, which Lists read. What it is at is in tables (runs.py)."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Noun, Record, States, by_arn
from clary.services.stepfunctions.errors import ERRORS, no_execution
from clary.services.stepfunctions.names import read
from clary.services.stepfunctions.service import stepfunctions

RUNNING = "RUNNING"
REDRIVABLE = ("FAILED", "TIMED_OUT", "ABORTED")
EXECUTION = stepfunctions.declare(
    Noun(
        "Execution",
        arn="execution:{id}",
        key=by_arn("executionArn"),
        states=States("status", start=RUNNING, final=("SUCCEEDED", *REDRIVABLE)),
        errors=ERRORS,
    )
)
stepfunctions.observe("Execution", "stopDate")


def load(ctx: Context, arn: str) -> Record:
    """Return an execution of the caller's account. Raise ExecutionDoesNotExist, InvalidArn."""
    named = read(arn, "execution")
    record = None
    if named.scope == ctx.scope:
        record = ctx.tx.get(EXECUTION.kind, ctx.scope, f"{named.name}:{named.rest}")
    if record is None or record.arn != arn:
        raise no_execution(arn)
    return record


def summary(record: Record) -> dict[str, Any]:
    """Return what ListExecutions shows."""
    spec, seen = record.spec, record.observed
    shown = {
        "executionArn": record.arn,
        "stateMachineArn": spec["stateMachineArn"],
        "name": spec["name"],
        "status": record.status,
        "startDate": spec["startDate"],
        "stopDate": seen.get("stopDate"),
        "redriveCount": seen.get("redriveCount", 0),
        "redriveDate": seen.get("redriveDate"),
        "stateMachineVersionArn": spec.get("stateMachineVersionArn"),
        "stateMachineAliasArn": spec.get("stateMachineAliasArn"),
        "mapRunArn": spec.get("mapRunArn"),
    }
    return {name: value for name, value in shown.items() if value is not None}
