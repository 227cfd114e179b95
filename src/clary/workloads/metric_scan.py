"""Metrics in what a program prints: the first group of each definition's expression, if it is a number.

The expressions are users'. RE2 matches them in linear time. Those that it does not accept (look-around,
back-references) are matched by Python's engine in a process with a time limit. Beyond an ordinary rate, all
expressions of a record have a few seconds together; after that the record has no more metrics. Knows no log
and no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import thread_time

from clary.plane.expressions import MATCHERS, Linear, OutOfTime, Unsupported

MOST_SECONDS = 2.0
"""For a record in all, beyond the ordinary rate."""
# Seconds that an ordinary expression may take for a line, and for each of its characters.
_LINE = 20e-6
_CHARACTER = 50e-9
_LONGEST_SCANNED = 8192
_LARGEST, _SMALLEST = 2.0**360, 2.0**-360  # what PutMetricData accepts, beside 0

Definitions = Sequence[Mapping[str, str]]


class MetricScan:
    """The scan of one record's output. `spent` is how many of its seconds are used up, earlier scans
    included."""

    def __init__(self, spent: float = 0.0) -> None:
        self.spent = spent

    @property
    def over(self) -> bool:
        """Return whether the seconds are used up, so that no more metrics are taken."""
        return self.spent >= MOST_SECONDS

    def metrics(self, lines: Sequence[str], definitions: Definitions) -> list[tuple[str, float]]:
        """Return name and value of every metric in some lines, in the order of the lines."""
        scanned = [line[:_LONGEST_SCANNED] for line in lines] if definitions and not self.over else []
        found = [
            (number, definition["Name"], value)
            for definition in (definitions if scanned else ())
            for number, text in self._search(definition["Regex"], scanned)
            if (value := _number(text)) is not None
        ]
        return [(name, value) for _, name, value in sorted(found, key=lambda one: one[0])]

    def _search(self, expression: str, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return the number of the line and the text of the group for every line that matches, while there
        is time."""
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
    """Return a finite number that CloudWatch accepts, or None."""
    try:
        value = float(text.rstrip(",;"))
    except ValueError:
        return None
    return value if value == 0 or _SMALLEST <= abs(value) <= _LARGEST else None
