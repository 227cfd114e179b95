"""Line and column of each statement in the text of a policy."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_COLON = re.compile(r"\s*:")


class Span(NamedTuple):
    """(line, column) after the opening and the closing brace, counted from 1 as AWS does (recorded:
    simulate_principle_policy)."""

    start: tuple[int, int]
    end: tuple[int, int]


def span_of(text: str, place: int) -> Span:
    """Return the span of a statement; the whole text if a stored policy cannot be parsed (it then denies
    everything)."""
    try:
        return statement_spans(text)[place]
    except IndexError:
        return Span((1, 1), _after(_lines(text), len(text) - 1))


@lru_cache(maxsize=32)
def statement_spans(text: str) -> tuple[Span, ...]:
    """Return the spans of the statements of a valid policy, in order."""
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    lines = _lines(text)
    member, depth, listed, start = "", 0, False, 0
    for place, token in _tokens(text):
        if token in "{[":
            depth += 1
            if depth == 2 and token == "[":
                listed = member == "Statement"
            if member == "Statement" and token == "{" and depth == (3 if listed else 2):
                start = place
        elif token in "}]":
            if member == "Statement" and token == "}" and depth == (3 if listed else 2):
                yield Span(_after(lines, start), _after(lines, place))
            depth -= 1
            listed = listed and depth >= 2
        elif depth == 1:
            member = token[1:-1] if token != ":" else member


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, token) of brackets, and of strings that are member names."""
    place = 0
    while place < len(text):
        character = text[place]
        if character in "{}[]":
            yield place, character
        elif character == '"':
            end = _end_of_string(text, place)
            if _COLON.match(text, end):
                yield place, text[place:end]
            place = end
            continue
        place += 1


def _end_of_string(text: str, place: int) -> int:
    place += 1
    while text[place] != '"':
        place += 2 if text[place] == "\\" else 1
    return place + 1


def _lines(text: str) -> list[int]:
    """Return the offsets at which the lines of a text begin."""
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _after(lines: list[int], place: int) -> tuple[int, int]:
    """Return (line, column) after an offset; `lines` are the offsets at which the lines begin."""
    line = bisect_right(lines, place)
    return line, place - lines[line - 1] + 2
