"""Which services policies allow something of. Knows no table and no operation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from clary.access.document import listed, statements_of


def services_of(text: str, known: Iterable[str]) -> set[str]:
    """Return those of the `known` action prefixes of which a policy (JSON) allows at least one action.

    As in AWS's reports, neither what other statements deny nor conditions are considered.
    """
    found: set[str] = set()
    known = set(known)
    for statement in statements_of(json.loads(text)):
        if statement.get("Effect") == "Allow":
            found |= _of_statement(statement, known)
    return found


def _of_statement(statement: dict[str, Any] | Any, known: set[str]) -> set[str]:
    if "NotAction" in statement:
        return known - {_prefix(one) for one in listed(statement["NotAction"]) if one.endswith(":*")}
    prefixes = {_prefix(one) for one in listed(statement.get("Action", []))}
    return known if "*" in prefixes else known & prefixes


def _prefix(action: str) -> str:
    return action.partition(":")[0].lower()
