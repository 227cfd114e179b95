"""GetActivityTask: a worker waits for a task."""

from __future__ import annotations

from dataclasses import replace

from clary.plane import Context
from clary.plane.signals import DUE
from clary.services.stepfunctions.activities.noun import load
from clary.services.stepfunctions.executions.life.turn import topic_of, wake_in
from clary.services.stepfunctions.names import Params, given
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Tx

_PATIENCE = 60.0  # "The maximum time the service holds on to the request before responding is 60 seconds"


@stepfunctions.operation(on=given("activityArn"))
async def get_activity_task(ctx: Context, params: Params) -> Params:
    """Return a task with its token, as soon as there is one; nothing after 60 seconds."""
    arn = params["activityArn"]
    await ctx.transact(lambda tx: load(replace(ctx, tx=tx), arn))
    worker = params.get("workerName")

    async def look() -> Params:
        if not await ctx.transact(lambda tx: _waiting(tx, arn)):
            return {}
        found = await ctx.transact(lambda tx: _take(ctx, tx, arn, worker), write=True)
        if found:
            ctx.notify(DUE)
        return found

    return await ctx.platform.signals.poll([topic_of(arn)], look, _PATIENCE)


def _waiting(tx: Tx, arn: str) -> bool:
    return bool(
        tx.sql("select 1 from stepfunctions_task where activity = ? and status = 'scheduled' limit 1", arn)
    )


def _take(ctx: Context, tx: Tx, arn: str, worker: str | None) -> Params:
    """Give the oldest task to this worker."""
    rows = tx.sql(
        "select token, input, execution from stepfunctions_task where activity = ? and status = 'scheduled' "
        "order by scheduled, token limit 1",
        arn,
    )
    if not rows:
        return {}
    token, input, execution = rows[0]
    now = ctx.platform.clock.now()
    taken = tx.sql(
        "update stepfunctions_task set status = 'started', worker = ?, beat = ? where token = ? and status = 'scheduled' "
        "returning token",
        worker,
        now,
        token,
    )
    record = tx.by_arn(execution)
    if not taken or record is None:
        return {}
    wake_in(tx, record.kind, record.scope, record.id, now)
    return {"taskToken": token, "input": input}
