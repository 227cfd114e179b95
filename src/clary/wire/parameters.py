"""Broken rules in the words of CloudWatch's operations on metrics, which have none of the common sentence.

One line a rule: `The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, ... ].` What is missing is
of another code than what is wrong. Sources, beside the constraints of the model: awslabs/collectd-cloudwatch#46 (sets,
lines), sj26/sidekiq-cloudwatchmetrics#43 (required), aws/amazon-cloudwatch-agent#240 (length),
aws/aws-sdk-java-v2#3080 (collections).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from clary.kernel import AwsError
from clary.wire.constraints import Constraints, constraints_of
from clary.wire.violations import MOST, Path, Violation, Violations, segments

_MISSING = "MissingParameter"


def parameter_error(code: str, violations: Violations) -> AwsError:
    """Return the error with a line for each rule. ValidationError is also the code of what is missing, and
    ends each line."""
    lines = list(islice((line for violation in violations for line in _lines(violation)), MOST))
    if code == "ValidationError":
        return AwsError(code, "".join(f"{line}\n" for line in dict.fromkeys(line for _, line in lines)))
    first = _MISSING if lines[0][0] else code
    return AwsError(first, "\n".join(dict.fromkeys(line for _, line in lines)))


def required(parameter: str) -> str:
    """Return the line for what is missing."""
    return f"The parameter {parameter} is required."


def too_many(collection: str, most: float) -> str:
    """Return the line for a list that is too long."""
    return f"The collection {collection} must not have a size greater than {most}."


def not_in_set(parameter: str, allowed: tuple[Any, ...]) -> str:
    """Return the line for a value that is not in the list of allowed values."""
    return f"The parameter {parameter} must be a value in the set [ {', '.join(map(str, allowed))} ]."


def _lines(violation: Violation) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it tells of something missing."""
    parameter, shape, value = _spelled(violation.path), violation.shape, violation.value
    if value is None or shape is None:
        yield True, required(parameter)
    elif shape.type_name == "list":
        yield from _of_list(parameter, shape, value)
    else:
        yield from _of_scalar(parameter, constraints_of(shape), value)


def _of_list(parameter: str, shape: Any, values: list[Any]) -> Iterator[tuple[bool, str]]:
    limits, members = constraints_of(shape), constraints_of(shape.member)
    if limits.high is not None and len(values) > limits.high:
        yield False, too_many(parameter, limits.high)
    elif limits.low is not None and len(values) < limits.low:
        yield True, required(parameter)
    else:
        for at, value in enumerate(values, 1):
            yield from _of_scalar(f"{parameter}.member.{at}", members, value)


def _of_scalar(parameter: str, limits: Constraints, value: Any) -> Iterator[tuple[bool, str]]:
    if value is None or (value == "" and limits.low):
        yield True, required(parameter)
    elif not limits.free and not limits.accepts(value):
        yield False, _wrong(parameter, limits, value)


def _wrong(parameter: str, limits: Constraints, value: Any) -> str:
    if limits.enum:
        return not_in_set(parameter, limits.enum)
    if isinstance(value, int | float):
        low = limits.low is not None and value < limits.low
        bound = f"greater than or equal to {limits.low}" if low else f"less than or equal to {limits.high}"
        return f"The parameter {parameter} must be {bound}."
    if limits.high is not None and len(value) > limits.high:
        return f"The parameter {parameter} must be shorter than {limits.high + 1} characters."
    return f"The value {value} for parameter {parameter} is invalid."


def _spelled(path: Path) -> str:
    """Return a path as CloudWatch's Query interface has it: `MetricData.member.1.Unit`."""
    return ".".join(_segment(segment) for segment in segments(path))


def _segment(segment: str) -> str:
    position, _, member = segment.partition(".")
    return f"{member}.{position}" if member else segment[:1].upper() + segment[1:]
