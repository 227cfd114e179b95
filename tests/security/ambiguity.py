"""How slow a back-tracking engine can be made by a text that does not fit: found in the expression, not by trying.

An expression becomes an automaton of its positions (Glushkov). Where one text leads from a position back to it in two
ways, a failing match takes exponential time (EDA); where one text leads round p, from p to q and round q, it takes at
least quadratic time (IDA). See Weber and Seidl, "On the degree of ambiguity of finite automata" (1991).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from re import _compiler, _parser
from re import _constants as op
from typing import Any

_COPIES = 3  # of what is repeated a counted number of times: enough for its loops to show
_SAMPLE = "".join(map(chr, range(128))) + "é\u2028漢😀"


class Automaton:
    """Positions of an expression: the characters that each takes, and which follow it."""

    def __init__(self, source: str, flags: int = 0) -> None:
        self.flags = flags
        self.takes: list[frozenset[str]] = []
        self.follows: list[set[int]] = []
        self.twice: set[tuple[int, int]] = set()  # steps that a loop and a loop around it both allow
        parsed = _parser.parse(source, flags)
        self.flags = parsed.state.flags
        self._sequence(list(parsed))

    def _sequence(self, items: list[Any]) -> tuple[bool, set[int], set[int]]:
        """Whether it may be empty, the positions that it can begin with, and those that it can end with."""
        empty, first, last = True, set[int](), set[int]()
        for item in items:
            some_empty, some_first, some_last = self._item(*item)
            self._join(last, some_first)
            first |= some_first if empty else set()
            last = some_last | (last if some_empty else set())
            empty = empty and some_empty
        return empty, first, last

    def _item(self, kind: Any, value: Any) -> tuple[bool, set[int], set[int]]:
        if kind in (op.AT, op.ASSERT, op.ASSERT_NOT, op.GROUPREF):
            return True, set(), set()
        if kind is op.SUBPATTERN:
            return self._sequence(list(value[3]))
        if kind is op.ATOMIC_GROUP:
            return self._sequence(list(value))
        if kind is op.BRANCH:
            parts = [self._sequence(list(branch)) for branch in value[1]]
            return (
                any(p[0] for p in parts),
                set().union(*(p[1] for p in parts)),
                set().union(*(p[2] for p in parts)),
            )
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeated(*value)
        return self._position(_characters(kind, _frozen(value), self.flags))

    def _position(self, characters: frozenset[str]) -> tuple[bool, set[int], set[int]]:
        self.takes.append(characters)
        self.follows.append(set())
        return False, {len(self.takes) - 1}, {len(self.takes) - 1}

    def _repeated(self, least: int, most: Any, items: Any) -> tuple[bool, set[int], set[int]]:
        if most == 0:
            return True, set(), set()
        if most == 1:
            empty, first, last = self._sequence(list(items))
            return empty or not least, first, last
        if least < most and (most == op.MAXREPEAT or most > _COPIES):
            empty, first, last = self._sequence(list(items))
            self._join(last, first)
            return empty or not least, first, last
        needed = min(int(least), _COPIES)
        optional = [(op.MAX_REPEAT, (0, 1, items))] * (min(int(most), _COPIES) - needed)
        return self._sequence([*items] * needed + optional)

    def _join(self, last: set[int], first: set[int]) -> None:
        for position in last:
            self.twice |= {(position, other) for other in first & self.follows[position]}
            self.follows[position] |= first

    def pairs(self) -> dict[tuple[int, int], set[tuple[int, int]]]:
        """Two positions, and the pairs that one and the same character leads to from them."""
        count = len(self.takes)
        edges: dict[tuple[int, int], set[tuple[int, int]]] = {}
        for p in range(count):
            for q in range(count):
                edges[p, q] = {
                    (a, b) for a in self.follows[p] for b in self.follows[q] if self.takes[a] & self.takes[b]
                }
        return edges


def exponential(automaton: Automaton) -> bool:
    """Whether one text leads from a position back to it in two ways."""
    edges = automaton.pairs()
    reach = {(p, p): _reached(edges, (p, p)) for p in range(len(automaton.takes))}
    return any((p, p) in reach[q, q] for p, q in automaton.twice) or any(
        pair[0] != pair[1] and (p, p) in _reached(edges, pair)
        for (p, _), found in reach.items()
        for pair in found
    )


def polynomial(automaton: Automaton) -> bool:
    """Whether one text leads round p, from p to q and round q."""
    edges = automaton.pairs()
    count = len(automaton.takes)
    loops = [p for p in range(count) if (p, p) in _reached(edges, (p, p))]
    return any(_triple(automaton, p, q) for p in loops for q in loops if p != q)


def _triple(automaton: Automaton, p: int, q: int) -> bool:
    start, goal = (p, p, q), (p, q, q)
    seen, left = {start}, [start]
    while left:
        a, b, c = left.pop()
        for x in automaton.follows[a]:
            for y in automaton.follows[b]:
                both = automaton.takes[x] & automaton.takes[y]
                if not both:
                    continue
                for z in automaton.follows[c]:
                    if both & automaton.takes[z]:
                        if (x, y, z) == goal:
                            return True
                        if (x, y, z) not in seen:
                            seen.add((x, y, z))
                            left.append((x, y, z))
    return False


def _reached(
    edges: dict[tuple[int, int], set[tuple[int, int]]], start: tuple[int, int]
) -> set[tuple[int, int]]:
    """All pairs that some text leads to, at least one character long."""
    seen, left = set[tuple[int, int]](), [start]
    while left:
        for pair in edges[left.pop()] - seen:
            seen.add(pair)
            left.append(pair)
    return seen


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


@cache
def _characters(kind: Any, value: Any, flags: int) -> frozenset[str]:
    """The characters of a sample that a position takes."""
    parts = {op.LITERAL: _literal, op.NOT_LITERAL: _other, op.ANY: _any}
    if kind is op.IN:
        return _class(value, flags)
    return parts[kind](value, flags)


def _literal(value: int, flags: int) -> frozenset[str]:
    text = chr(value)
    return frozenset((text, text.lower(), text.upper())) if flags & re.IGNORECASE else frozenset(text)


def _other(value: int, flags: int) -> frozenset[str]:
    return frozenset(_SAMPLE) - _literal(value, flags)


def _any(_: Any, flags: int) -> frozenset[str]:
    return frozenset(_SAMPLE) if flags & re.DOTALL else frozenset(_SAMPLE) - {"\n"}


def _class(items: Iterable[Any], flags: int) -> frozenset[str]:
    source = _parser.SubPattern(_parser.State(), [(op.IN, list(items))])
    compiled = _compiler.compile(source, flags & (re.IGNORECASE | re.ASCII))
    return frozenset(character for character in _SAMPLE if compiled.fullmatch(character))
