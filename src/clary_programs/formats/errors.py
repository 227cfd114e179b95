"""What can be wrong with a body. The message is fit to be shown to whoever sent it."""

from __future__ import annotations


class FormatError(Exception):
    """The body is not what its content type says."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnsupportedMediaType(FormatError):
    """No reader or writer exists for this content type."""
