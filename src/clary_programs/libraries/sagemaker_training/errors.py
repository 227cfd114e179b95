"""Errors that are the user's, and those of commands that failed."""

from __future__ import annotations

from clary_programs.serving.content import UnsupportedFormat
from clary_programs.toolkit.errors import CalledProcessError, ClientError

UnsupportedFormatError = UnsupportedFormat


class _CalledProcessError(CalledProcessError):
    """A command ended with an exit code other than 0; `output` is what it wrote to standard error."""

    def __init__(
        self,
        cmd: str | list[str],
        return_code: int | str | None = None,
        output: str | bytes | None = None,
        info: str | None = None,
    ) -> None:
        text = output.decode() if isinstance(output, bytes) else output or ""
        number = int(return_code) if str(return_code).lstrip("-").isdigit() else 1
        super().__init__(type(self).__name__, str(cmd), number, text, info)
        self.cmd, self.return_code, self.extra_info = cmd, str(return_code), info

    def __str__(self) -> str:
        # The toolkit writes the exit code as given, even None.
        return super().__str__().replace(f"ExitCode {self.exit_code}", f"ExitCode {self.return_code}", 1)


class InstallModuleError(_CalledProcessError):
    """A package could not be installed."""


class InstallRequirementsError(_CalledProcessError):
    """What `requirements.txt` names could not be installed."""


class ExecuteUserScriptError(_CalledProcessError):
    """The user's script failed."""


class ImportModuleError(ClientError):
    """A module could not be imported."""


class ChannelDoesNotExistError(Exception):
    """A channel of that name does not exist."""

    def __init__(self, channel_name: str) -> None:
        super().__init__(f"Channel {channel_name} is not a valid channel")


__all__ = [
    "ChannelDoesNotExistError",
    "ClientError",
    "ExecuteUserScriptError",
    "ImportModuleError",
    "InstallModuleError",
    "InstallRequirementsError",
    "UnsupportedFormatError",
]
