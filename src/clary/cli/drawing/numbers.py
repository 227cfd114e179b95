"""Numbers for people, and where they are on an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A linear map from data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; the middle if the range is empty."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, count: int = 5, *, whole: bool = False) -> list[float]:
    """Return about `count` round numbers within a range, or whole ones."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    step = math.ceil(step) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


# Exponents as people write them, without Python's leading zeros.
_RAISED = str.maketrans("−123456789", "⁻¹²³⁴⁵⁶⁷⁸⁹", "0")


def number(value: float) -> str:
    """Return a number for people: four digits, thousands separated, an exponent only if needed."""
    if not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    if abs(value) < 1e-3:
        digits, power = f"{value:.1e}".replace("-", "−").split("e")
        return f"{digits} × 10{power.lstrip('+').translate(_RAISED)}"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def seconds(value: float) -> str:
    """Return a duration: milliseconds, seconds, or minutes and seconds."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def padded(low: float, high: float) -> tuple[float, float]:
    """Return a range with some room at its ends."""
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return low - room, high + room
