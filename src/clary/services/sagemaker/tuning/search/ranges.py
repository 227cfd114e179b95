"""Ranges of hyperparameters: what a tuning job searches, how a place in [0, 1) becomes a value, how a value is read back.

Hyperparameters are texts in the API. Knows no sampler and no request; range_checks.py says which ranges are refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Scale = Literal["Linear", "Logarithmic", "ReverseLogarithmic"]
Point = dict[str, str]
"""A value for each tuned hyperparameter, as the training job is given it."""

# With ScalingType Auto a range over so many powers of ten is searched on a logarithmic scale.
_AUTO_SPREAD = 100.0


@dataclass(frozen=True, slots=True)
class Numeric:
    """A range of numbers, `whole` ones or not, with both ends. `scale` is how a sampler goes through it."""

    name: str
    low: float
    high: float
    scale: Scale
    whole: bool

    def at(self, place: float) -> str:
        """Return the value at a place in [0, 1) of the range, on its scale."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        if self.scale == "Logarithmic":
            found = math.exp(_between(math.log(low), math.log(high), place))
        elif self.scale == "ReverseLogarithmic":
            found = 1 - math.exp(_between(math.log(1 - low), math.log(1 - high), place))
        else:
            found = _between(low, high, place)
        return self.written(found)

    def written(self, value: float) -> str:
        """Return a value as a training job is given it, kept within the range."""
        inside = min(max(value, self.low), self.high)
        return str(int(min(max(round(value), self.low), self.high))) if self.whole else repr(float(inside))

    def read(self, text: str) -> float | None:
        """Return the number that a text says; None where it is no number of this range."""
        value = number(text)
        if value is None or not self.low <= value <= self.high or (self.whole and value != int(value)):
            return None
        return value

    @property
    def size(self) -> float:
        """How many values the range has."""
        return self.high - self.low + 1 if self.whole else math.inf


@dataclass(frozen=True, slots=True)
class Categorical:
    """A list of values, in no order."""

    name: str
    values: tuple[str, ...]

    def at(self, place: float) -> str:
        """Return the value at a place in [0, 1)."""
        return self.values[int(place * len(self.values))]

    def read(self, text: str) -> str | None:
        """Return the value, or None where it is none of the list."""
        return text if text in self.values else None

    @property
    def size(self) -> float:
        """How many values there are."""
        return len(self.values)


Range = Numeric | Categorical


def read(document: Mapping[str, Any]) -> tuple[Range, ...]:
    """Return the ranges of a ParameterRanges document that has passed the checks."""
    return (
        *(_numeric(one, True) for one in document.get("IntegerParameterRanges", ())),
        *(_numeric(one, False) for one in document.get("ContinuousParameterRanges", ())),
        *(
            Categorical(one["Name"], tuple(one["Values"]))
            for one in document.get("CategoricalParameterRanges", ())
        ),
    )


def combinations(ranges: tuple[Range, ...]) -> float:
    """Return how many points there are; infinity where a range is continuous."""
    return math.prod(one.size for one in ranges)


def number(text: str) -> float | None:
    """Return the finite number that a text says, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _numeric(one: Mapping[str, Any], whole: bool) -> Numeric:
    low, high = float(one["MinValue"]), float(one["MaxValue"])
    scale = one.get("ScalingType", "Auto")
    return Numeric(one["Name"], low, high, _chosen(low, high) if scale == "Auto" else scale, whole)


def _chosen(low: float, high: float) -> Scale:
    return "Logarithmic" if low > 0 and high / low >= _AUTO_SPREAD else "Linear"


def _between(low: float, high: float, place: float) -> float:
    return low + (high - low) * place
