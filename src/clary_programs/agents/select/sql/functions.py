"""Functions of values, CAST and LIKE. NULL and MISSING among the arguments make the result NULL.

Source: "SQL functions" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-sql-functions.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clary_programs.agents.select.sql import time_patterns, timestamps
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.timestamps import Timestamp
from clary_programs.agents.select.sql.values import MISSING, decimal, is_number, text_of, whole

_MOST_DIGITS = 20  # of an INT, and one more
_INT = re.compile(r"[+-]?[0-9]{1,19}")


def _strict(function: Callable[..., Any], *kinds: type) -> Callable[..., Any]:
    """Return a function that answers NULL for NULL, and refuses arguments of other types."""

    def checked(*arguments: Any) -> Any:
        if any(value is None or value is MISSING for value in arguments):
            return None
        for value, kind in zip(arguments, kinds, strict=False):
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise Failure("IncorrectSqlFunctionArgumentType")
        return function(*arguments)

    return checked


def _substring(text: str, start: int, length: int | None = None) -> str:
    """Return a part of a text, whose first character has the number 1; numbers below take their places before it."""
    if length is not None and length < 0:
        raise Failure("EvaluatorInvalidArguments", "(SUBSTRING)")
    first = start - 1
    last = len(text) if length is None else first + length
    return text[max(first, 0) : max(last, 0)]


def _trim(side: str, characters: str, text: str) -> str:
    if side in ("BOTH", "LEADING"):
        text = text.lstrip(characters)
    return text.rstrip(characters) if side in ("BOTH", "TRAILING") else text


def _date_add(part: str, quantity: int, moment: Timestamp) -> Timestamp:
    try:
        return timestamps.added(moment, part, quantity)
    except (ValueError, OverflowError):
        raise Failure("EvaluatorInvalidArguments", "(DATE_ADD)") from None


def _date_diff(part: str, start: Timestamp, end: Timestamp) -> int:
    try:
        return timestamps.difference(part, start, end)
    except OverflowError:  # in UTC, one of them is outside of the years 1 to 9999
        raise Failure("EvaluatorInvalidArguments", "(DATE_DIFF)") from None


def _to_timestamp(text: str, pattern: str | None = None) -> Timestamp:
    if pattern is not None:
        return time_patterns.read(text, pattern)
    found = timestamps.parse(text)
    if found is None:
        raise Failure("ValueParseFailure", f"({text[:100]})")
    return found


_length = _strict(len, str)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "CHAR_LENGTH": _length,
    "CHARACTER_LENGTH": _length,
    "DATE_ADD": _strict(_date_add, str, int, Timestamp),
    "DATE_DIFF": _strict(_date_diff, str, Timestamp, Timestamp),
    "EXTRACT": _strict(timestamps.extracted, str, Timestamp),
    "LOWER": _strict(str.lower, str),
    "SUBSTRING": _strict(_substring, str, int, int),
    "TO_STRING": _strict(time_patterns.written, Timestamp, str),
    "TO_TIMESTAMP": _strict(_to_timestamp, str, str),
    "TRIM": _strict(_trim, str, str, str),
    "UPPER": _strict(str.upper, str),
}


def _to_bool(value: Any) -> bool:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.lower()]
    return bool(value)


def _to_int(value: Any) -> int:
    if isinstance(value, str):
        if _INT.fullmatch(value) is None:
            raise ValueError(value)
        value = int(value)
    # A DECIMAL may have a million digits, so it is not made an int before its size is known.
    if isinstance(value, Decimal) and value.adjusted() > _MOST_DIGITS:
        raise Failure("IntegerOverflow")
    return whole(int(value))


def _to_float(value: Any) -> float:
    if isinstance(value, str):
        found = decimal(value)
        if found is None:
            raise ValueError(value)
        return float(found)
    return float(value)


def _to_decimal(value: Any) -> Decimal:
    found = decimal(
        value if isinstance(value, str) else str(int(value) if isinstance(value, bool) else value)
    )
    if found is None:
        raise ValueError(value)
    return found


def _to_timestamp_by_cast(value: Any) -> Timestamp:
    found = timestamps.parse(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(value)
    return found


_CASTS: dict[str, Callable[[Any], Any]] = {
    "BOOL": _to_bool,
    "INT": _to_int,
    "FLOAT": _to_float,
    "DECIMAL": _to_decimal,
    "STRING": text_of,
    "TIMESTAMP": _to_timestamp_by_cast,
}
_KINDS = {"BOOL": bool, "STRING": str, "TIMESTAMP": Timestamp}


def caster(type_: str) -> Callable[[Any], Any]:
    """Return what casts values to a type; it raises CastFailed."""
    convert, kind = _CASTS[type_], _KINDS.get(type_)

    def cast(value: Any) -> Any:
        if value is None or value is MISSING or (kind is not None and isinstance(value, kind)):
            return value
        if not isinstance(value, str | bool | Timestamp) and not is_number(value):
            raise Failure("CastFailed", f"(to {type_})")
        try:
            return convert(value)
        except (ValueError, KeyError, TypeError, OverflowError, ArithmeticError):
            raise Failure("CastFailed", f"({text_of(value)[:100]} to {type_})") from None

    return cast


def liker(pattern: Any, escape: Any) -> Callable[[str], bool]:
    """Return what tells whether a text is like a pattern. Its time is the product of both lengths at most."""
    parts = _like_parts(pattern, escape)
    if "%" not in [kind for kind, _ in parts]:
        return lambda text: len(text) == len(parts) and _stands(parts, text, 0)
    pieces = _pieces(parts)
    return lambda text: _is_like(pieces, text)


Part = tuple[str, str]  # ("%", ""), ("_", "") or ("=", character)


def _like_parts(pattern: Any, escape: Any) -> list[Part]:
    if (
        not isinstance(pattern, str)
        or not isinstance(escape, str | None)
        or (escape is not None and len(escape) != 1)
    ):
        raise Failure("LikeInvalidInputs")
    found: list[Part] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            character = next(characters, "")
            if character not in ("%", "_", escape):
                raise Failure("EvaluatorLikePatternInvalidEscapeSequence")
            found.append(("=", character))
        else:
            found.append((character, "") if character in "%_" else ("=", character))
    return found


def _pieces(parts: list[Part]) -> list[list[Part]]:
    """Return what stands between the percent signs: first, middle ones, last."""
    found: list[list[Part]] = [[]]
    for part in parts:
        if part[0] == "%":
            found.append([])
        else:
            found[-1].append(part)
    return found


def _stands(piece: list[Part], text: str, at: int) -> bool:
    return all(kind == "_" or text[at + n] == character for n, (kind, character) in enumerate(piece))


def _is_like(pieces: list[list[Part]], text: str) -> bool:
    first, *middle, last = pieces
    end = len(text) - len(last)
    if end < len(first) or not _stands(first, text, 0) or not _stands(last, text, end):
        return False
    at = len(first)
    for piece in middle:
        found = _find(piece, text, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _find(piece: list[Part], text: str, at: int, end: int) -> int:
    if all(kind == "=" for kind, _ in piece):
        return text.find("".join(character for _, character in piece), at, end)
    return next((n for n in range(at, end - len(piece) + 1) if _stands(piece, text, n)), -1)
