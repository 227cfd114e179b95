"""Commands of the AWS CLI on the live platform, without the start of two interpreters for each (scripts/aws_commands.py)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.sdk.clients import CLI, python_of
from tests.sdk.running import SCRIPTS, command, environment
from tests.support.live import Live

Aws = Callable[..., str]


class AwsCli:
    """One process that runs commands, one after the other."""

    def __init__(self, live: Live) -> None:
        self._process = subprocess.Popen(
            command(live, python_of(CLI), SCRIPTS / "aws_commands.py"),
            env=environment(live),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, *words: str, input: bytes | None, status: int) -> str:
        """Return what a command says, standard error last, once it ended with `status`."""
        given, output, errors = (folder / f".{name}" for name in ("input", "output", "errors"))
        given.write_bytes(input or b"")
        wanted = {"input": given, "output": output, "errors": errors, "folder": folder}
        ended = self._ask({"words": words, **{name: str(path) for name, path in wanted.items()}})
        said = (output.read_bytes() + errors.read_bytes()).decode(errors="replace")
        assert ended == status, f"{words}: {ended}\n{said[-6000:]}"
        return said

    def _ask(self, command: dict[str, object]) -> int:
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(command) + os.linesep)
        process.stdin.flush()
        return int(process.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate(timeout=20)
