"""The errors of federation, with AWS's sentences where they are known (recorded by users in public; API reference)."""

from __future__ import annotations

from clary.kernel import AwsError


def invalid(message: str) -> AwsError:
    """Return the error of a token or an assertion that is not accepted."""
    return AwsError("InvalidIdentityToken", message)


def rejected(message: str) -> AwsError:
    return AwsError("IDPRejectedClaim", message, 403)


def expired(message: str) -> AwsError:
    return AwsError("ExpiredTokenException", message)


def unreachable(message: str) -> AwsError:
    return AwsError("IDPCommunicationError", message)


def not_trusted(action: str) -> AwsError:
    """Return the error where no role of this name trusts the provider: it does not say which of the two it is."""
    return AwsError("AccessDenied", f"Not authorized to perform {action}", 403)
