"""What a hyperparameter may be (whole number, number, category, lists), and the container's words when it is not.

Messages follow aws/sagemaker-xgboost-container, `sagemaker_algorithm_toolkit/hyperparameter_validation.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clary_programs.algorithms.xgboost.errors import CustomerError


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers. Each end is closed unless declared open; None means unbounded."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, value: float) -> bool:
        if value != value:
            return False
        above = self.low is None or value > self.low or (value == self.low and not self.open_low)
        below = self.high is None or value < self.high or (value == self.high and not self.open_high)
        return above and below

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{'(' if self.open_low else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.open_high else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True, slots=True)
class Kind:
    """`parse` text to a value (ValueError if it cannot be), then `check` it (CustomerError if out of range)."""

    parse: Callable[[str], Any]
    check: Callable[[str, Any], None]


def integer(low: float | None = None, high: float | None = None, **ends: bool) -> Kind:
    """Return a whole number."""
    return Kind(int, _single(Interval(low, high, **ends)))


def continuous(low: float | None = None, high: float | None = None, **ends: bool) -> Kind:
    """Return a number."""
    return Kind(float, _single(Interval(low, high, **ends)))


def category(*values: str) -> Kind:
    """Return one of some words."""
    return Kind(str, _single(list(values)))


def comma_list(values: Sequence[str], accepts: Callable[[str], bool] | None = None) -> Kind:
    """Words with commas between; `accepts` may admit more than the listed ones."""
    listed = list(values)

    def check(name: str, value: list[str]) -> None:
        if not all(word in listed or (accepts is not None and accepts(word)) for word in value):
            raise CustomerError(f"Hyperparameter {name}: value {value} not in range {listed}")

    return Kind(lambda text: text.split(","), check)


def number_tuple(*values: int) -> Kind:
    """Return `(1, 0, -1)`: numbers out of `values`."""
    listed = list(values)

    def check(name: str, value: tuple[int, ...]) -> None:
        if any(element not in listed for element in value):
            raise CustomerError(f"Hyperparameter {name}: value {value} not in range {listed}")

    return Kind(_tuple, check)


def nested_list(low: int) -> Kind:
    """Return `[[1, 2], [3]]`: lists of whole numbers not below `low`."""
    interval = Interval(low)

    def check(name: str, value: list[list[int]]) -> None:
        if any(element not in interval for inner in value for element in inner):
            raise CustomerError(f"Hyperparameter {name}: value {value} not in range {interval}")

    return Kind(_nested, check)


def _single(values: Interval | list[str]) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if value not in values:
            raise CustomerError(f"Hyperparameter {name}: {value} is not in {values}")

    return check


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(text) from error


def _tuple(text: str) -> tuple[int, ...]:
    value = _literal(text)
    value = (value,) if isinstance(value, int) else value
    if not isinstance(value, tuple | list) or not all(isinstance(element, int) for element in value):
        raise ValueError(text)
    return tuple(value)


def _nested(text: str) -> list[list[int]]:
    value = _literal(text)
    flat = isinstance(value, list) and all(isinstance(inner, list) for inner in value)
    if not flat or not all(isinstance(element, int) for inner in value for element in inner):
        raise ValueError(text)
    return value
