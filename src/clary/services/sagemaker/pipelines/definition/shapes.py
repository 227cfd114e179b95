"""What AWS's model says of the arguments and the properties of steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from clary.services.sagemaker.pipelines.definition.kinds import KINDS
from clary.services.sagemaker.pipelines.definition.paths import Path, is_name
from clary.wire import load

# The types of values in pipelines, as AWS's errors call them, by the types of AWS's model.
TYPES: Mapping[str, str] = {
    "string": "String",
    "blob": "String",
    "integer": "Integer",
    "long": "Integer",
    "float": "Float",
    "double": "Float",
    "boolean": "Boolean",
    "timestamp": "Timestamp",
    "structure": "Structure",
    "list": "List",
    "map": "Map",
}
SCALARS = ("String", "Integer", "Float", "Boolean", "Timestamp")
# Members of requests that the definitions of pipelines do not have.
_NOT_IN_PIPELINES = {"CreateModelPackage": ("ModelPackageName", "ClientToken")}


@cache
def members(operation: str) -> Mapping[str, Any]:
    """Return the members that the arguments of a step may have. Model packages get their names from their groups, and a
    definition that says one is refused (https://github.com/aws/sagemaker-python-sdk/pull/3472)."""
    left_out = _NOT_IN_PIPELINES.get(operation, ())
    return {
        name: shape
        for name, shape in load("sagemaker").operations[operation].input_members.items()
        if name not in left_out
    }


@cache
def properties(kind: str) -> Mapping[str, Any]:
    """Return what a step of this type shows: its members, each a shape of the model."""
    found: dict[str, Any] = {}
    for operation in KINDS[kind].describes:
        answer = load("sagemaker").operations[operation].output_members
        found.update({name: shape for name, shape in answer.items() if name not in found})
    return found


def type_at(kind: str, path: Path) -> str:
    """Return the type of what a step of this type shows at a path. Raise LookupError where it shows nothing."""
    if path and f"{path[0]}[]" in KINDS[kind].shows and all(isinstance(part, str) for part in path):
        return ("Map", "String")[len(path) - 1]
    if len(path) == 1 and path[0] in KINDS[kind].shows:
        return "String"
    shape = properties(kind)[path[0]]  # type: ignore[index]
    for part in path[1:]:
        shape = _inside(shape, part)
    return TYPES[shape.type_name]


def _inside(shape: Any, part: str | int) -> Any:
    """Return the shape of a member, an entry or an element; raise LookupError where there is none."""
    if shape.type_name == "structure":
        return shape.members[part]
    if shape.type_name == "map" and isinstance(part, str):
        return shape.value
    if shape.type_name == "list" and (isinstance(part, int) or _has_names(shape.member)):
        return shape.member
    raise LookupError(part)


def _has_names(shape: Any) -> bool:
    return shape.type_name == "structure" and any(map(is_name, shape.members))
