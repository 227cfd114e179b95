"""JSON with places: what a refusal of a pattern names is where its parser stood, as AWS says it.

A node is a value and the place after it. Python's own reader keeps no places.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"\w+")
_LITERALS = {"true": True, "false": False, "null": None}
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_DEEPEST = 100
_STRINGS = json.JSONDecoder()


class BadPattern(Exception):
    """A pattern that is not valid. The message is AWS's reason, with the place where there is one."""


class Node(NamedTuple):
    """A value, and where a parser stands that has met it: `start`, behind the bracket or the quotation mark that opens it, and
    `end`, behind all of it. Of a number and a word both are the end. In an array and an object, values are nodes."""

    value: Any
    start: int
    end: int


class Reader:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, reason: str, end: int, times: int = 1) -> NoReturn:
        """Raise BadPattern with a reason and the place that a reader has reached."""
        line = self.text.count("\n", 0, end) + 1
        column = end - (self.text.rfind("\n", 0, end) + 1) + 1
        place = f'\n at [Source: (String)"{self.text}"; line: {line}, column: {column}]'
        raise BadPattern(reason + place * times)

    def read(self) -> Node:
        """Return the whole text as a node. Raise BadPattern."""
        node = self._value(0, 0)
        rest = self._skip(node.end)
        if rest != len(self.text):
            self._unexpected(rest, "was expecting no more")
        return node

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _value(self, at: int, depth: int) -> Node:
        at = self._skip(at)
        if depth > _DEEPEST:
            self.fail("Too many nested levels", at)
        first = self.text[at : at + 1]
        if first == "{":
            return self._object(at + 1, depth)
        if first == "[":
            return self._array(at + 1, depth)
        if first == '"':
            return self._string(at)
        return self._plain(at)

    def _string(self, at: int) -> Node:
        try:
            value, end = _STRINGS.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            self.fail("Unexpected end-of-input in a String value", error.pos)
        return Node(value, at + 1, end)

    def _plain(self, at: int) -> Node:
        number = _NUMBER.match(self.text, at)
        if number:
            text = number[0]
            value = int(text) if text.lstrip("-").isdigit() else float(text)
            return Node(value, number.end(), number.end())
        word = _WORD.match(self.text, at)
        if word is None:
            self._unexpected(at, f"expected a valid value {_VALUES}")
        if word[0] not in _LITERALS:
            self.fail(f"Unrecognized token '{word[0]}': was expecting {_VALUES}", word.end())
        return Node(_LITERALS[word[0]], word.end(), word.end())

    def _unexpected(self, at: int, expecting: str) -> NoReturn:
        if at >= len(self.text):
            self.fail("Unexpected end-of-input", at)
        sign = self.text[at]
        self.fail(f"Unexpected character ('{sign}' (code {ord(sign)})): {expecting}", at)

    def _object(self, start: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        at = self._skip(start)
        if self.text[at : at + 1] == "}":
            return Node(members, start, at + 1)
        while True:
            if self.text[at : at + 1] != '"':
                self._unexpected(at, "was expecting double-quote to start field name")
            name = self._string(at)
            colon = self._skip(name.end)
            if self.text[colon : colon + 1] != ":":
                self._unexpected(colon, "was expecting a colon to separate field name and value")
            members[name.value] = value = self._value(colon + 1, depth + 1)
            at = self._skip(value.end)
            if self.text[at : at + 1] == "}":
                return Node(members, start, at + 1)
            at = self._skip(self._comma(at, "Object") + 1)

    def _array(self, start: int, depth: int) -> Node:
        values: list[Node] = []
        at = self._skip(start)
        if self.text[at : at + 1] == "]":
            return Node(values, start, at + 1)
        while True:
            values.append(self._value(at, depth + 1))
            at = self._skip(values[-1].end)
            if self.text[at : at + 1] == "]":
                return Node(values, start, at + 1)
            at = self._comma(at, "Array") + 1

    def _comma(self, at: int, what: str) -> int:
        if self.text[at : at + 1] != ",":
            self._unexpected(at, f"was expecting comma to separate {what} entries")
        return at
