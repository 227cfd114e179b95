"""DescribeMapRun, ListMapRuns, UpdateMapRun."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Members, Record, revise
from clary.services.stepfunctions.executions.noun import load as load_execution
from clary.services.stepfunctions.maps import items
from clary.services.stepfunctions.maps.noun import MAP_RUN, RUNNING, load
from clary.services.stepfunctions.names import Params, given, more, page
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Query

_SETTINGS = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
_WORDS = {
    "pending": "pending", "running": "running", "SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}  # fmt: skip


@stepfunctions.operation(on=given("mapRunArn"))
def describe_map_run(ctx: Context, params: Params) -> Params:
    """Return a Map Run with the counts of its items and child executions."""
    record = load(ctx, params["mapRunArn"])
    counts = items.counts(ctx.tx, record.arn)
    return {
        "mapRunArn": record.arn,
        "executionArn": record.spec["executionArn"],
        "status": record.status,
        "startDate": record.spec["startDate"],
        "stopDate": record.observed.get("stopDate"),
        **{name: record.spec[name] for name in _SETTINGS},
        "itemCounts": _counts(counts, 1),
        "executionCounts": _counts(counts, 0),
        "redriveCount": 0,
    }


def _counts(counts: dict[str, tuple[int, int]], place: int) -> dict[str, int]:
    found = {word: counts.get(status, (0, 0))[place] for status, word in _WORDS.items()}
    written = found["succeeded"] + found["failed"]
    return {**found, "total": sum(found.values()), "resultsWritten": written}


@stepfunctions.operation(on=given("executionArn"))
def list_map_runs(ctx: Context, params: Params) -> Params:
    """Return a page of an execution's Map Runs, the newest first."""
    execution = load_execution(ctx, params["executionArn"])
    most, after = page(ctx, params)
    query = Query(
        where=[("parent", "=", execution.arn)], after=after, limit=most + 1, descending=True, shared=True
    )
    found = ctx.tx.list(MAP_RUN.kind, ctx.scope, query)
    return {
        "mapRuns": [_shown(one) for one in found[:most]],
        **more(ctx, found, most, lambda one: [one.created, one.id]),
    }


def _shown(record: Record) -> dict[str, Any]:
    return {
        "mapRunArn": record.arn,
        "executionArn": record.spec["executionArn"],
        "stateMachineArn": record.spec["stateMachineArn"],
        "startDate": record.spec["startDate"],
        "stopDate": record.observed.get("stopDate"),
    }


@stepfunctions.operation(on=given("mapRunArn"), accepts=Members(("mapRunArn", *_SETTINGS)))
def update_map_run(ctx: Context, params: Params) -> Params:
    """Change how many children run at once and how many may fail, while the Map Run runs."""
    record = load(ctx, params["mapRunArn"])
    if record.status != RUNNING:
        raise validation(f"Map Run is {record.status} and cannot be updated.")
    changes = {name: params[name] for name in _SETTINGS if name in params}
    ctx.tx.update(revise(record, spec=changes, modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {}
