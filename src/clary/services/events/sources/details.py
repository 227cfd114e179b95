"""The detail of an event about a record: what Describe shows of it, with times in milliseconds, as AWS's services write it."""

from __future__ import annotations

from typing import Any

from clary.plane import Record
from clary.plane.port import Plane

Params = dict[str, Any]


def described(platform: Plane, record: Record, operation: str) -> Params:
    """Return what an operation such as DescribeTrainingJob shows of a record."""
    service, _, name = record.kind.partition(":")
    known = platform.services[service]
    shape = known.model.operations[operation].output
    return _shown(shape, known.nouns[name].describe(record))


def _shown(shape: Any, value: Any) -> Any:
    """Return a value in the members that a shape has."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _shown(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [_shown(shape.member, one) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _shown(shape.value, one) for name, one in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return int(value * 1000)
    return value
