"""StopExecution and RedriveExecution."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Record, revise
from clary.services.stepfunctions.executions import redrive, runs
from clary.services.stepfunctions.executions.life.facts import definition_of, facts_of
from clary.services.stepfunctions.executions.life.outside import Around
from clary.services.stepfunctions.executions.life.turn import end_in
from clary.services.stepfunctions.executions.noun import REDRIVABLE, RUNNING, load
from clary.services.stepfunctions.interpreter.engine import Engine
from clary.services.stepfunctions.interpreter.run import Run
from clary.services.stepfunctions.language.texts import load as load_json
from clary.services.stepfunctions.names import Params, given
from clary.services.stepfunctions.service import stepfunctions


@stepfunctions.operation(on=given("executionArn"))
def stop_execution(ctx: Context, params: Params) -> Params:
    """Abort an execution; one that has ended stays as it is."""
    record = load(ctx, params["executionArn"])
    if record.status != RUNNING:
        return {"stopDate": record.observed["stopDate"]}
    row = runs.load(ctx.tx, record.arn)
    engine = _engine(ctx, record, row)
    engine.abort(params.get("error"), params.get("cause"))
    end = engine.run.end
    assert end is not None
    end_in(ctx.tx, record.arn, row.version, end.before, engine.run.events, None)
    orphans = engine.run.orphans or None
    seen = {"stopDate": ctx.now, "error": end.error, "cause": end.cause}
    due = ctx.now if orphans else None
    stopped = revise(
        record, observed=seen, private={"orphans": orphans}, status="ABORTED", modified=ctx.now, due=due
    )
    ctx.tx.update(stopped.evolve(until=None))
    ctx.wake()
    return {"stopDate": ctx.now}


def _engine(ctx: Context, record: Record, row: runs.Row) -> Engine:
    run = Run() if row.state is None else Run.of(load_json(row.state))
    around = Around(ctx.platform, record.scope, record.spec["stateMachineArn"])
    engine = Engine(run, definition_of(ctx.tx, record), facts_of(record, row.input), around)
    if row.state is None:
        engine.begin(engine.facts.execution["Input"], row.input)
    return engine


@stepfunctions.operation(on=given("executionArn"))
def redrive_execution(ctx: Context, params: Params) -> Params:
    """Let an execution that has not succeeded go on from where it failed. Raise ExecutionNotRedrivable."""
    token = params.get("clientToken")
    if token and (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    record = load(ctx, params["executionArn"])
    row = runs.load(ctx.tx, record.arn)
    if record.status not in REDRIVABLE or row.state is None:
        raise AwsError("ExecutionNotRedrivable", f"Execution is {record.status} and cannot be redriven")
    count = record.observed.get("redriveCount", 0) + 1
    run = redrive.again(
        load_json(row.state),
        definition_of(ctx.tx, record),
        runs.last_event(ctx.tx, record.arn),
        count,
        ctx.now,
    )
    runs.save(ctx.tx, record.arn, row.version, redrive.text_of(run), run.events)
    seen = {"redriveCount": count, "redriveDate": ctx.now, "stopDate": None, "error": None, "cause": None}
    ctx.tx.update(revise(record, observed=seen, status=RUNNING, modified=ctx.now, due=ctx.now))
    ctx.wake()
    answer: Params = {"redriveDate": ctx.now}
    if token:
        ctx.tx.remember(ctx.scope, ctx.op.name, token, answer)
    return answer
