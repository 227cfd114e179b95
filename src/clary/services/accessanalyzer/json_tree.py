"""JSON text as a tree that knows where each value stands: line, column and offset, as findings show them.

Strict (RFC 8259), and bounded in depth. A member that is given twice is kept twice. Knows no policy.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from math import isinf
from typing import Any, Literal

Path = tuple[dict[str, Any], ...]
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DEEPEST = 32
_NUMBERS_LENGTH = 64


class NoJson(Exception):
    """The text is not JSON; `offset` is where that shows."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass(slots=True)
class Node:
    """A value with its place: `start` to `end` (exclusive), and the path that leads to it."""

    kind: Literal["object", "array", "string", "number", "boolean", "null"]
    value: Any
    start: int
    end: int
    path: Path
    members: list[Member] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def get(self, name: str) -> Node | None:
        """Return the value of a member of an object, None if it has none."""
        return next((member.node for member in self.members if member.name == name), None)

    def listed(self) -> list[Node]:
        """Return the items of an array, or the value itself: policies let lists of one be written without brackets."""
        return self.items if self.kind == "array" else [self]

    def strings(self) -> list[Node]:
        return [node for node in self.listed() if node.kind == "string"]


@dataclass(slots=True)
class Member:
    """A member of an object. `start` and `end` are those of its name, quotes included."""

    name: str
    start: int
    end: int
    node: Node

    @property
    def path(self) -> Path:
        """The path of the name."""
        return (*self.node.path[:-1], {"key": self.name})


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def position(self, offset: int) -> dict[str, int]:
        """Return line (from 1), column and offset (from 0)."""
        line = bisect_right(self._starts, offset)
        return {"line": line, "column": offset - self._starts[line - 1], "offset": offset}


def parse(text: str) -> Node:
    """Return the root of a JSON text. Raise NoJson."""
    reader = _Reader(text)
    root, end = reader.value(reader.space(0), (), 0)
    end = reader.space(end)
    if end != len(text):
        raise NoJson(end)
    return root


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all that is below it."""
    yield node
    for child in (*node.items, *(member.node for member in node.members)):
        yield from walk(child)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def space(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]

    def value(self, at: int, path: Path, depth: int) -> tuple[Node, int]:
        letter = self._text[at : at + 1]
        if depth > _DEEPEST or not letter:
            raise NoJson(at)
        if letter == "{":
            return self._object(at, path, depth)
        if letter == "[":
            return self._array(at, path, depth)
        if letter == '"':
            text, end = self._string(at)
            return Node("string", text, at, end, path), end
        return self._plain(at, path)

    def _object(self, at: int, path: Path, depth: int) -> tuple[Node, int]:
        node = Node("object", None, at, at, path)
        end = self.space(at + 1)
        while self._text[end : end + 1] != "}":
            if node.members:
                end = self.space(self._expect(end, ","))
            start = end
            name, end = self._string(start)
            found = (name, start, end)
            end = self.space(self._expect(self.space(end), ":"))
            child, end = self.value(end, (*path, {"value": name}), depth + 1)
            node.members.append(Member(*found, child))
            end = self.space(end)
        node.end = end + 1
        return node, node.end

    def _array(self, at: int, path: Path, depth: int) -> tuple[Node, int]:
        node = Node("array", None, at, at, path)
        end = self.space(at + 1)
        while self._text[end : end + 1] != "]":
            if node.items:
                end = self.space(self._expect(end, ","))
            child, end = self.value(end, (*path, {"index": len(node.items)}), depth + 1)
            node.items.append(child)
            end = self.space(end)
        node.end = end + 1
        return node, node.end

    def _string(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] != '"':
            raise NoJson(at)
        try:
            text, end = scanstring(self._text, at + 1, True)
            text.encode()  # half of a surrogate pair is no character
        except ValueError:
            raise NoJson(at) from None
        return text, end

    def _plain(self, at: int, path: Path) -> tuple[Node, int]:
        for word, value in _LITERALS.items():
            if self._text.startswith(word, at):
                kind = "null" if value is None else "boolean"
                return Node(kind, value, at, at + len(word), path), at + len(word)
        found = _NUMBER.match(self._text, at)
        if found is None or len(found[0]) > _NUMBERS_LENGTH or isinf(float(found[0])):
            raise NoJson(at)
        return Node("number", float(found[0]), at, found.end(), path), found.end()

    def _expect(self, at: int, letter: str) -> int:
        if self._text[at : at + 1] != letter:
            raise NoJson(at)
        return at + 1
