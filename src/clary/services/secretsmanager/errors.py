"""The errors of Secrets Manager. The sentences are AWS's, as recorded or reported."""

from __future__ import annotations

from clary.kernel import AwsError


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def not_found() -> AwsError:
    """Return the error for a secret that is not there (recorded: test_secret_not_found)."""
    return AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def no_value(what: str) -> AwsError:
    """Return the error for a version that is not there (recorded: test_secret_version_not_found)."""
    said = f"Secrets Manager can't find the specified secret value for {what}"
    return AwsError("ResourceNotFoundException", said)


def marked_for_deletion() -> AwsError:
    """Return the error for a secret in its recovery window (recorded: test_tag_untag_resource_on_deleted_secret)."""
    return invalid_request(
        "You can't perform this operation on the secret because it was marked for deletion."
    )
