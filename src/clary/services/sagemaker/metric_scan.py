"""Metrics in what a program prints: the first group of each definition's expression, where it is a number.

The expressions are users', and Python's have no bound on their time: they are tried in a process of their own
(matcher.py), which the kernel ends when one takes too long. Knows no log and no record.
"""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

log = logging.getLogger("clary.metrics")

_LONGEST_SCANNED = 8192
_LARGEST = 2.0**360  # what PutMetricData has room for
_MOST_REMEMBERED = 10_000
_PROGRAM = Path(__file__).with_name("matcher.py")


class Matcher:
    """The process that tries expressions; started when it is first needed, and again after one took too long."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._turn = Lock()
        self._too_slow: set[str] = set()

    def found(self, expression: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Number of the line and text of the group, for every line that matches. Nothing for an expression that
        takes too long, now and from now on."""
        with self._turn:
            if expression in self._too_slow:
                return []
            answer = self._ask(json.dumps([expression, lines]))
            if answer:
                return [(number, text) for number, text in json.loads(answer)]
            self._give_up(expression)
            return []

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, question: str) -> str:
        """The answer, empty when the process ended over it."""
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(question + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        return ""

    def _give_up(self, expression: str) -> None:
        self.close()
        if len(self._too_slow) >= _MOST_REMEMBERED:
            self._too_slow.clear()
        self._too_slow.add(expression)
        log.warning("the metric expression %r takes too long: it is not tried any more", expression)


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", str(_PROGRAM)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii"
    )


_MATCHER = Matcher()


def scan(lines: Sequence[str], definitions: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, float]]:
    """Name and value of every metric in some lines, in the order of the lines."""
    if not lines or not definitions:
        return []
    scanned = [line[:_LONGEST_SCANNED] for line in lines]
    found = [
        (number, definition["Name"], value)
        for definition in definitions
        for number, text in _MATCHER.found(definition["Regex"], scanned)
        if (value := _number(text)) is not None
    ]
    return [(name, value) for _, name, value in sorted(found, key=lambda one: one[0])]


def _number(text: str) -> float | None:
    """A finite number that CloudWatch takes; metrics have no others."""
    try:
        value = float(text.rstrip(",;"))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None
