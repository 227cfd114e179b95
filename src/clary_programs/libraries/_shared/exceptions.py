"""Errors that end an algorithm, by who caused them.

Source: aws/sagemaker-xgboost-container `sagemaker_algorithm_toolkit/exceptions.py`.
"""

from __future__ import annotations


class BaseToolkitError(Exception):
    """The base of the three; `message` names the error that it was caused by."""

    def __init__(self, message: str | None = None, caused_by: BaseException | None = None) -> None:
        self.message, self.caused_by = _text(message, caused_by), caused_by
        super().__init__(self.message)


class AlgorithmError(BaseToolkitError):
    """The algorithm is at fault."""


class UserError(BaseToolkitError):
    """The user's settings or data are at fault."""


class PlatformError(BaseToolkitError):
    """What the algorithm runs on is at fault."""


def _text(message: str | None, caused_by: BaseException | None) -> str:
    if caused_by is None:
        return message or "unknown error occurred"
    own = message or getattr(caused_by, "message", None) or str(caused_by)
    return f"{own} (caused by {type(caused_by).__name__})"
