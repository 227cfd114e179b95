"""Whether the steps of a definition can be carried out: arguments, conditions, options and property files."""

from __future__ import annotations

from collections.abc import Iterator

from clary.services.sagemaker.pipelines.definition.arguments import (
    check_lineage,
    check_request,
    check_scalar,
)
from clary.services.sagemaker.pipelines.definition.conditions import ORDERS, comparisons, operands
from clary.services.sagemaker.pipelines.definition.functions import is_function, is_property
from clary.services.sagemaker.pipelines.definition.kinds import KINDS
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.scope import ANY, Scope, constant_type
from clary.services.sagemaker.pipelines.definition.shapes import SCALARS
from clary.services.sagemaker.pipelines.definition.types import JSON, AllOf, Comparison, Step

_OPTIONS = {"SkipCheck": "Boolean", "FailOnViolation": "Boolean", "RegisterNewBaseline": "Boolean"}
_NUMBERS = ("Integer", "Float")


def check_step(step: Step, scope: Scope) -> None:
    """Raise ValidationException, naming step and member, for what an execution could not do."""
    place = member(f"step {step.name}", "Arguments")
    if step.condition is not None:
        _check_condition(step.condition, member(place, "Conditions"), scope)
    elif step.type == "Lineage":
        check_lineage(step.arguments, place, scope)
    elif step.type == "Fail":
        _check_fail(step.arguments, place, scope)
    else:
        check_request(KINDS[step.type].creates, step.arguments, place, scope)
    for name, value in step.options.items():
        check_scalar(_OPTIONS.get(name, "String"), value, member(f"step {step.name}", name), scope)
    _check_quality(step)
    _check_files(step)


def _check_fail(arguments: JSON, place: str, scope: Scope) -> None:
    for name, value in arguments.items():
        if name != "ErrorMessage":
            raise unparsable(f"Unknown Argument member '{name}'.", place)
        check_scalar("String", value, member(place, name), scope)


def _check_quality(step: Step) -> None:
    if step.type == "QualityCheck" and step.options.get("CheckType") != "DATA_QUALITY":
        raise unparsable("CheckType must be DATA_QUALITY or MODEL_QUALITY.", f"step {step.name}")


def _check_condition(condition: AllOf, place: str, scope: Scope) -> None:
    for value in operands(condition):
        _operand(value, place, scope)
    for comparison in comparisons(condition):
        _check_order(comparison, place, scope)


def _operand(value: JSON, place: str, scope: Scope) -> str:
    """Return the type of a value in a condition. Raise ValidationException for one that cannot be compared."""
    kind = scope.type_of(value, place) if is_function(value) else constant_type(value)
    if kind not in (*SCALARS, ANY):
        raise unparsable(f"A value of type {kind} cannot be compared.", place)
    return kind


def _check_order(comparison: Comparison, place: str, scope: Scope) -> None:
    """Raise ValidationException unless one of two values can be greater: both are numbers or both are texts."""
    if comparison.operator not in ORDERS:
        return
    left, right = (_ordered(value, place, scope) for value in (comparison.left, comparison.right))
    groups = [_NUMBERS if kind in _NUMBERS else (kind,) for kind in (left, right) if kind != ANY]
    if "Boolean" in (left, right) or (len(groups) == 2 and groups[0] != groups[1]):
        raise unparsable(f"{comparison.operator} cannot compare {left} with {right}.", place)


def _ordered(value: JSON, place: str, scope: Scope) -> str:
    """Return the type of a value that has an order. A property that is a text may say a number, as all hyperparameters do:
    AWS takes a condition that compares one with a number (test_steps_with_map_params_pipeline in the SDK's tests)."""
    kind = _operand(value, place, scope)
    return ANY if kind == "String" and is_property(value) else kind


def _check_files(step: Step) -> None:
    """Raise ValidationException for a property file in an output that the processing job does not have."""
    outputs = set(_output_names(step.arguments)) if step.property_files else set()
    for file in step.property_files:
        if file.output not in outputs:
            place = member(f"step {step.name}", "PropertyFiles")
            raise unparsable(f"There is no output '{file.output}' for property file '{file.name}'.", place)


def _output_names(arguments: JSON) -> Iterator[str]:
    for output in arguments.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if isinstance(output.get("OutputName"), str):
            yield output["OutputName"]
