"""Failures that are the user's, with the text AWS's toolkit gives them.

Source: aws/sagemaker-training-toolkit `errors.py`.
"""

from __future__ import annotations


class ClientError(Exception):
    """The user's code or its description is at fault."""

    exit_code = 1


class CalledProcessError(ClientError):
    """A command ended with an exit code other than 0."""

    def __init__(self, name: str, command: str, exit_code: int, output: str = "", info: str | None = None):
        super().__init__(name)
        self.name, self.command, self.output, self.info = name, command, output, info
        self.exit_code = exit_code

    def __str__(self) -> str:
        lines = [f"{self.name}:", f"ExitCode {self.exit_code}", f'ErrorMessage "{self.output}"']
        if self.info is not None:
            lines.append(f'ExtraInfo "{self.info}"')
        return "\n".join([*lines, f'Command "{self.command}"'])
