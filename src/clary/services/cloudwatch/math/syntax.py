"""Parse expressions into trees. Knows neither functions nor metrics.

From the loosest to the tightest: or, and, comparison, sum, product, sign, power; then calls, names, numbers,
texts, [arrays] and (…).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clary.services.cloudwatch.math.values import MathError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<mark>&&|\|\||==|!=|<=|>=|[-+*/^<>()\[\],])
    )""",
    re.VERBOSE,
)
_DEEPEST = 50
# Operators by precedence, the loosest first.
_LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))
_LEVEL = {mark: level for level, marks in enumerate(_LEVELS) for mark in marks}


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a metric or expression, or a keyword of a function (`REPEAT`)."""

    value: str


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands; `-` with one operand is the sign. AND and OR are `&&` and `||`."""

    operator: str
    operands: tuple[Node, ...]


Node = Number | Text | Name | Array | Call | Operation


def parse(text: str) -> Node:
    """Parse an expression. Raise MathError if it is invalid."""
    parser = _Parser(_split(text))
    node = parser.expression()
    if parser.left:
        raise MathError(f"Unexpected '{parser.left[-1][1]}'")
    return node


def nodes(tree: Node) -> Iterator[Node]:
    """Yield every node of a tree, without recursion: a chain of operators nests as deep as it is long."""
    left: list[Node] = [tree]
    while left:
        node = left.pop()
        yield node
        match node:
            case Array(items):
                left += items
            case Call(_, arguments):
                left += arguments
            case Operation(_, operands):
                left += operands


def _split(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise MathError(f"Unexpected '{text[place:].strip()[:1]}'")
        word = match[match.lastgroup]
        logical = {"AND": "&&", "OR": "||"}.get(word) if match.lastgroup == "name" else None
        found.append(("mark", logical) if logical else (match.lastgroup, word))
        place = match.end()
    return found


def _number(text: str) -> Number:
    if not math.isfinite(value := float(text)):
        raise MathError(f"'{text}' is too large")
    return Number(value)


class _Parser:
    """A recursive descent parser. `left` holds the remaining tokens, the next one last."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens[::-1]
        self._depth = 0

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MathError("The expression is nested too deeply")
        node = self._chain(0)
        self._depth -= 1
        return node

    def _chain(self, loosest: int) -> Node:
        """Parse a chain of operands from left to right, with operators of precedence `loosest` or tighter."""
        node = self._sign()
        while (level := _LEVEL.get(operator := self._mark(), -1)) >= loosest:
            self.left.pop()
            node = Operation(operator, (node, self._chain(level + 1)))
        return node

    def _sign(self) -> Node:
        negative = False
        while self._mark() in ("-", "+"):
            negative ^= self.left.pop()[1] == "-"
        node = self._power()
        return Operation("-", (node,)) if negative else node

    def _power(self) -> Node:
        node = self._atom()
        while self._mark() == "^":
            self.left.pop()
            exponent = self._atom() if self._mark() != "-" else self._negative()
            node = Operation("^", (node, exponent))
        return node

    def _negative(self) -> Node:
        self.left.pop()
        return Operation("-", (self._atom(),))

    def _atom(self) -> Node:
        kind, text = self._take()
        if kind == "number":
            return _number(text)
        if kind == "text":
            return Text(text[1:-1])
        if kind == "name":
            return Call(text, self._items(")")) if self._skip("(") else Name(text)
        if text == "[":
            return Array(self._items("]"))
        if text == "(":
            node = self.expression()
            self._require(")")
            return node
        raise MathError(f"Unexpected '{text}'")

    def _items(self, end: str) -> tuple[Node, ...]:
        """Parse expressions between commas, up to the closing mark."""
        items: list[Node] = []
        if self._skip(end):
            return ()
        items.append(self.expression())
        while self._skip(","):
            items.append(self.expression())
        self._require(end)
        return tuple(items)

    def _mark(self) -> str:
        return self.left[-1][1] if self.left and self.left[-1][0] == "mark" else ""

    def _skip(self, mark: str) -> bool:
        if self._mark() != mark:
            return False
        self.left.pop()
        return True

    def _require(self, mark: str) -> None:
        if not self._skip(mark):
            raise MathError(f"Expected '{mark}'")

    def _take(self) -> tuple[str, str]:
        if not self.left:
            raise MathError("Unexpected end of expression")
        return self.left.pop()
