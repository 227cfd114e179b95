"""The smallest request that a model takes: its required members, each with a value that its shape allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import Shape
from tools.scaffold.patterns import shortest

from clary.wire.patterns import compile_pattern

ACCOUNT = "111122223333"
_TEXTS = (
    "first",
    "arn:aws:iam::444455556666:role/first",
    "s3://bucket/first",
    "https://example.com/first",
    "first@example.com",
    "us-east-1",
    "444455556666",
    "00000000-0000-0000-0000-000000000001",
    "2030-01-01T00:00:00Z",
    "/first",
    "1",
    "firstfirstfirstfirst",
)


class NoValue(Exception):
    """A shape for which no value was found."""


def smallest(shape: Shape | None) -> dict[str, Any]:
    """Return the required members of a structure with values. Raise NoValue where one cannot be found."""
    whole: Any = shape
    return {name: value(whole.members[name], name) for name in whole.required_members} if whole else {}


def value(shape: Any, name: str = "", above: tuple[str, ...] = ()) -> Any:
    """Return a value of a shape. `name` is the member that has it. Raise NoValue where none was found."""
    if shape.name in above:
        raise NoValue(f"{shape.name} holds itself")
    above = (*above, shape.name)
    if shape.type_name == "structure":
        return _structure(shape, above)
    if shape.type_name == "list":
        return [value(shape.member, name, above) for _ in range(max(1, shape.metadata.get("min", 0)))]
    if shape.type_name == "map":
        return {text(shape.key): value(shape.value, "", above)} if shape.metadata.get("min") else {}
    return _scalar(shape, name)


def _structure(shape: Any, above: tuple[str, ...]) -> dict[str, Any]:
    names = shape.required_members
    if getattr(shape, "is_tagged_union", False):
        names = list(shape.members)[:1]
    return {member: value(shape.members[member], member, above) for member in names}


def _scalar(shape: Any, name: str) -> Any:
    if shape.type_name == "string":
        return text(shape, name)
    plain: dict[str, Any] = {"boolean": False, "blob": b"first" * 3, "timestamp": 1_900_000_000}
    if shape.type_name in plain:
        return plain[shape.type_name]
    return shape.metadata.get("min", 1)


def text(shape: Any, name: str = "") -> str:
    """Return a text that the shape allows, one that looks like what it is where that is possible."""
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    fitting = [one for one in _guesses(shape.name + name) if allows(shape, one)]
    return fitting[0] if fitting else _by_pattern(shape)


def _guesses(words: str) -> Iterator[str]:
    """Yield texts, those that the name asks for first."""
    hints = {"arn": _TEXTS[1], "s3uri": _TEXTS[2], "ur": _TEXTS[3], "email": _TEXTS[4], "account": _TEXTS[6]}
    if "polic" in words.lower() and "name" not in words.lower():
        yield '{"Version": "2012-10-17", "Statement": []}'
    yield from (
        example for hint, example in hints.items() if hint in words.lower() and "name" not in words.lower()
    )
    yield from _TEXTS


def allows(shape: Any, one: str) -> bool:
    """Tell whether a text keeps to the length and the pattern of a shape."""
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 20)
    if not least <= len(one) <= most:
        return False
    pattern = shape.metadata.get("pattern")
    return pattern is None or compile_pattern(pattern).fullmatch(one) is not None


def _by_pattern(shape: Any) -> str:
    try:
        pattern = compile_pattern(shape.metadata.get("pattern", ".*")).pattern
        found = shortest(pattern, shape.metadata.get("min", 0))
    except (re.error, OverflowError) as error:
        raise NoValue(f"no text for {shape.name}") from error
    if not allows(shape, found):
        raise NoValue(f"no text for {shape.name}")
    return found
