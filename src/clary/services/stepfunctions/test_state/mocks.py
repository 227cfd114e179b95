"""What stands in for a task: its checks, and whether it fits what the operation answers."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.targets import target_of
from clary.services.stepfunctions.interpreter.definition import State
from clary.services.stepfunctions.language.resources import read
from clary.services.stepfunctions.language.texts import is_number, load

MOCKED = ("Task", "Map", "Parallel")
_BEFORE = "Mock result schema validation error: "


def result_of(mock: dict[str, Any]) -> Any:
    """Return the result of a mock. Raise ValidationException for one that is not JSON."""
    try:
        return load(mock["result"])
    except ValueError:
        raise validation("Mocked result must be proper JSON") from None


def check(platform: Plane, state: State, mock: dict[str, Any], reveals: bool) -> None:
    """Raise ValidationException, InvalidDefinition for a mock that the state cannot have."""
    if "result" in mock and "errorOutput" in mock:
        raise validation("A test mock should have only one of the following fields: [result, errorOutput].")
    if reveals:
        raise validation("TestState does not support RevealSecrets when a mock is specified.")
    if state.kind not in MOCKED:
        raise validation(f"State type '{state.kind}' is not supported when a mock is specified")
    if "result" in mock:
        _check_result(platform, state, result_of(mock), mock.get("fieldValidationMode", "STRICT"))


def _check_result(platform: Plane, state: State, result: Any, mode: str) -> None:
    if state.kind == "Task":
        _check_answer(platform, state, result, mode)
    elif state.kind == "Map" and "ResultWriter" in state.raw:
        if not isinstance(result, dict):
            raise validation("Mocked result must be a JSON object.")
    elif not isinstance(result, list):
        raise validation("Mocked result must be an array.")
    elif state.kind == "Parallel" and len(result) != len(state.inner):
        raise validation(
            "Mocked result must contain the same number of items as number of Parallel branches."
        )


def _check_answer(platform: Plane, state: State, result: Any, mode: str) -> None:
    resource = read(state.raw["Resource"])
    target = target_of(platform, resource) if resource.family == "service" and mode != "NONE" else None
    if target is None or resource.pattern:
        return
    shape = platform.services[target.service].model.operations[target.operation].output
    if shape is None or not isinstance(result, dict):
        return
    _structure(shape, result, mode == "STRICT")


def _structure(shape: Any, value: Any, strict: bool) -> None:
    """Check the members of the model that are there; in the mode STRICT required ones must be."""
    members = {name[:1].upper() + name[1:]: inner for name, inner in shape.members.items()}
    for name in shape.required_members if strict else ():
        if name[:1].upper() + name[1:] not in value:
            raise _refusal(f"Required field '{name[:1].upper() + name[1:]}' is missing")
    for name, one in value.items():
        if name in members and one is not None:
            _value(members[name], one, name, strict)


def _value(shape: Any, value: Any, name: str, strict: bool) -> None:
    kind = shape.type_name
    if kind == "structure":
        _need(isinstance(value, dict), name, "an object")
        _structure(shape, value, strict)
    elif kind == "list":
        _need(isinstance(value, list), name, "an array")
        for one in value:
            _value(shape.member, one, name, strict)
    elif kind in ("integer", "long", "float", "double"):
        _need(is_number(value), name, "a number")
        _bounds(shape, value, name)
    elif kind == "boolean":
        _need(isinstance(value, bool), name, "a boolean")
    elif kind == "string":
        _need(isinstance(value, str), name, "a string")
        if shape.enum and value not in shape.enum:
            raise _refusal(f"Field '{name}' is not an expected value")


def _bounds(shape: Any, value: float, name: str) -> None:
    if value < shape.metadata.get("min", value):
        raise _refusal(f"Field '{name}' is less than the minimum value")
    if value > shape.metadata.get("max", value):
        raise _refusal(f"Field '{name}' exceeds the maximum value")


def _need(fits: bool, name: str, kind: str) -> None:
    if not fits:
        raise _refusal(f"Field '{name}' must be {kind}")


def _refusal(problem: str) -> AwsError:
    return validation(f"{_BEFORE}{problem}")
