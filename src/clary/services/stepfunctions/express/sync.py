"""StartSyncExecution: an express execution whose caller waits for its end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from clary.access.directory import Directory
from clary.kernel import AwsError, Caller
from clary.plane import Context, Record
from clary.services.stepfunctions.errors import wrong_type
from clary.services.stepfunctions.executions.life import logs
from clary.services.stepfunctions.executions.life.calls import calls_of
from clary.services.stepfunctions.executions.life.facts import definition_of
from clary.services.stepfunctions.executions.start import check_input, resolve, target
from clary.services.stepfunctions.express.memory import Memory
from clary.services.stepfunctions.express.noun import fresh
from clary.services.stepfunctions.integrations import calls
from clary.services.stepfunctions.interpreter.definition import Definition
from clary.services.stepfunctions.interpreter.run import End, Event
from clary.services.stepfunctions.machines.options import refuse_traces
from clary.services.stepfunctions.names import Params, check_name
from clary.services.stepfunctions.service import stepfunctions

_THREADS = ThreadPoolExecutor(64, "stepfunctions-sync")


@stepfunctions.operation(on=target)
async def start_sync_execution(ctx: Context, params: Params) -> Params:
    """Run an express execution and return what it has come to. Raise StateMachineTypeNotSupported for a standard one."""
    refuse_traces(params, "StartSyncExecution")
    name = check_name(params.get("name") or ctx.platform.ids.uuid())
    text = check_input(params.get("input", "{}"))
    record, definition, service = await ctx.transact(
        lambda tx: _prepared(replace(ctx, tx=tx), params, name, text)
    )
    work = asyncio.get_running_loop().run_in_executor(
        _THREADS, lambda: _run(ctx, record, definition, service)
    )
    end, _ = await asyncio.shield(work)
    return _shown(ctx, record, end, params.get("includedData") != "METADATA_ONLY")


def _prepared(ctx: Context, params: Params, name: str, text: str) -> tuple[Record, Definition, Caller]:
    revision, _ = resolve(ctx, params["stateMachineArn"])
    if not revision.is_express:
        raise wrong_type()
    record = fresh(ctx, revision, name, text)
    service = Caller.of_service(stepfunctions.principal, ctx.account, record.arn)
    return record, definition_of(ctx.tx, record), service


def _run(ctx: Context, record: Record, definition: Definition, service: Caller) -> tuple[End, list[Event]]:
    caller = calls.Caller(ctx.platform, _calling(ctx, record, service), record.spec["roleArn"], record.arn)
    end, events = Memory(ctx.platform, record, definition, caller, calls_of(ctx.platform)).go()
    _log(ctx, record, service, events)
    return end, events


def _calling(ctx: Context, record: Record, service: Caller) -> Any:
    directory: Directory = ctx.platform.extras["directory"]

    def call(name: str, operation: str, request: dict[str, Any], role: str) -> dict[str, Any]:
        with ctx.platform.store.read() as tx:
            who = directory.acting(tx, role, record.spec["name"], service)
        return ctx.platform.perform(name, operation, request, who, ctx.region, account=ctx.account)

    return call


def _log(ctx: Context, record: Record, service: Caller, events: list[Event]) -> None:
    for call in logs.calls(record, events):
        try:
            ctx.platform.perform(
                call.service, call.operation, dict(call.params), service, ctx.region, account=ctx.account
            )
        except AwsError:
            continue


def _shown(ctx: Context, record: Record, end: End, whole: bool) -> Params:
    shown: dict[str, Any] = {
        "executionArn": record.arn,
        "stateMachineArn": record.spec["stateMachineArn"],
        "name": record.spec["name"],
        "startDate": record.spec["startDate"],
        "stopDate": ctx.platform.clock.now(),
        "status": end.status,
        "error": end.error,
        "cause": end.cause,
    }
    if whole:
        shown |= {"input": record.spec["input"], "inputDetails": {"included": True}}
    if whole and end.output is not None:
        shown |= {"output": end.output, "outputDetails": {"included": True}}
    return {name: value for name, value in shown.items() if value is not None}
