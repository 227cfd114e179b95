"""What can be wrong with a body. The messages may be shown to its sender."""

from __future__ import annotations


class FormatError(Exception):
    """The body is not what its content type says."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooWide(FormatError):
    """A sparse row names a feature whose index is more than can be held."""

    def __init__(self, columns: int) -> None:
        super().__init__(f"a row names feature {columns - 1}, which is beyond what can be held")
        self.columns = columns


class UnsupportedMediaType(FormatError):
    """No reader or writer exists for this content type."""
