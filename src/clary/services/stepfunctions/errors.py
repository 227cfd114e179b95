"""The errors of AWS Step Functions. The codes are the model's, the sentences AWS's own, from recordings of it."""

from __future__ import annotations

from collections.abc import Iterable

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Errors

ERRORS = Errors(
    missing_code="ResourceNotFound",
    missing="Resource not found: '{arn}'",
    taken_code="StateMachineAlreadyExists",
    taken="State Machine Already Exists: '{arn}'",
)


def invalid_arn(what: str) -> AwsError:
    """Return the error for an ARN that cannot be one of this kind."""
    return AwsError("InvalidArn", f"Invalid Arn: '{what}'")


def invalid_name(name: str) -> AwsError:
    """Return the error for a name with a character that names may not have."""
    return AwsError("InvalidName", f"Invalid Name: '{name}'")


def invalid_definition(findings: Iterable[object]) -> AwsError:
    """Return the error for a definition that cannot be run."""
    return AwsError(
        "InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(map(str, findings))}'"
    )


def no_machine(arn: str) -> AwsError:
    return AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def no_execution(arn: str) -> AwsError:
    return AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def no_activity(arn: str) -> AwsError:
    return AwsError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")


def no_resource(arn: str) -> AwsError:
    return AwsError("ResourceNotFound", f"Resource not found: '{arn}'")


def no_alias() -> AwsError:
    return AwsError("ResourceNotFound", "Request references a resource that does not exist.")


def wrong_type() -> AwsError:
    return AwsError(
        "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
    )


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message)


__all__ = [
    "ERRORS", "conflict", "invalid_arn", "invalid_definition", "invalid_name", "no_activity", "no_alias",
    "no_execution", "no_machine", "no_resource", "validation", "wrong_type",
]  # fmt: skip
