"""Errors of KMS that several operations raise. Knows no table.

The sentences of key states are those of "Key states of AWS KMS keys" (KMS Developer Guide); the others are in recordings
of the service, or in users' reports that the tests name.
"""

from __future__ import annotations

from clary.kernel import AwsError


def not_found(message: str) -> AwsError:
    return AwsError("NotFoundException", message)


def no_key(arn: str) -> AwsError:
    """Return the error for a key that does not exist in its account and Region."""
    return not_found(f"Key '{arn}' does not exist")


def no_alias(arn: str) -> AwsError:
    return not_found(f"Alias {arn} is not found.")


def invalid_key_id(text: str) -> AwsError:
    return not_found(f"Invalid keyId '{text}'")


def disabled(arn: str) -> AwsError:
    return AwsError("DisabledException", f"{arn} is disabled.")


def invalid_state(message: str) -> AwsError:
    return AwsError("KMSInvalidStateException", message)


def unsupported(message: str) -> AwsError:
    return AwsError("UnsupportedOperationException", message)


def wrong_usage(message: str) -> AwsError:
    return AwsError("InvalidKeyUsageException", message)


def wrong_algorithm(algorithm: str, spec: str) -> AwsError:
    return wrong_usage(f"Algorithm {algorithm} is incompatible with key spec {spec}.")


def invalid_ciphertext() -> AwsError:
    """Return the error for a ciphertext that cannot be read. AWS says nothing more, so that nobody learns from it."""
    return AwsError("InvalidCiphertextException", "")


def incorrect_key() -> AwsError:
    message = "The key ID in the request does not identify a CMK that can perform this operation."
    return AwsError("IncorrectKeyException", message)


def limit_exceeded(message: str) -> AwsError:
    return AwsError("LimitExceededException", message)


def dry_run() -> AwsError:
    message = "The request would have succeeded, but the DryRun option is set."
    return AwsError("DryRunOperationException", message)


def internal(message: str) -> AwsError:
    return AwsError("KMSInternalException", message, 500)
