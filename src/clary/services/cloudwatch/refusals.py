"""The errors of CloudWatch, by their codes in the API reference."""

from __future__ import annotations

import math

from clary.kernel import AwsError


def invalid_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def invalid_combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def missing(message: str) -> AwsError:
    return AwsError("MissingParameter", message)


def validation_error(message: str) -> AwsError:
    """What GetMetricData and PutMetricAlarm say to a request that makes no sense."""
    return AwsError("ValidationError", message)


def both_given(one: str, other: str) -> str:
    return f"The parameters {one} and {other} are mutually exclusive and you have specified both."


def shown(number: float) -> str:
    """A number as the sentences quote it."""
    if math.isnan(number):
        return "NaN"
    return ("Infinity" if number > 0 else "-Infinity") if math.isinf(number) else str(number)


START_BEFORE_END = "The parameter StartTime must be less than the parameter EndTime."
