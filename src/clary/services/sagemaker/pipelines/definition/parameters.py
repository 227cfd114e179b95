"""The parameters that a definition declares."""

from __future__ import annotations

from collections.abc import Mapping

from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON, Parameter, Scalar

MOST_PARAMETERS = 200  # of ListPipelineParametersForExecution in AWS's model
_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (float, int),
    "Boolean": (bool,),
}
_MEMBERS = ("Name", "Type", "DefaultValue", "EnumValues", "Description")


def parse_parameters(value: JSON) -> tuple[Parameter, ...]:
    """Return the declared parameters. Raise ValidationException for what is wrong with one."""
    entries = reading.listed(value, "Parameters")
    if len(entries) > MOST_PARAMETERS:
        raise unparsable(f"It has more than {MOST_PARAMETERS} parameters.")
    found = tuple(_parameter(entry, member("Parameters", place)) for place, entry in enumerate(entries))
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise unparsable(f"Duplicate parameter name '{name}'.", "Parameters")
    return found


def _parameter(value: JSON, place: str) -> Parameter:
    found = reading.known(value, _MEMBERS, place)
    name = reading.name_of(reading.required(found, "Name", place), member(place, "Name"))
    place = f"parameter {name}"
    kind = found.get("Type", "String")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise unparsable(f"Unknown parameter type '{kind}'.", place)
    choices = _choices(found, kind, place)
    default = _default(found, kind, choices, place)
    about = reading.some_text(found, "Description", place, reading.LONGEST_DESCRIPTION)
    return Parameter(name, kind, default, choices, about)


def _choices(found: Mapping[str, JSON], kind: str, place: str) -> tuple[str, ...]:
    """Return the EnumValues, which String parameters alone may have."""
    if not found.get("EnumValues"):
        return ()
    if kind != "String":
        raise unparsable(f"A parameter of type {kind} cannot have EnumValues.", place)
    return tuple(reading.text(one, place) for one in reading.listed(found["EnumValues"], place))


def _default(found: Mapping[str, JSON], kind: str, choices: tuple[str, ...], place: str) -> Scalar | None:
    value = found.get("DefaultValue")
    if value is None:
        return None
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "Boolean"):
        raise unparsable(f"The default value does not match the parameter type {kind}.", place)
    if choices and value not in choices:
        raise unparsable(f"The default value '{value}' is not one of [{', '.join(choices)}].", place)
    return float(value) if kind == "Float" else value
