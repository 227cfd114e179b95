"""The processes that evaluate JSONata: one for each question that is asked at once."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import orjson

from clary.services.stepfunctions.language.texts import dump

_PROGRAM = Path(__file__).with_name("evaluator_program.py")
_MOST = 8  # processes
SECONDS = 5.0
"""CPU time that the expressions of one field may take."""


class Undefined:
    """The value of an expression that returned nothing."""


UNDEFINED = Undefined()


class Problem(Exception):
    """An expression that failed: its number among those that were asked, and why."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.message = message


class _Evaluator:
    """One process, started with its first question, for one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: bytes) -> bytes:
        """Return the answer; empty if the process ended."""
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(question + b"\n")
            process.stdin.flush()
            return process.stdout.readline()
        return b""

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


class Evaluators:
    """Processes for concurrent questions. Any thread may ask."""

    def __init__(self) -> None:
        self._idle: deque[_Evaluator] = deque()
        self._free = BoundedSemaphore(_MOST)

    def evaluate(self, texts: Sequence[str], bindings: Mapping[str, Any]) -> list[Any]:
        """Return the values of expressions; UNDEFINED for one that returns nothing. Raise Problem."""
        found = self._answers(texts, bindings)
        for number, answer in enumerate(found):
            if answer[0] == 2:
                raise Problem(number, answer[1])
        return [UNDEFINED if answer[0] == 1 else answer[1] for answer in found]

    def problems(self, texts: Sequence[str]) -> list[str | None]:
        """Return for each expression why it cannot be read, or None."""
        try:
            return [answer[1] if answer[0] == 2 else None for answer in self._answers(texts, None)]
        except Problem as problem:
            return [problem.message for _ in texts]

    def _answers(self, texts: Sequence[str], bindings: Mapping[str, Any] | None) -> list[list[Any]]:
        question = dump([SECONDS, list(texts), None if bindings is None else dict(bindings)]).encode()
        with self._free:
            return self._asked(question)

    def _asked(self, question: bytes) -> list[list[Any]]:
        try:
            evaluator = self._idle.pop()
        except IndexError:
            evaluator = _Evaluator()
        try:
            answer = evaluator.ask(question)
            if not answer:
                evaluator.close()
                raise Problem(0, "The expression took too much time or memory.")
            return orjson.loads(answer)
        finally:
            self._idle.append(evaluator)

    def close(self) -> None:
        """End the idle processes."""
        while self._idle:
            self._idle.pop().close()


EVALUATORS = Evaluators()
"""The evaluators of this process."""


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", str(_PROGRAM)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
