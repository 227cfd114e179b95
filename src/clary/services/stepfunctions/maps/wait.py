"""What an execution knows of the Map Run that it waits for."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane import Document, Record, World, revise
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.interpreter.definition import Definition
from clary.services.stepfunctions.language.texts import dump
from clary.services.stepfunctions.machines.noun import keep_definition
from clary.services.stepfunctions.maps.noun import MAP_RUN, RUNNING
from clary.store.api import Exists, Query, Tx

_SETTINGS = (
    "items",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "selector",
    "given",
    "variables",
    "context",
    "is_jsonata",
)


def begin(tx: Tx, record: Record, task: dict[str, Any], definition: Definition, now: float) -> None:
    """Make the Map Run, in the transaction that tells of it."""
    container = definition.containers[task["container"]]
    raw = {**container.raw, "QueryLanguage": container.language}
    raw.pop("ProcessorConfig", None)
    digest = keep_definition(tx, record.scope, dump(raw))
    id = task["arn"].split(":mapRun:", 1)[1]
    spec = {
        "executionArn": record.arn,
        "stateMachineArn": record.spec["stateMachineArn"],
        "machine": record.spec["machine"],
        "maxConcurrency": task["most"],
        "toleratedFailureCount": task["count"] or 0,
        "toleratedFailurePercentage": task["percentage"] or 0,
        "startDate": now,
        "revision": record.spec.get("revision", ""),
        "updated": record.spec["updated"],
        **{member: record.spec[member] for member in ("roleArn", "loggingConfiguration")},
        "digest": digest,
    }
    made = Document(
        private={
            "task": {name: task[name] for name in _SETTINGS if name in task},
            "counted": task["count"] is not None,
        }
    )
    try:
        tx.insert(
            Record(
                kind=MAP_RUN.kind,
                scope=record.scope,
                id=id,
                arn=task["arn"],
                status=RUNNING,
                doc=made.over(spec),
                created=now,
                modified=now,
                due=now,
                parent=record.arn,
            )
        )
    except Exists:
        return
    runs.add_child(tx, task["arn"], record.arn)
    for name in _SETTINGS:
        task.pop(name, None)


def outcome(world: World, task: dict[str, Any]) -> Outcome | None:
    """Return what a Map Run has come to, or None."""
    with world.platform.store.read() as tx:
        record = tx.by_arn(task["arn"])
        if record is None or record.status == RUNNING:
            return None
        rows = tx.sql("select output from stepfunctions_run where execution = ?", record.arn)
    if record.status == "SUCCEEDED":
        return Outcome(orjson.loads(rows[0][0]))
    return Outcome(error=record.observed.get("error"), cause=record.observed.get("cause"), failed=True)


def abort(tx: Tx, arn: str, now: float) -> None:
    """End a Map Run whose execution has ended; its children look for that when they are woken."""
    record = tx.by_arn(arn)
    if record is None or record.status != RUNNING:
        return
    tx.update(revise(record, observed={"stopDate": now}, status="ABORTED", modified=now, due=None))
    wake_children(tx, record, now)


def wake_children(tx: Tx, record: Record, now: float) -> None:
    """Let the children that run look: they end with their Map Run."""
    where = Query(where=[("parent", "=", record.arn), ("status", "=", RUNNING)], limit=100_000)
    for child in tx.list("stepfunctions:Execution", record.scope, where):
        tx.update(child.evolve(due=now))
