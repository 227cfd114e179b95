"""StopPipelineExecution and RetryPipelineExecution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Query, Record, revise
from clary.services.sagemaker.pipelines.executions import accepts
from clary.services.sagemaker.pipelines.executions.noun import (
    EXECUTION,
    STEP,
    STOPPING,
    is_over,
    name_of,
)
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

Params = dict[str, Any]
_MOST_STEPS = 10_000


def _about(ctx: Context, params: Params) -> list[str]:
    return [params["PipelineExecutionArn"]]


@sagemaker.operation(on=_about, accepts=accepts.STOP)
def stop_pipeline_execution(ctx: Context, params: Params) -> Params:
    """Stop an execution: its controller stops the steps that run. Raise ValidationException for one that has ended."""
    return _once(ctx, params, _stop)


def _stop(ctx: Context, execution: Record, params: Params) -> Record:
    if is_over(execution):
        raise validation(
            f"Pipeline execution {execution.arn} cannot be stopped, since its status is {execution.status}."
        )
    return execution.evolve(status=STOPPING)


@sagemaker.operation(on=_about, accepts=accepts.RETRY)
def retry_pipeline_execution(ctx: Context, params: Params) -> Params:
    """Begin again the steps of an execution that have not succeeded. Raise ValidationException unless it has failed or was
    stopped."""
    return _once(ctx, params, _retry)


def _retry(ctx: Context, execution: Record, params: Params) -> Record:
    if execution.status not in ("Failed", "Stopped"):
        raise validation(
            f"Pipeline execution {execution.arn} cannot be retried, since its status is {execution.status}."
        )
    steps, attempts = {}, dict(execution.private.get("attempts", {}))
    query = Query([("parent", "=", execution.arn)], limit=_MOST_STEPS)
    for step in ctx.tx.list(STEP.kind, execution.scope, query):
        if step.status == "Succeeded":
            steps[name_of(step)] = step.status
        else:
            attempts[name_of(step)] = step.observed.get("AttemptCount", 1)
            ctx.tx.delete(step)
    spec = {name: params[name] for name in ("ParallelismConfiguration",) if name in params}
    private = {"steps": steps, "attempts": attempts}
    return revise(execution, spec=spec, observed={"FailureReason": None}, private=private, status="Executing")


def _once(ctx: Context, params: Params, change: Callable[[Context, Record, Params], Record]) -> Params:
    """Change an execution, once for each ClientRequestToken; its controller looks at it at once."""
    token = params["ClientRequestToken"]
    if (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    execution = change(ctx, EXECUTION.by_arn(ctx, params["PipelineExecutionArn"]), params)
    changed = revise(
        execution, observed={"LastModifiedBy": user_context(ctx.caller)}, due=ctx.now, modified=ctx.now
    )
    ctx.tx.update(changed)
    answer = {"PipelineExecutionArn": execution.arn}
    ctx.tx.remember(ctx.scope, ctx.op.name, token, answer)
    ctx.wake()
    return answer
