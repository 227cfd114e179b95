"""What a mapping of a queue may say, and what AWS says of other words."""

from __future__ import annotations

from typing import Any

from clary.plane.event_patterns import BadPattern, parse
from clary.services.lambda_.errors import invalid

Params = dict[str, Any]
_MEMBERS = [
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "ScalingConfig",
]
_MOST, _MOST_FIFO = 10_000, 10
_FILTERS = 5


def changes(params: Params, old: Params) -> Params:
    """Return the members of a mapping's document after a request. Raise InvalidParameterValue."""
    if params.get("StartingPosition"):
        raise invalid("StartingPosition is not valid for SQS event sources.")
    defaults = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
    new = {**defaults, **old, **{name: params[name] for name in _MEMBERS if name in params}}
    _check_batch(new)
    _check_filters((new.get("FilterCriteria") or {}).get("Filters") or [])
    for empty in ("FilterCriteria", "ScalingConfig"):
        if not new.get(empty):
            new.pop(empty, None)
    return new


def _check_batch(new: Params) -> None:
    size, window = new["BatchSize"], new["MaximumBatchingWindowInSeconds"]
    if new["EventSourceArn"].endswith(".fifo"):
        if window:
            raise invalid("Batching window is not supported for FIFO queues")
        if size > _MOST_FIFO:
            raise invalid(f"Batch size may not exceed {_MOST_FIFO} for SQS FIFO event sources")
    elif size > _MOST:
        raise invalid(f"Batch size may not exceed {_MOST} for SQS event sources")
    elif size > _MOST_FIFO and window < 1:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _check_filters(filters: list[Params]) -> None:
    if len(filters) > _FILTERS:
        raise invalid(f"A mapping can have at most {_FILTERS} filters.")
    for one in filters:
        pattern_of(one.get("Pattern", "{}"))


def pattern_of(text: str) -> Any:
    """Return a compiled pattern. Raise InvalidParameterValue (recorded: test_sqs_invalid_event_filter)."""
    try:
        return parse(text)
    except (BadPattern, ValueError):
        raise invalid("Invalid filter pattern definition.") from None
