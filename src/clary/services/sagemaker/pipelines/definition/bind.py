"""The values of a pipeline's parameters in one execution. The sentences are those of the SageMaker SDK's local mode, which
repeats the service's checks (class `_LocalPipelineExecution` of `sagemaker.local.entities`)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from clary.kernel.errors import validation
from clary.services.sagemaker.pipelines.definition.types import Definition, Parameter, Scalar

_INTEGER = re.compile(r"[+-]?\d{1,19}")
_FLOAT = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?")
_BOOLEANS = {"true": True, "false": False}


def bind(definition: Definition, given: Mapping[str, str]) -> dict[str, Scalar]:
    """Return the value of each parameter: what the execution gives, or else the default. Raise ValidationException for an
    unknown parameter, a value of another type or not among the choices, and a parameter without any value."""
    declared = {one.name: one for one in definition.parameters}
    for name in given:
        if name not in declared:
            raise validation(f"Unknown parameter '{name}'")
    return {name: _value(one, given.get(name)) for name, one in declared.items()}


def _value(parameter: Parameter, said: str | None) -> Scalar:
    if said is not None:
        return _typed(parameter, said)
    if parameter.default is None:
        raise validation(f"Parameter '{parameter.name}' is undefined.")
    return parameter.default


def _typed(parameter: Parameter, said: str) -> Scalar:
    value = _read(parameter.type, said)
    if value is None:
        raise validation(
            f"Unexpected type for parameter '{parameter.name}'. Expected {parameter.type} but found '{said}'."
        )
    if value == "":
        raise validation(
            f'Parameter {parameter.name} value "" is too short (length: 0, required minimum: 1).'
        )
    if parameter.choices and value not in parameter.choices:
        raise validation(
            f"Parameter '{parameter.name}' value '{value}' is not one of [{', '.join(parameter.choices)}]."
        )
    return value


def _read(kind: str, said: str) -> Scalar | None:
    """Return the value that a text means for a type; None where it means none."""
    if kind == "String":
        return said
    if kind == "Integer":
        return int(said) if _INTEGER.fullmatch(said) else None
    if kind == "Boolean":
        return _BOOLEANS.get(said.lower())
    number = float(said) if _FLOAT.fullmatch(said) else math.inf
    return number if math.isfinite(number) else None


def shown(value: Scalar) -> str:
    """Return a value as a text: in a Join, and as ListPipelineParametersForExecution shows it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
