"""The asynchronous express execution: a record until it has run. AWS describes and lists none of them."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Noun, Record, States, by_arn
from clary.services.stepfunctions.errors import ERRORS
from clary.services.stepfunctions.machines.noun import Revision
from clary.services.stepfunctions.service import stepfunctions

EXPRESS = stepfunctions.declare(
    Noun(
        "ExpressExecution",
        arn="express:{id}",
        key=by_arn("executionArn"),
        states=States("status", start="RUNNING"),
        errors=ERRORS,
    )
)


def fresh(ctx: Context, revision: Revision, name: str, input: str) -> Record:
    """Return the record of an express execution. Its ARN ends in an id: names may be used again."""
    id = f"{revision.record.id}:{name}:{ctx.platform.ids.uuid()}"
    spec: dict[str, Any] = {
        "name": name,
        "machine": revision.record.id,
        "stateMachineArn": revision.record.arn,
        "startDate": ctx.now,
        "input": input,
        **{member: revision.content[member] for member in ("roleArn", "digest", "loggingConfiguration")},
    }
    return Record(
        kind=EXPRESS.kind, scope=ctx.scope, id=id, arn=ctx.arn(f"express:{id}"), status="RUNNING",
        doc=Document().over(spec), created=ctx.now, modified=ctx.now, due=ctx.now,
    )  # fmt: skip


def start_express(ctx: Context, revision: Revision, name: str, input: str) -> dict[str, Any]:
    """Begin an express execution, which a controller runs."""
    record = ctx.tx.insert(fresh(ctx, revision, name, input))
    ctx.wake()
    return {"executionArn": record.arn, "startDate": ctx.now}
