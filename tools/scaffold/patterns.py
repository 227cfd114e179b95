"""A short text that a regular expression matches, as far as AWS's models need one."""

from __future__ import annotations

import re

# The parser of `re` has no public name. What it gives has been the same since Python 3.11.
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_LIKED = "a1-/.:A_ "  # characters to take where any of several will do


def shortest(pattern: str, least: int = 0) -> str:
    """Return a text of at least this length that may match; the caller tries it. Raise re.error for a bad pattern."""
    parsed = parser.parse(pattern)
    text = ""
    for more in range(4):  # repeat what may be repeated until the text is long enough
        text = _all(parsed, more * least)
        if len(text) >= least:
            break
    return text


def _all(parts: Any, more: int) -> str:
    return "".join(_part(op, argument, more) for op, argument in parts)


def _part(op: Any, argument: Any, more: int) -> str:
    if op is codes.LITERAL:
        return chr(argument)
    if op in (codes.ANY, codes.NOT_LITERAL):
        return "b" if argument == ord("a") else "a"
    if op is codes.IN:
        return _one_of(argument)
    if op is codes.BRANCH:
        return _all(argument[1][0], more)
    if op is codes.SUBPATTERN:
        return _all(argument[-1], more)
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, inside = argument
        times = min(int(most), max(least, more))
        return _all(inside, 0) * times
    return ""  # begins, ends and what is looked at around them


def _one_of(choices: Any) -> str:
    """Return a character that is among the choices of a set."""
    tested = re.compile(_set(choices))
    return next((one for one in _LIKED + "".join(map(chr, range(33, 127))) if tested.fullmatch(one)), "a")


def _set(choices: Any) -> str:
    """Return a set as it is written in an expression."""
    names = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_SPACE: r"\s"}
    names |= {
        codes.CATEGORY_NOT_DIGIT: r"\D",
        codes.CATEGORY_NOT_WORD: r"\W",
        codes.CATEGORY_NOT_SPACE: r"\S",
    }
    parts = {
        codes.NEGATE: lambda _: "^",
        codes.LITERAL: lambda one: re.escape(chr(one)),
        codes.RANGE: lambda ends: f"{re.escape(chr(ends[0]))}-{re.escape(chr(ends[1]))}",
        codes.CATEGORY: lambda name: names[name],
    }
    return f"[{''.join(parts[op](argument) for op, argument in choices)}]"
