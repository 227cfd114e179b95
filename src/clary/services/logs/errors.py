"""Errors of CloudWatch Logs that several operations raise. Knows no table."""

from __future__ import annotations

from clary.kernel import AwsError


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def not_found(kind: str) -> AwsError:
    """Return the error for a missing log group or log stream."""
    return AwsError("ResourceNotFoundException", f"The specified {kind} does not exist.")


def already_exists(kind: str) -> AwsError:
    """Return the error for a log group or log stream whose name is taken."""
    return AwsError("ResourceAlreadyExistsException", f"The specified {kind} already exists")
