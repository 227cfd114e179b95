"""DescribeExecution, DescribeStateMachineForExecution, ListExecutions."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.stepfunctions.errors import no_resource, wrong_type
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.noun import EXECUTION, REDRIVABLE, load, summary
from clary.services.stepfunctions.machines.noun import definition_text, find
from clary.services.stepfunctions.names import Params, base_of, given, more, page, read
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Condition, Query


@stepfunctions.operation(on=given("executionArn"))
def describe_execution(ctx: Context, params: Params) -> Params:
    """Return an execution. `includedData=METADATA_ONLY` leaves out its input and output."""
    record = load(ctx, params["executionArn"])
    row = runs.load(ctx.tx, record.arn)
    shown = {**summary(record), **_redrive(record)}
    if params.get("includedData") != "METADATA_ONLY":
        shown |= {"input": row.input, "inputDetails": {"included": True}}
        if row.output is not None:
            shown |= {"output": row.output, "outputDetails": {"included": True}}
    for name in ("error", "cause"):
        if name in record.observed:
            shown[name] = record.observed[name]
    return shown


def _redrive(record: Record) -> Params:
    if record.status in REDRIVABLE:
        return {"redriveStatus": "REDRIVABLE"}
    reason = f"Execution is {record.status} and cannot be redriven"
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


@stepfunctions.operation(on=given("executionArn"))
def describe_state_machine_for_execution(ctx: Context, params: Params) -> Params:
    """Return the state machine as the execution began with it."""
    record = load(ctx, params["executionArn"])
    spec = record.spec
    shown = {
        "stateMachineArn": spec["stateMachineArn"],
        "name": spec["machine"],
        "definition": definition_text(ctx.tx, record.scope, spec["digest"]),
        "roleArn": spec["roleArn"],
        "updateDate": spec["updated"],
        "loggingConfiguration": spec["loggingConfiguration"],
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        "mapRunArn": spec.get("mapRunArn"),
        "label": spec.get("label"),
        "revisionId": spec.get("revision") or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _listed(ctx: Context, params: Params) -> list[str]:
    return (
        [base_of(params["stateMachineArn"])]
        if "stateMachineArn" in params
        else [params.get("mapRunArn", "*")]
    )


@stepfunctions.operation(on=_listed)
def list_executions(ctx: Context, params: Params) -> Params:
    """Return a page of executions, the newest first: of a state machine, a version, an alias, or a Map Run."""
    if ("stateMachineArn" in params) == ("mapRunArn" in params):
        raise validation("Exactly one of stateMachineArn and mapRunArn must be specified.")
    most, after = page(ctx, params)
    where = [*_of_machine(ctx, params), *_filters(params)]
    query = Query(where=where, after=after, limit=most + 1, descending=True, shared=True)
    found = ctx.tx.list(EXECUTION.kind, ctx.scope, query)
    return {
        "executions": [_entry(one) for one in found[:most]],
        **more(ctx, found, most, lambda one: [one.created, one.id]),
    }


def _entry(record: Record) -> dict[str, Any]:
    shown = summary(record)
    count = record.spec.get("itemCount")
    return shown if count is None else {**shown, "itemCount": count}


def _of_machine(ctx: Context, params: Params) -> list[Condition]:
    if "mapRunArn" in params:
        named = read(params["mapRunArn"], "mapRun")
        if named.scope != ctx.scope:
            raise no_resource(params["mapRunArn"])
        return [("parent", "=", params["mapRunArn"])]
    arn = params["stateMachineArn"]
    named = read(arn, "stateMachine")
    if find(ctx, named).spec["type"] == "EXPRESS":
        raise wrong_type()
    own: list[Condition] = [("parent", "=", base_of(arn))]
    if named.rest:
        member = "stateMachineVersionArn" if named.rest.isdecimal() else "stateMachineAliasArn"
        own.append((f"doc.spec.{member}", "=", arn))
    return own


def _filters(params: Params) -> list[Condition]:
    found: list[Condition] = []
    if "statusFilter" in params:
        found.append(("status", "=", params["statusFilter"]))
    if params.get("redriveFilter") == "REDRIVEN":
        found.append(("doc.status.redriveCount", "!=", None))
    if params.get("redriveFilter") == "NOT_REDRIVEN":
        found.append(("doc.status.redriveCount", "=", None))
    return found
