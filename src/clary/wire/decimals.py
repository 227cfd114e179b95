"""Floating-point numbers as text, as Java and so AWS writes them: `1.0`, `1.0E20`, `NaN`, `-Infinity`."""

from __future__ import annotations


def decimal(value: float) -> str:
    """Return the text of a number. An exponent stands where Python has one; Java has more, which reads the same."""
    if value - value != 0:
        return not_a_number(value)
    digits, _, exponent = repr(float(value)).partition("e")
    if not exponent:
        return digits
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def not_a_number(value: float) -> str:
    """Return AWS's word for what is no finite number."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
