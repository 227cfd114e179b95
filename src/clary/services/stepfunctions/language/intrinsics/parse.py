"""Reads calls of intrinsic functions: `States.Format('Hello {}', States.ArrayGetItem($.names, 0))`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clary.services.stepfunctions.language.errors import Invalid
from clary.services.stepfunctions.language.paths import Path
from clary.services.stepfunctions.language.paths import parse as parse_path
from clary.services.stepfunctions.language.paths.tokens import Reader

NAMES: dict[str, tuple[int, int | None]] = {
    "Array": (0, None),
    "ArrayPartition": (2, 2),
    "ArrayContains": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayUnique": (1, 1),
    "Base64Encode": (1, 1),
    "Base64Decode": (1, 1),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "StringToJson": (1, 1),
    "JsonToString": (1, 1),
    "MathRandom": (2, 3),
    "MathAdd": (2, 2),
    "StringSplit": (2, 2),
    "UUID": (0, 0),
    "Format": (1, None),
}
"""The functions, each with how many arguments it takes at least and at most."""
_DEEPEST = 10  # "You can nest up to 10 intrinsic functions within a field"
_LONGEST = 10_000
_WORD = re.compile(r"[A-Za-z0-9]+")
_PATH_ENDS = re.compile(r"[,)]")


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal; `raw` has its escapes, which Format reads by itself."""

    value: str
    raw: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Argument, ...]


Argument = Call | Text | Constant | Path


@lru_cache(maxsize=2048)
def parse(text: str) -> Call:
    """Return a call. Raise Invalid for any other text."""
    if len(text) > _LONGEST:
        raise Invalid("an intrinsic function may have 10,000 characters")
    reader = Reader(text)
    reader.spaces()
    found = _call(reader, 1)
    reader.spaces()
    if not reader.done:
        raise Invalid(f"{text!r} goes on after the function")
    return found


def _call(reader: Reader, depth: int) -> Call:
    if depth > _DEEPEST:
        raise Invalid("intrinsic functions are nested more than 10 deep")
    reader.need("States.")
    name = reader.match(_WORD) or ""
    if name not in NAMES:
        raise Invalid(f"States.{name} is not an intrinsic function")
    reader.need("(")
    arguments = _arguments(reader, depth)
    least, most = NAMES[name]
    if len(arguments) < least or (most is not None and len(arguments) > most):
        raise Invalid(f"Invalid number of arguments for States.{name}")
    return Call(name, arguments)


def _arguments(reader: Reader, depth: int) -> tuple[Argument, ...]:
    reader.spaces()
    if reader.take(")"):
        return ()
    found: list[Argument] = []
    while True:
        reader.spaces()
        found.append(_argument(reader, depth))
        reader.spaces()
        if reader.take(")"):
            return tuple(found)
        reader.need(",")


def _argument(reader: Reader, depth: int) -> Argument:
    if reader.take("'"):
        return _text(reader)
    if reader.peek("States."):
        return _call(reader, depth + 1)
    if reader.peek("$"):
        return parse_path(_path_text(reader))
    for word, value in (("true", True), ("false", False), ("null", None)):
        if reader.take(word):
            return Constant(value)
    number = reader.number()
    if number is None:
        raise Invalid(f"an argument is missing at position {reader.at} of {reader.text!r}")
    return Constant(number)


def _text(reader: Reader) -> Text:
    """Read a string up to its quote. Only quotes, braces and backslashes may be escaped."""
    value, raw = [], []
    while not reader.done:
        letter = reader.text[reader.at]
        reader.at += 1
        if letter == "'":
            return Text("".join(value), "".join(raw))
        raw.append(letter)
        if letter == "\\":
            letter = reader.text[reader.at : reader.at + 1]
            reader.at += 1
            if letter not in ("'", "{", "}", "\\") or not letter:
                raise Invalid(f"\\{letter} is not an escape")
            raw.append(letter)
        value.append(letter)
    raise Invalid("a string is not closed")


def _path_text(reader: Reader) -> str:
    """Return a path among arguments: up to a comma or a parenthesis outside of brackets and quotes."""
    start, depth, quote = reader.at, 0, ""
    while not reader.done:
        letter = reader.text[reader.at]
        if quote:
            quote = "" if letter == quote else quote
        elif depth and letter in "'\"":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter in "])" and depth:
            depth -= 1
        elif _PATH_ENDS.match(letter) or (letter.isspace() and not depth):
            break
        reader.at += 1
    return reader.text[start : reader.at]
