"""SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat."""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.stepfunctions.executions import tokens
from clary.services.stepfunctions.executions.life.turn import wake_in
from clary.services.stepfunctions.language.texts import load as load_json
from clary.services.stepfunctions.names import Params
from clary.services.stepfunctions.service import stepfunctions

_OPEN = ("started", "scheduled")


@stepfunctions.operation()
def send_task_success(ctx: Context, params: Params) -> Params:
    """End a task with its result. Raise InvalidOutput for one that is not JSON."""
    try:
        output = load_json(params["output"])
    except ValueError:
        raise AwsError("InvalidOutput", f"Invalid Output: '{params['output'][:200]}'") from None
    return _report(ctx, params["taskToken"], "succeeded", {"output": output})


@stepfunctions.operation()
def send_task_failure(ctx: Context, params: Params) -> Params:
    """End a task with an error."""
    said = {name: params[name] for name in ("error", "cause") if name in params}
    return _report(ctx, params["taskToken"], "failed", said)


@stepfunctions.operation()
def send_task_heartbeat(ctx: Context, params: Params) -> Params:
    """Give a sign of life. The execution looks for it when the task's time is over, and is not woken before."""
    _task(ctx, params["taskToken"])
    ctx.tx.sql("update stepfunctions_task set beat = ? where token = ?", ctx.now, params["taskToken"])
    return {}


def _report(ctx: Context, token: str, status: str, outcome: dict[str, Any]) -> Params:
    arn = _task(ctx, token)
    body = orjson.dumps(outcome).decode()
    ctx.tx.sql("update stepfunctions_task set status = ?, outcome = ? where token = ?", status, body, token)
    record = ctx.tx.by_arn(arn)
    if record is not None:
        wake_in(ctx.tx, record.kind, record.scope, record.id, ctx.now)
        ctx.wake()
    return {}


def _task(ctx: Context, token: str) -> str:
    """Return the execution of a task that is open. Raise InvalidToken, TaskDoesNotExist, TaskTimedOut."""
    if not tokens.is_one(ctx.platform.settings.token_key, token):
        raise AwsError("InvalidToken", "Invalid Token: 'Invalid token'")
    rows = ctx.tx.sql(
        "select execution, status from stepfunctions_task where token = ? and scope = ?", token, ctx.scope
    )
    if not rows or rows[0][1] not in _OPEN:
        raise AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    return rows[0][0]
