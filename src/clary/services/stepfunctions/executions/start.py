"""StartExecution: of a state machine, a version, or what an alias leads to."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Document, Record
from clary.services.stepfunctions.errors import no_machine
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.noun import EXECUTION, RUNNING
from clary.services.stepfunctions.express.noun import start_express
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.texts import load as load_json
from clary.services.stepfunctions.machines import aliases, versions
from clary.services.stepfunctions.machines.noun import Revision, find, present
from clary.services.stepfunctions.machines.options import refuse_traces
from clary.services.stepfunctions.names import Params, base_of, check_name, read
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Exists


def resolve(ctx: Context, arn: str) -> tuple[Revision, str | None]:
    """Return the revision that an ARN means, and the ARN of the alias that led to it. Raise StateMachineDoesNotExist."""
    named = read(arn, "stateMachine")
    record = find(ctx, named)
    if not named.rest:
        return present(record), None
    if named.rest.isdecimal():
        return versions.find(ctx, record, named), None
    found = aliases.routed(ctx, record, named)
    if found is None:
        raise no_machine(arn)
    return found, arn


def check_input(text: str) -> str:
    """Return an input that is JSON of at most 256 KiB. Raise InvalidExecutionInput."""
    if len(text.encode()) > MOST_BYTES:
        raise AwsError(
            "InvalidExecutionInput", "Invalid State Machine Execution Input: 'the input is too large'"
        )
    try:
        load_json(text)
    except ValueError as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
    return text


def target(ctx: Context, params: Params) -> list[str]:
    """Return the state machine to authorise."""
    return [base_of(params["stateMachineArn"])]


@stepfunctions.operation(on=target)
def start_execution(ctx: Context, params: Params) -> Params:
    """Begin an execution. The same name and input again return the one that runs; otherwise a name is taken for ever."""
    refuse_traces(params, "StartExecution")
    name = check_name(params.get("name") or ctx.platform.ids.uuid())
    text = check_input(params.get("input", "{}"))
    revision, alias = resolve(ctx, params["stateMachineArn"])
    if revision.is_express:
        return start_express(ctx, revision, name, text)
    record = fresh(ctx, revision, name, alias)
    try:
        ctx.tx.insert(record)
    except Exists:
        return _again(ctx, record, text)
    runs.insert(ctx.tx, record.arn, text)
    ctx.wake()
    return {"executionArn": record.arn, "startDate": ctx.now}


def _again(ctx: Context, record: Record, text: str) -> Params:
    known = ctx.tx.get(EXECUTION.kind, ctx.scope, record.id)
    if known is None or known.status != RUNNING or runs.load(ctx.tx, known.arn).input != text:
        raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{record.arn}'")
    return {"executionArn": known.arn, "startDate": known.spec["startDate"]}


def fresh(ctx: Context, revision: Revision, name: str, alias: str | None, **more: Any) -> Record:
    """Return the record of an execution that has not begun."""
    machine = revision.record
    spec: dict[str, Any] = {
        "name": name,
        "machine": machine.id,
        "stateMachineArn": machine.arn,
        "stateMachineVersionArn": None if revision.version is None else revision.arn,
        "stateMachineAliasArn": alias,
        "startDate": ctx.now,
        "revision": revision.revision,
        "updated": revision.content.get("created", machine.modified),
        **{member: revision.content[member] for member in ("roleArn", "digest", "loggingConfiguration")},
        **more,
    }
    id = f"{machine.id}:{name}"
    return Record(
        kind=EXECUTION.kind, scope=ctx.scope, id=id, arn=ctx.arn(f"execution:{id}"), status=RUNNING,
        doc=Document().over(spec), created=ctx.now, modified=ctx.now, due=ctx.now, parent=machine.arn,
    )  # fmt: skip
