"""Errors with a status of their own, which the model server answers with."""

from __future__ import annotations

from clary_programs.serving.content import UnsupportedFormat

UnsupportedFormatError = UnsupportedFormat


class BaseInferenceToolkitError(Exception):
    """An error whose status, message and phrase the script chooses."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(status_code, message, phrase)
        self.status_code, self.message, self.phrase = status_code, message, phrase

    def __str__(self) -> str:
        return self.message


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """An error that is not of a kind of its own."""

    def __init__(self, status_code: int, message: str | None = None, phrase: str | None = None) -> None:
        message = message or "Invalid Request"
        super().__init__(status_code, message, phrase or message)
