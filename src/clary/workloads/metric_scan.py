"""Metrics in what a program prints: the first group of each definition's expression, where it is a number.

The expressions are users'. RE2 tries them in linear time; what it does not take (look-around, back-references) is tried
by Python's engine in a process with a clock. Beyond the ordinary rate of reading a record has a few seconds for all of
its expressions; after that its metrics are off. Knows no log and no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import thread_time

from clary.plane.expressions import MATCHERS, Linear, OutOfTime, Unsupported

MOST_SECONDS = 2.0
"""Of a record in all, beyond the ordinary rate."""
# Seconds that an ordinary expression may take for a line, and for each of its characters.
_LINE = 20e-6
_CHARACTER = 50e-9
_LONGEST_SCANNED = 8192
_LARGEST, _SMALLEST = 2.0**360, 2.0**-360  # what PutMetricData takes, beside 0

Definitions = Sequence[Mapping[str, str]]


class MetricScan:
    """The scanning of one record's output. `spent` is what has gone of its seconds, before and now."""

    def __init__(self, spent: float = 0.0) -> None:
        self.spent = spent

    @property
    def over(self) -> bool:
        """Whether its metrics are off."""
        return self.spent >= MOST_SECONDS

    def metrics(self, lines: Sequence[str], definitions: Definitions) -> list[tuple[str, float]]:
        """Name and value of every metric in some lines, in the order of the lines."""
        scanned = [line[:_LONGEST_SCANNED] for line in lines] if definitions and not self.over else []
        found = [
            (number, definition["Name"], value)
            for definition in (definitions if scanned else ())
            for number, text in self._search(definition["Regex"], scanned)
            if (value := _number(text)) is not None
        ]
        return [(name, value) for _, name, value in sorted(found, key=lambda one: one[0])]

    def _search(self, expression: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Number of the line and text of the group, for every line that matches, while there is time."""
        if self.over:
            return []
        began = thread_time()
        try:
            linear = Linear(expression)
        except Unsupported:
            return self._ask(expression, lines)
        self._spend(thread_time() - began, 0)
        return self._here(linear, lines)

    def _here(self, linear: Linear, lines: Sequence[str]) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for number, line in enumerate(lines):
            began = thread_time()
            text = linear.first_group(line)
            self._spend(thread_time() - began, len(line))
            if text is not None:
                found.append((number, text))
            if self.over:
                break
        return found

    def _ask(self, expression: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        ordinary = sum(_LINE + _CHARACTER * len(line) for line in lines)
        try:
            found = MATCHERS.search(expression, lines, MOST_SECONDS - self.spent + ordinary)
        except OutOfTime:
            self.spent = MOST_SECONDS
            return []
        self.spent += max(0.0, found.seconds - ordinary)
        return found.lines

    def _spend(self, seconds: float, characters: int) -> None:
        self.spent += max(0.0, seconds - _LINE - _CHARACTER * characters)


def _number(text: str) -> float | None:
    """A finite number that CloudWatch takes; metrics have no others."""
    try:
        value = float(text.rstrip(",;"))
    except ValueError:
        return None
    return value if value == 0 or _SMALLEST <= abs(value) <= _LARGEST else None
