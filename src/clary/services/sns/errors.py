"""The errors of SNS. The sentences are AWS's, as recorded (recorded/sns)."""

from __future__ import annotations

from clary.kernel import AwsError


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {message}")


def invalid_attribute(message: str) -> AwsError:
    return invalid(f"Attributes Reason: {message}")


def bad_value(message: str) -> AwsError:
    return AwsError("ParameterValueInvalid", message)


def no_topic() -> AwsError:
    return AwsError("NotFound", "Topic does not exist", 404)


def no_subscription() -> AwsError:
    return AwsError("NotFound", "Subscription does not exist", 404)


def absent(operation: str, what: str) -> AwsError:
    """Return the refusal of something that is not there, by its name."""
    return AwsError("NotImplemented", f"Clary does not implement sns:{operation} with {what}.", 501)
