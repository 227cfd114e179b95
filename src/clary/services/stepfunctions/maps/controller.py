"""The controller of Map Runs: read the items, keep so many children running, and write down what they have come to.

items not read    read them; a row for each child                           one look
running           begin as many children as may run; the feed wakes it      a look for each end, or for several
all have ended    results to the execution, or to a bucket
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from clary.plane import Document, Record, Step, World
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.noun import EXECUTION
from clary.services.stepfunctions.interpreter.data import too_large
from clary.services.stepfunctions.language.errors import DATA_LIMIT, EvaluationError, StateError
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.texts import dump
from clary.services.stepfunctions.maps import inputs, items, reader, wait, writer
from clary.services.stepfunctions.maps.noun import MAP_RUN, RUNNING
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Tx

_MOST_AT_ONCE = (
    1000  # "Step Functions runs 10,000 parallel child executions" where nothing is said; a machine has less
)
_BEGIN = 100  # children in one transaction
_EXCEEDED = (
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
)


@stepfunctions.controller(MAP_RUN)
def run_map(record: Record, world: World) -> Step:
    """Move a Map Run."""
    if record.status != RUNNING:
        return Step()
    try:
        if "total" not in record.private:
            return _read(record, world)
        return _go(record, world)
    except EvaluationError as error:
        return _failed(world, error.error, error.problem)
    except StateError as error:
        return _failed(world, error.error, error.cause)


def _read(record: Record, world: World) -> Step:
    """Read the items, and make a row for each child."""
    task = record.private["task"]
    found = task["items"] if task.get("items") is not None else _from_s3(record, world)
    made = inputs.inputs_of(task, found)
    names = [world.ids.uuid() for _ in made]
    kept = {"ResultWriter": task["ResultWriter"]} if "ResultWriter" in task else {}
    return Step(
        private={"total": len(found), "task": kept},
        writes=(lambda tx: items.add(tx, record.arn, made, names),),
        after=0,
    )


def _from_s3(record: Record, world: World) -> list[Any]:
    shape = world.platform.services["s3"].model.operations["ListObjectsV2"].output
    return reader.read(record.private["task"]["ItemReader"], _s3(record, world), shape)


def _s3(record: Record, world: World) -> reader.Call:
    role = record.spec["roleArn"]
    return lambda operation, asked: world.call("s3", operation, asked, role=role)


def _go(record: Record, world: World) -> Step:
    """Begin children, or end."""
    with world.platform.store.read() as tx:
        counts = items.counts(tx, record.arn)
        next = items.waiting(tx, record.arn, _BEGIN)
    if _is_exceeded(record, counts):
        return _ended(record, world, *_EXCEEDED)
    running = counts.get(items.RUNNING, (0, 0))[0]
    if not next and not running:
        return _ended(record, world)
    free = max(0, (record.spec["maxConcurrency"] or _MOST_AT_ONCE) - running)
    begun = next[:free]
    return Step(writes=(lambda tx: _begin(tx, record, begun, world.now),), after=0 if begun else None)


def _is_exceeded(record: Record, counts: Mapping[str, tuple[int, int]]) -> bool:
    """Return whether more items have failed than may. Nothing said means that none may."""
    failed = sum(
        n
        for status, (_, n) in counts.items()
        if status not in (items.PENDING, items.RUNNING, items.SUCCEEDED)
    )
    count, percentage = record.spec["toleratedFailureCount"], record.spec["toleratedFailurePercentage"]
    total = record.private["total"]
    if not failed:
        return False
    if count and failed > count:
        return True
    if percentage and failed * 100 > percentage * total:
        return True
    return not count and not percentage


def _begin(tx: Tx, record: Record, children: list[items.Item], now: float) -> None:
    label = record.id.rpartition(":")[0]
    for one in children:
        id = f"{label}:{one.child}"
        arn = record.arn.split(":mapRun:")[0] + f":execution:{id}"
        spec = {
            "name": one.child, "machine": record.spec["machine"], "mapRunArn": record.arn, "startDate": now,
            "itemCount": one.items, "label": label.partition("/")[2],
            **{name: record.spec[name] for name in
               ("stateMachineArn", "roleArn", "digest", "loggingConfiguration", "revision", "updated")},
        }  # fmt: skip
        tx.insert(
            Record(
                kind=EXECUTION.kind,
                scope=record.scope,
                id=id,
                arn=arn,
                status="RUNNING",
                doc=Document().over(spec),
                created=now,
                modified=now,
                due=now,
                parent=record.arn,
            )
        )
        runs.insert(tx, arn, one.input)
        items.mark(tx, record.arn, one.number, items.RUNNING)


def _ended(record: Record, world: World, error: str | None = None, cause: str | None = None) -> Step:
    given = record.private["task"].get("ResultWriter")
    results: Any = None
    if given is not None:
        results = writer.write(record, given, _every(record, world), _s3(record, world), world.now)
    elif error is None:
        results = _together(record, world)
    if error is not None:
        failed = _failed(world, error, cause)
        return replace(failed, writes=(lambda tx: wait.wake_children(tx, record, world.now),))
    text = dump(results)
    return Step("SUCCEEDED", {"stopDate": world.now}, writes=(lambda tx: _keep(tx, record.arn, text),))


def _every(record: Record, world: World) -> Iterator[items.Item]:
    """Yield all children, a few at a time: their results may be more than fits into memory."""
    after = -1
    while True:
        with world.platform.store.read() as tx:
            found = items.page(tx, record.arn, after, _BEGIN)
        yield from found
        if len(found) < _BEGIN:
            return
        after = found[-1].number


def _together(record: Record, world: World) -> list[Any]:
    """Return the results of all children. Raise States.DataLimitExceeded for more than an execution may work on."""
    with world.platform.store.read() as tx:
        if items.size(tx, record.arn) > MOST_BYTES:
            raise StateError(DATA_LIMIT, too_large(record.id))
    return [
        orjson.loads(one.output or "null") for one in _every(record, world) if one.status == items.SUCCEEDED
    ]


def _keep(tx: Tx, arn: str, text: str) -> None:
    runs.insert(tx, arn, "")
    runs.save(tx, arn, 0, None, [], text)


def _failed(world: World, error: str | None, cause: str | None) -> Step:
    return Step("FAILED", {"stopDate": world.now, "error": error, "cause": cause})
