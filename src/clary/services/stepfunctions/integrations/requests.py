"""Makes the request of an operation from the arguments of a task, whose members begin with a capital letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.targets import Target
from clary.services.stepfunctions.language.texts import dump, is_integer, is_number
from clary.services.stepfunctions.language.timestamps import seconds_of


class Unfit(Exception):
    """The arguments do not fit the operation; the message says which one."""


def request_of(platform: Plane, target: Target, arguments: Any) -> dict[str, Any]:
    """Return the request. Raise Unfit."""
    shape = platform.services[target.service].model.operations[target.operation].input
    if not isinstance(arguments, dict):
        raise Unfit("The value must be an object")
    if shape is None:
        return {}
    found = _structure(shape, arguments, "")
    if target.service == "lambda" and "Payload" in arguments:
        found["Payload"] = dump(arguments["Payload"]).encode()
    return found


def _structure(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(path)
    folded = {name.lower(): name for name in shape.members}
    found: dict[str, Any] = {}
    for name, one in value.items():
        member = name if name in shape.members else folded.get(name.lower())
        if member is None or not name[:1].isupper():
            raise Unfit(f'The field "{name}" is not supported by Step Functions')
        if one is not None or shape.members[member].type_name in ("string", "blob"):
            found[member] = _value(shape.members[member], one, name)
    return found


def _value(shape: Any, value: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return value if getattr(shape, "is_document_type", False) else _structure(shape, value, path)
    if kind == "list":
        if not isinstance(value, list):
            raise _invalid(path)
        return [_value(shape.member, one, path) for one in value]
    if kind == "map":
        if not isinstance(value, dict):
            raise _invalid(path)
        return {name: _value(shape.value, one, path) for name, one in value.items()}
    return _SCALARS[kind](value, path)


def _text(value: Any, path: str) -> str:
    """Return a text; what is something else is written as JSON, as for `Input` of StartExecution."""
    return value if isinstance(value, str) else dump(value)


def _bytes(value: Any, path: str) -> bytes:
    return _text(value, path).encode()


def _whole(value: Any, path: str) -> int:
    if not is_integer(value):
        raise _invalid(path)
    return int(value)


def _number(value: Any, path: str) -> float:
    if not is_number(value):
        raise _invalid(path)
    return value


def _truth(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _invalid(path)
    return value


def _moment(value: Any, path: str) -> float:
    found = value if is_number(value) else seconds_of(value)
    if found is None:
        raise _invalid(path)
    return found


def _invalid(path: str) -> Unfit:
    return Unfit(f"The value of the field '{path}' has an invalid format")


_SCALARS: dict[str, Callable[[Any, str], Any]] = {
    "string": _text,
    "character": _text,
    "blob": _bytes,
    "integer": _whole,
    "long": _whole,
    "float": _number,
    "double": _number,
    "boolean": _truth,
    "timestamp": _moment,
}
