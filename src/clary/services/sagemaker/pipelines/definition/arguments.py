"""Whether the arguments of a step are those of the request that it makes, function by function and value by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.services.sagemaker.pipelines.definition import reading, shapes
from clary.services.sagemaker.pipelines.definition.functions import is_function
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.scope import ANY, Scope, constant_type
from clary.services.sagemaker.pipelines.definition.types import JSON

_LINEAGE = {"Actions": "CreateAction", "Artifacts": "CreateArtifact", "Contexts": "CreateContext"}
# What may stand where a type is expected, beside the type itself.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "Float": ("Integer",),
    "String": ("Timestamp",),
    "Timestamp": ("String", "Integer", "Float"),
}


def check_request(operation: str, value: JSON, place: str, scope: Scope) -> None:
    """Raise ValidationException for what an operation's request cannot have: an unknown member, a value of another type or
    outside of an enumeration, a list that is too long, a reference to what is not there."""
    _members(shapes.members(operation), value, place, scope)


def check_lineage(value: JSON, place: str, scope: Scope) -> None:
    """Raise ValidationException for what a Lineage step cannot make."""
    found = reading.structure(value, place)
    for name, inner in found.items():
        if name in _LINEAGE:
            for number, one in enumerate(reading.listed(inner, member(place, name))):
                check_request(_LINEAGE[name], one, member(member(place, name), number), scope)
        elif name == "Associations":
            for number, one in enumerate(reading.listed(inner, member(place, name))):
                _association(one, member(member(place, name), number), scope)
        else:
            raise unparsable(f"Unknown Argument member '{name}'.", place)


def _association(value: JSON, place: str, scope: Scope) -> None:
    found = reading.known(value, ("Source", "Destination", "AssociationType"), place)
    for name in ("Source", "Destination"):
        end = reading.known(reading.required(found, name, place), ("Arn", "Name", "Type"), place)
        if ("Arn" in end) == ("Name" in end) or ("Name" in end) != ("Type" in end):
            raise unparsable("It must have either Arn, or Name and Type.", member(place, name))
        for part, text in end.items():
            check_scalar("String", text, member(member(place, name), part), scope)
    if "AssociationType" in found:
        check_scalar("String", found["AssociationType"], member(place, "AssociationType"), scope)


def check_scalar(kind: str, value: JSON, place: str, scope: Scope) -> None:
    """Raise ValidationException unless a value, or the result of a function, is of a type."""
    if is_function(value):
        found = scope.type_of(value, place)
        if found not in (kind, ANY, *_ALSO.get(kind, ())):
            raise unparsable(f"Cannot assign {_named(value)} to argument of type [{kind}].", place)
        return
    found = constant_type(value)
    if found not in (kind, *_ALSO.get(kind, ())):
        raise unparsable(f"Cannot assign value of type [{found}] to argument of type [{kind}].", place)


def _named(value: Mapping[str, JSON]) -> str:
    """Return a function as AWS's sentence names it
    (https://github.com/aws/sagemaker-python-sdk/issues/4867)."""
    return f"property reference [{value['Get']}]" if "Get" in value else f"function {next(iter(value))}"


# by shapes -------------------------------------------------------------------------------------------------------


def _members(known: Mapping[str, Any], value: JSON, place: str, scope: Scope) -> None:
    for name, inner in reading.structure(value, place).items():
        if name not in known:
            raise unparsable(f"Unknown Argument member '{name}'.", place)
        _check(known[name], inner, member(place, name), scope)


def _check(shape: Any, value: JSON, place: str, scope: Scope) -> None:
    _CHECKS.get(shape.type_name, _scalar)(shape, value, place, scope)


def _structure(shape: Any, value: JSON, place: str, scope: Scope) -> None:
    if is_function(value):
        raise unparsable("Expecting start of Json Object.", place)
    _members(shape.members, value, place, scope)


def _map(shape: Any, value: JSON, place: str, scope: Scope) -> None:
    if is_function(value):
        raise unparsable("Expecting start of Json Object.", place)
    for name, inner in reading.structure(value, place).items():
        _check(shape.value, inner, member(place, name), scope)


def _list(shape: Any, value: JSON, place: str, scope: Scope) -> None:
    entries = reading.listed(value, place)
    most = shape.metadata.get("max")
    if most is not None and len(entries) > most:
        raise unparsable(f"Model Validation failed: '{shape.name}' can have at most {most} members.", place)
    for number, entry in enumerate(entries):
        _check(shape.member, entry, member(place, number), scope)


def _scalar(shape: Any, value: JSON, place: str, scope: Scope) -> None:
    check_scalar(shapes.TYPES[shape.type_name], value, place, scope)
    choices = shape.metadata.get("enum")
    if choices and isinstance(value, str) and value not in choices:
        raise unparsable(
            f"Model Validation failed: Value '{value}' for '{shape.name}' failed to satisfy enum value set: "
            f"[{', '.join(choices)}]",
            place,
        )


_CHECKS: Mapping[str, Callable[[Any, JSON, str, Scope], None]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
}
