"""The errors of AWS Lambda. Sentences are those of recorded answers of the real service."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Errors

ERRORS = Errors(
    missing_code="ResourceNotFoundException",
    missing="Function not found: {arn}",
    taken_code="ResourceConflictException",
    taken="Function already exist: {id}",
)


def _error(code: str, message: str, status: int, **members: Any) -> AwsError:
    return AwsError(code, message, status, {"Type": "User", **members})


def invalid(message: str) -> AwsError:
    """Return the error for a parameter that makes no sense."""
    return _error("InvalidParameterValueException", message, 400)


def not_found(message: str) -> AwsError:
    """Return the error for a resource that is not there."""
    return _error("ResourceNotFoundException", message, 404)


def no_function(arn: str) -> AwsError:
    """Return the error for a function, version or alias that is not there."""
    return not_found(f"Function not found: {arn}")


def no_alias(arn: str) -> AwsError:
    """Return the error for an alias that an operation on aliases does not find."""
    return not_found(f"Cannot find alias arn: {arn}")


def conflict(message: str) -> AwsError:
    """Return the error for a resource that is there already, or is in a state that forbids this."""
    return _error("ResourceConflictException", message, 409)


def in_use(message: str) -> AwsError:
    """Return the error for a resource that something else needs."""
    return _error("ResourceInUseException", message, 400)


def stale(what: str) -> AwsError:
    """Return the error for a RevisionId that is not the latest; `what` names the operations that tell it."""
    said = "The Revision Id provided does not match the latest Revision Id. "
    return _error(
        "PreconditionFailedException", f"{said}Call the {what} API to retrieve the latest Revision Id", 412
    )


def throttled(reason: str) -> AwsError:
    """Return the error for an invocation above the limit that `reason` names."""
    return _error("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason)


def too_large(size: int, limit: int) -> AwsError:
    """Return the error for a payload above a limit (bytes)."""
    said = f"{size} byte payload is too large for the RequestResponse invocation type (limit {limit} bytes)"
    return _error("RequestTooLargeException", said, 413)
