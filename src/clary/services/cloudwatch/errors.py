"""CloudWatch's errors, by their codes in the API reference."""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel import AwsError


def invalid_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def invalid_combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def missing(message: str) -> AwsError:
    return AwsError("MissingParameter", message)


def validation_error(message: str) -> AwsError:
    """Return the error of GetMetricData and PutMetricAlarm for an invalid request."""
    return AwsError("ValidationError", message)


def invalid_queries(lines: Sequence[str]) -> AwsError:
    """Return GetMetricData's error, with a line for each broken rule and a newline at the end.

    Sources: getmoto/moto (test_get_metric_data_queries), elastic/beats#32687,
    prometheus-community/yet-another-cloudwatch-exporter#385.
    """
    return validation_error("".join(f"{line}\n" for line in lines))


def both_given(one: str, other: str) -> str:
    return f"The parameters {one} and {other} are mutually exclusive and you have specified both."


START_BEFORE_END = "The parameter StartTime must be less than the parameter EndTime."
START_IS_END = "The parameter StartTime must not equal parameter EndTime."
