"""Whether a resource policy lets everybody in: what BlockPublicPolicy refuses. Anything that is not plainly limited counts
as public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clary.access.document import listed, statements_of
from clary.access.policy_parser import parse_policy

# Keys that say who calls or from where, which callers cannot choose.
_NARROWING = {
    "aws:principalorgid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
}
_OPERATORS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")


def is_public(text: str) -> bool:
    """Return whether a policy (valid JSON) allows anything to everybody."""
    return any(_lets_all_in(statement) for statement in statements_of(parse_policy(text)))


def _lets_all_in(statement: Mapping[str, Any]) -> bool:
    return statement["Effect"] == "Allow" and not _names_somebody(statement) and not _is_narrowed(statement)


def _names_somebody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return False
    return all("*" not in name for names in principal.values() for name in listed(names))


def _is_narrowed(statement: Mapping[str, Any]) -> bool:
    return any(
        operator in _OPERATORS and key in _NARROWING and all(_is_fixed(value) for value in values)
        for operator, key, values in _conditions(statement)
    )


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, wanted in (statement.get("Condition") or {}).items():
        for key, values in wanted.items():
            yield operator, key.lower(), [str(value) for value in listed(values)]


def _is_fixed(value: str) -> bool:
    return not any(mark in value for mark in ("*", "?", "${"))
