"""GetExecutionHistory."""

from __future__ import annotations

from clary.plane import Context
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.noun import load
from clary.services.stepfunctions.interpreter.run import Event
from clary.services.stepfunctions.names import Params, given, more, page
from clary.services.stepfunctions.service import stepfunctions

_LAST = 1 << 40
_DATA = ("input", "output", "parameters", "assignedVariables")
_DETAILS = ("inputDetails", "outputDetails", "assignedVariablesDetails")


@stepfunctions.operation(on=given("executionArn"))
def get_execution_history(ctx: Context, params: Params) -> Params:
    """Return a page of events in either direction; `includeExecutionData=False` leaves out inputs and outputs."""
    record = load(ctx, params["executionArn"])
    is_reversed = bool(params.get("reverseOrder"))
    most, after = page(ctx, params)
    start = after if after is not None else (_LAST if is_reversed else 0)
    found = runs.page(ctx.tx, record.arn, start, most + 1, is_reversed)
    whole = params.get("includeExecutionData", True)
    return {
        "events": [shown(one, whole) for one in found[:most]],
        **more(ctx, found, most, lambda one: one["i"]),
    }


def shown(event: Event, whole: bool = True) -> Params:
    """Return an event as the API shows it."""
    entry: Params = {
        "timestamp": event["t"],
        "type": event["y"],
        "id": event["i"],
        "previousEventId": event["p"],
    }
    if "d" in event:
        entry[event["k"]] = event["d"] if whole else without_data(event["d"])
    return entry


def without_data(details: Params) -> Params:
    """Return the details of an event without what executions work on."""
    return {name: value for name, value in details.items() if name not in (*_DATA, *_DETAILS)}
