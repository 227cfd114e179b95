"""Errors that are the user's, and those of commands that failed."""

from __future__ import annotations

from clary_programs.serving.content import UnsupportedFormat
from clary_programs.toolkit.errors import ClientError

UnsupportedFormatError = UnsupportedFormat


class _CalledProcessError(ClientError):
    """A command ended with an exit code other than 0; `output` is what it wrote to standard error."""

    def __init__(
        self, cmd: str | list[str], return_code: int | None = None, output: str | bytes | None = None
    ) -> None:
        super().__init__()
        self.cmd, self.return_code, self.output = cmd, return_code, output
        self.exit_code = return_code or 1

    def __str__(self) -> str:
        output = self.output.decode("latin1") if isinstance(self.output, bytes) else self.output
        return f'{type(self).__name__}:\nCommand "{self.cmd}"' + (f"\n{output.strip()}" if output else "")


class InstallModuleError(_CalledProcessError):
    """A package could not be installed."""


class ExecuteUserScriptError(_CalledProcessError):
    """The user's script failed."""


class ImportModuleError(ClientError):
    """A module could not be imported."""


class ChannelDoesNotExistException(Exception):
    """A channel of that name does not exist."""

    def __init__(self, channel_name: str) -> None:
        super().__init__(f"Channel {channel_name} is not a valid channel")


__all__ = [
    "ChannelDoesNotExistException",
    "ClientError",
    "ExecuteUserScriptError",
    "ImportModuleError",
    "InstallModuleError",
    "UnsupportedFormatError",
]
