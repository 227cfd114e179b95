"""The process that runs expressions which RE2 does not accept, with a limit of CPU seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROGRAM = Path(__file__).with_name("matcher_program.py")


class OutOfTime(Exception):
    """The expression needed more time or memory than allowed. The process has ended; the next question starts
    another."""


class Found(NamedTuple):
    """The result of a search.

    `error` says why the expression is invalid. `lines` has the number of each matching line with the text of
    the first group. `seconds` is the CPU time used.
    """

    error: str
    groups: int
    lines: list[tuple[int, str]]
    seconds: float


class Matcher:
    """One process, started with its first question, for one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def search(self, expression: str, lines: Sequence[str], seconds: float) -> Found:
        """Search every line, using at most `seconds` of CPU. Raise OutOfTime."""
        answer = self._ask(json.dumps([max(seconds, 0.001), expression, lines]))
        if not answer:
            self.close()
            raise OutOfTime(expression)
        used, error, groups, found = json.loads(answer)
        return Found(error, groups, [(number, text) for number, text in found], used)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, question: str) -> str:
        """Return the answer; empty if the process ended."""
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(question + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        return ""


class Matchers:
    """Processes for concurrent questions, one per question."""

    def __init__(self) -> None:
        self._idle: deque[Matcher] = deque()

    def search(self, expression: str, lines: Sequence[str], seconds: float) -> Found:
        """Search like Matcher.search, from any thread."""
        try:
            matcher = self._idle.pop()
        except IndexError:
            matcher = Matcher()
        try:
            return matcher.search(expression, lines, seconds)
        finally:
            self._idle.append(matcher)

    def close(self) -> None:
        """End the idle processes."""
        while self._idle:
            self._idle.pop().close()


MATCHERS = Matchers()
"""The matchers of this process."""


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", str(_PROGRAM)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
    )
