"""Patterns in policy strings: wildcards, ARNs with wildcards, `${variables}`. Knows no policy."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

# Marks the next character as literal, so that the value of a variable never acts as a pattern.
_LITERAL = "\x00"
_MEANT = re.compile("([*?\x00])")
_ESCAPED = re.compile("\x00(.)", re.DOTALL)
# Longer patterns are not cached, since a compiled pattern takes much memory.
_LONGEST_KEPT = 2048
_SPECIAL = {"*": "*", "?": "?", "$": "$"}


class Keys(Protocol):
    """The request context: lower-case condition key -> its values, None if the request lacks the key."""

    def get(self, key: str, /) -> tuple[str, ...] | None: ...


class Template:
    """A policy string that may contain variables (`${aws:username}`, `${aws:PrincipalTag/team, 'none'}`).

    `raw` is the string as a pattern; `names` are its variables in lower case. Without `variables` (policies
    of version 2008-10-17), no variable is filled in.
    """

    __slots__ = ("_parts", "names", "raw")

    def __init__(self, raw: str, variables: bool = True) -> None:
        raw = self.raw = raw.replace(_LITERAL, _LITERAL * 2)
        found = _pieces(raw) if variables else [raw]
        # Odd indexes are variables: (name, default); even ones are text.
        self._parts: list[str | tuple[str, str | None]] = [
            _variable(part) if place % 2 else part for place, part in enumerate(found)
        ]
        self.names = tuple(part[0] for part in self._parts if isinstance(part, tuple))

    @property
    def fixed(self) -> bool:
        """Return whether the string has no variables."""
        return len(self._parts) == 1

    def fill(self, keys: Keys) -> str | None:
        """Return the string with its variables filled in; None if one has not exactly one value and no
        default."""
        if self.fixed:
            return self.raw
        out: list[str] = []
        for part in self._parts:
            text = part if isinstance(part, str) else _value(part, keys)
            if text is None:
                return None
            out.append(text)
        return "".join(out)


def _pieces(raw: str) -> list[str]:
    """Split into text and, at odd indexes, the content of `${…}`, in linear time."""
    found: list[str] = []
    place = 0
    while (start := raw.find("${", place)) >= 0 and (end := raw.find("}", start)) >= 0:
        found += [raw[place:start], raw[start + 2 : end]]
        place = end + 1
    return [*found, raw[place:]]


def _variable(text: str) -> str | tuple[str, str | None]:
    if text in _SPECIAL:
        return _escape(text)
    name, comma, default = text.partition(",")
    return name.strip().lower(), default.strip().strip("'") if comma else None


def _value(variable: tuple[str, str | None], keys: Keys) -> str | None:
    name, default = variable
    values = keys.get(name)
    if values and len(values) == 1:
        return _escape(values[0])
    return None if default is None else _escape(default)


def _escape(text: str) -> str:
    return _MEANT.sub(_LITERAL + r"\1", text)


def unescape(text: str) -> str:
    """Return a filled-in string as plain text, for operators without patterns."""
    return _ESCAPED.sub(r"\1", text) if _LITERAL in text else text


def wildcards(pattern: str, any_character: str = ".") -> str:
    """Return a regular expression for a pattern of `*` and `?`.

    Text between two stars matches at its first place and is never reconsidered (an atomic group), so that no
    pattern makes matching slow.
    """
    first, *rest = _between_stars(pattern, any_character)
    if not rest:
        return first
    middle = "".join(f"(?>{any_character}*?{part})" for part in rest[:-1] if part)
    return f"{first}{middle}{any_character}*{rest[-1]}"


def _between_stars(pattern: str, any_character: str) -> list[str]:
    parts = [""]
    literal = False
    for character in pattern:
        if character == _LITERAL and not literal:
            literal = True
            continue
        if character == "*" and not literal:
            parts.append("")
        else:
            parts[-1] += any_character if character == "?" and not literal else re.escape(character)
        literal = False
    return parts


def wildcard_regex(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which `*` matches any text and `?` any character."""
    return _wildcard(pattern) if len(pattern) <= _LONGEST_KEPT else _wildcard.__wrapped__(pattern)


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile(wildcards(pattern), re.DOTALL)


def arn_source(pattern: str) -> str:
    """Return a regular expression for an ARN pattern.

    Each of the six parts matches by itself, so that a wildcard does not match a colon, except in the last
    part (IAM User Guide, "Resource").
    """
    parts = pattern.split(":", 5)
    if len(parts) == 1 or parts[0] != "arn":
        return wildcards(pattern)
    parts += ["*"] * (6 - len(parts))  # an incomplete ARN is completed with wildcards
    return ":".join([*(wildcards(part, "[^:]") for part in parts[:5]), wildcards(parts[5])])


def arn_regex(pattern: str) -> re.Pattern[str]:
    """Compile an ARN pattern; a `*` alone matches everything."""
    return _arn(pattern) if len(pattern) <= _LONGEST_KEPT else _arn.__wrapped__(pattern)


@lru_cache(maxsize=4096)
def _arn(pattern: str) -> re.Pattern[str]:
    return re.compile(arn_source(pattern), re.DOTALL)
