"""Values of the dialect: what compares with what, arithmetic, and values as text.

A row's values are None for NULL, MISSING, bool, int, float, Decimal, str, Timestamp, list and dict.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException
from typing import Any, Final

from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.timestamps import Timestamp


class _Missing:
    """The value of a path that leads nowhere."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
# "Base-10 number, with maximum precision of 38" (Data types).
DECIMALS = Context(prec=38)
_NUMBERS = (int, float, Decimal)


def is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _pair(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return two values as ones that Python compares, or None where their types do not match."""
    if is_number(left) and is_number(right):
        if isinstance(left, float) or isinstance(right, float):
            return float(left), float(right)
        return left, right
    for kind in (str, bool, Timestamp):
        if isinstance(left, kind) and isinstance(right, kind):
            return left, right
    return None


def equal(left: Any, right: Any) -> bool | None:
    """Return whether values are equal: None if one is NULL or MISSING, False where their types do not match."""
    if left is None or right is None or left is MISSING or right is MISSING:
        return None
    pair = _pair(left, right)
    if pair is not None:
        return pair[0] == pair[1]
    return type(left) is type(right) and isinstance(left, list | dict) and left == right


def unequal(left: Any, right: Any) -> bool | None:
    found = equal(left, right)
    return None if found is None else not found


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool | None]:
    def ordered(left: Any, right: Any) -> bool | None:
        if type(left) is str and type(right) is str:
            return compare(left, right)
        if left is None or right is None or left is MISSING or right is MISSING:
            return None
        pair = _pair(left, right)
        if pair is None:
            raise Failure("ExternalEvalException", "It compares values of different types: use CAST.")
        return compare(*pair)

    return ordered


def _numbers(left: Any, right: Any) -> tuple[Any, Any]:
    if not is_number(left) or not is_number(right):
        raise Failure("ExternalEvalException", "It computes with a value that is no number: use CAST.")
    if isinstance(left, float) or isinstance(right, float):
        return float(left), float(right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return Decimal(left), Decimal(right)
    return left, right


def _arithmetic(of_integers: Callable[[int, int], int], name: str) -> Callable[[Any, Any], Any]:
    of_floats = _FLOATS[name]
    of_decimals = getattr(DECIMALS, _DECIMAL_METHODS[name])

    def compute(left: Any, right: Any) -> Any:
        if left is None or right is None or left is MISSING or right is MISSING:
            return None
        left, right = _numbers(left, right)
        try:
            if isinstance(left, float):
                return of_floats(left, right)
            if isinstance(left, Decimal):
                return of_decimals(left, right)
            return whole(of_integers(left, right))
        except (ZeroDivisionError, DecimalException, OverflowError, ValueError):
            raise Failure("ExternalEvalException", "It divides by zero, or a number is too large.") from None

    return compute


def whole(value: int) -> int:
    """Return an INT. Raise IntegerOverflow where it does not fit into 8 bytes."""
    if not -(2**63) <= value < 2**63:
        raise Failure("IntegerOverflow")
    return value


def _quotient(left: int, right: int) -> int:
    found = abs(left) // abs(right)
    return found if (left < 0) == (right < 0) else -found


_FLOATS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
}
_DECIMAL_METHODS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "%": lambda left, right: left - right * _quotient(left, right),
}


def concatenated(left: Any, right: Any) -> str | None:
    if left is None or right is None or left is MISSING or right is MISSING:
        return None
    if not isinstance(left, str) or not isinstance(right, str):
        raise Failure("IncorrectSqlFunctionArgumentType", "(||)")
    if len(left) + len(right) > 1 << 20:
        raise Failure("OverMaxRecordSize")
    return left + right


def negative(value: Any) -> Any:
    return ARITHMETIC["-"](0, value)


ARITHMETIC = {name: _arithmetic(of, name) for name, of in _INTEGERS.items()}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    **ARITHMETIC,
    "||": concatenated,
    "=": equal,
    "<>": unequal,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
}


def text_of(value: Any) -> str:
    """Return a value as a field of CSV has it: NULL and MISSING are empty, lists and structures JSON."""
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json_of(value)
    return str(value)


def json_of(value: Any) -> str:
    """Return a value as JSON, with decimals as they were written."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, dict):
        members = (f"{json_of(name)}:{json_of(item)}" for name, item in value.items() if item is not MISSING)
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join([json_of(item) for item in value]) + "]"
    if isinstance(value, Timestamp):
        return f'"{value}"'
    return _number_as_json(value)


def _number_as_json(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if (isinstance(value, float) and value in (float("inf"), float("-inf"))) or value != value:
        return "null"  # JSON has no word for it
    return str(value)


def decimal(text: str) -> Decimal | None:
    """Return a DECIMAL, or None for a text that is no number, or one too large."""
    try:
        found = DECIMALS.create_decimal(text.strip()) if text.isascii() and "_" not in text else None
    except DecimalException:
        return None
    return found if found is not None and found.is_finite() else None
