"""What a parameter's value may be: its size by tier, the user's pattern, its data type. Knows no table.

Source: PutParameter (API reference), "Managing parameter tiers"
(https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html).
"""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane.expressions import MATCHERS, Linear, OutOfTime, Unsupported

STANDARD, ADVANCED = 4_096, 8_192
_NUMBERED = re.compile(r"\\\d|\(\?\(|^\(\?[a-zA-Z]+\)")
_SECONDS = 0.5  # for a pattern that only Python's engine reads
# "Parameter data types in Parameter Store" (user guide); what is not there is refused by name, what AWS does not know by AWS.
_NOT_HERE = ("aws:ec2:image", "aws:ssm:integration", "integer", "float", "boolean", "json")


def check_value(value: str) -> None:
    """Raise ValidationException for an empty value, and for one that names another parameter."""
    if not value:
        said = "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
        raise validation(said + "greater than or equal to 1.")
    _, opened, rest = value.partition("{{")
    if opened and "}}" in rest:
        raise validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')


def check_size(value: str, tier: str) -> None:
    """Raise ValidationException for a value that is too long for the tier."""
    if tier == "Standard" and len(value) > STANDARD:
        raise validation(
            f"Standard tier parameters support a maximum parameter value of {STANDARD} characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        )
    if len(value) > ADVANCED:
        said = f"Advanced tier parameters support a maximum parameter value of {ADVANCED} characters."
        raise validation(said)


def check_data_type(facts: dict[str, Any]) -> None:
    """Raise NotImplemented for a data type of AWS's that is not here, ValidationException for any other one."""
    given = facts["DataType"]
    if given in _NOT_HERE:
        raise not_implemented("ssm", f"PutParameter with DataType {given}")
    if given != "text":
        said = f"The following data type is not supported: {given} (Data type names are all lowercase.)"
        raise validation(said)


def check_pattern(pattern: str, value: str) -> None:
    """Raise ParameterPatternMismatchException for a value in which the pattern does not occur, and
    InvalidAllowedPatternException for an invalid pattern or one that takes too long."""
    if pattern and not _matches(pattern, value):
        said = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise AwsError("ParameterPatternMismatchException", said)


def _matches(pattern: str, value: str) -> bool:
    try:
        return Linear(pattern).matches(value)
    except Unsupported:
        return _matches_elsewhere(pattern, value)


def _matches_elsewhere(pattern: str, value: str) -> bool:
    """Try a pattern that RE2 does not read, such as one with look-ahead, in a process with a time limit."""
    try:
        found = MATCHERS.search(_with_group(pattern), [value], _SECONDS)
    except OutOfTime:
        raise _invalid(pattern) from None
    if found.error:
        raise _invalid(pattern)
    return bool(found.lines)


def _with_group(pattern: str) -> str:
    """Return a pattern with an empty group, since lines are found by their first group. It comes first, unless that would
    change the numbers of groups that the pattern refers to or stand before its flags."""
    return f"{pattern}()" if _NUMBERED.search(pattern) else f"(){pattern}"


def _invalid(pattern: str) -> AwsError:
    said = f"The request does not meet the regular expression requirement: {pattern}"
    return AwsError("InvalidAllowedPatternException", said)
