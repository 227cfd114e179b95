"""The only way for an operation to fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """An error in AWS's own words: code, sentence, HTTP status and the modelled members, if any.

    `headers` go onto the response (S3's `x-amz-*` hints); `members` into its body.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        status: int = 400,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members: Mapping[str, Any] = members or {}
        self.headers: Mapping[str, str] = headers or {}

    @property
    def senders_fault(self) -> bool:
        return self.status < 500


def validation(message: str) -> AwsError:
    """Return a ValidationException, the error of most JSON services for a request that makes no sense."""
    return AwsError("ValidationException", message)


def access_denied(message: str) -> AwsError:
    """Return the error of most JSON services when IAM says no."""
    return AwsError("AccessDeniedException", message, status=403)


def unavailable(message: str) -> AwsError:
    """Return what AWS answers when it cannot serve a request now; clients try again (CommonErrors in each API
    reference)."""
    return AwsError("ServiceUnavailable", message, status=503)


def not_implemented(service: str, operation: str) -> AwsError:
    """Return an operation that we do not have; says so rather than pretend."""
    return AwsError("NotImplemented", f"Clary does not implement {service}:{operation}.", status=501)
