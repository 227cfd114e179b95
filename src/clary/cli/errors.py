"""The error of a command: one clear line that says what to do next. Knows no command."""

from __future__ import annotations


class CliError(Exception):
    """A failure to show to the user in one line. `status` is the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
