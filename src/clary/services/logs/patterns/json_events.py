"""Patterns for JSON events, such as `{ $.level = "ERROR" && $.latency > 100 }`.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import orjson

from clary.services.logs.patterns.tokens import Accepts, Condition, Tokens, invalid, parse_conditions
from clary.services.logs.patterns.values import comparison

_STEP = re.compile(
    r"""\.?\['(?P<single>[^']*)'\] | \.?\["(?P<double>[^"]*)"\] | \.?\[(?P<index>\d+|\*)\] | \.(?P<name>[^.\[]+)""",
    re.VERBOSE,
)
_EVERY = object()
# AWS's limits ("Using wildcards"): one in a property selector, three in a compound expression.
_MOST_WILDCARDS_OF_ONE, _MOST_WILDCARDS = 1, 3
_LITERALS: dict[str, Callable[[Any], bool]] = {
    "NULL": lambda value: value is None,
    "TRUE": lambda value: value is True,
    "FALSE": lambda value: value is False,
}


def compile_document(text: str) -> Accepts:
    """Return a function that says whether a message is a JSON document that matches the pattern."""
    tokens = Tokens(text)
    tokens.require("{")
    wildcards = Counter[str]()
    condition = parse_conditions(tokens, partial(_condition, wildcards))
    tokens.require("}")
    tokens.require_end()

    def accepts(message: str) -> bool:
        try:
            document = orjson.loads(message)
        except orjson.JSONDecodeError:
            return False
        return condition(document)

    return accepts


def _condition(wildcards: Counter[str], tokens: Tokens) -> Condition:
    selector = tokens.take()
    if selector.kind != "selector":
        raise invalid()
    steps = _steps(selector.text)
    _count(wildcards, steps)
    if tokens.skip_word("NOT"):
        if not tokens.skip_word("EXISTS"):
            raise invalid()
        return lambda document: not _found(document, steps)
    test = _literal(tokens) if tokens.skip_word("IS") else comparison(tokens)
    if test is None:
        raise invalid()
    return lambda document: any(test(value) for value in _found(document, steps))


def _count(wildcards: Counter[str], steps: list[Any]) -> None:
    """Count wildcards. Raise InvalidParameterException above AWS's limits."""
    here = steps.count(_EVERY)
    wildcards["*"] += here
    if here > _MOST_WILDCARDS_OF_ONE or wildcards["*"] > _MOST_WILDCARDS:
        raise invalid()


def _literal(tokens: Tokens) -> Condition:
    word = tokens.take()
    literal = _LITERALS.get(word.text.upper())
    if word.kind != "word" or literal is None:
        raise invalid()
    return literal


def _steps(selector: str) -> list[Any]:
    """Parse `$.a[0].b` into names and indexes; `*` becomes `_EVERY`."""
    steps: list[Any] = []
    place = 1
    while place < len(selector):
        match = _STEP.match(selector, place)
        if match is None:
            raise invalid()
        steps.append(_step(match))
        place = match.end()
    return steps


def _step(match: re.Match[str]) -> Any:
    index, name = match["index"], match["name"]
    if index == "*" or name == "*":
        return _EVERY
    if index is not None:
        return int(index)
    return next(text for text in (match["single"], match["double"], name) if text is not None)


def _found(document: Any, steps: list[Any]) -> list[Any]:
    """Return the scalars that a selector leads to. Arrays and objects are left out: nothing equals them."""
    values = [document]
    for step in steps:
        values = [member for value in values for member in _members(value, step)]
    return [value for value in values if not isinstance(value, dict | list)]


def _members(value: Any, step: Any) -> Iterable[Any]:
    """Return what one step leads to: one member, every member, or nothing."""
    if step is _EVERY:
        return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(step, int):
        return (value[step],) if isinstance(value, list) and step < len(value) else ()
    return (value[step],) if isinstance(value, dict) and step in value else ()
