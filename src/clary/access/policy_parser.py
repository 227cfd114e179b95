"""The grammar of policy documents: identity, trust, session and resource policies.

Breaking a rule raises PolicyError; each service turns it into its own message. Source: "Grammar of the IAM
JSON policy language" and "AWS JSON policy elements" (IAM User Guide).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NoReturn

from clary.access.conditions import is_operator
from clary.access.document import compile_policy, listed, statements_of

Kind = Literal[
    "json",  # not JSON, or an element is given twice
    "element",  # an unknown element
    "version",
    "no statement",
    "effect",
    "missing",  # a required element is missing
    "empty",  # an element is empty
    "syntax",  # a value of the wrong type, or an element together with its opposite
    "operator",  # an unknown condition operator
    "principal",  # a malformed principal
]

_TOP = {"Version", "Id", "Statement"}
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_VERSIONS = ("2012-10-17", "2008-10-17")
_NAME = r"[^*?\s]+"
# A wildcard must stand alone ("AWS JSON policy elements: Principal"). AIDA… and AROA… are unique ids.
_PRINCIPALS = {
    "AWS": re.compile(
        rf"\*|\d{{12}}|A[A-Z0-9]{{15,127}}|arn:aws[a-z-]*:iam::(\d{{12}}:root|(\d{{12}}|cloudfront):(user|role)/{_NAME}"
        rf"( {_NAME})*)|arn:aws[a-z-]*:sts::\d{{12}}:(assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME})"
    ),
    "Service": re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    "Federated": re.compile(_NAME),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


class PolicyError(Exception):
    """The first rule that a document breaks. `detail` is what breaks it: the name of an element, or a value."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail


def parse_policy(text: str) -> dict[str, Any]:
    """Return a policy document that can be compiled and evaluated. Raise PolicyError for other text.

    Which elements a statement needs besides Effect depends on the kind of policy: see `require`.
    """
    policy = _load(text)
    _check_top(policy)
    for statement in statements_of(policy):
        _check_statement(statement)
    try:
        compile_policy(text)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise PolicyError("syntax") from None
    return policy


def require(statement: Mapping[str, Any], *elements: str) -> None:
    """Raise PolicyError unless the statement has each of these elements or its opposite (`NotAction` for
    `Action`)."""
    for name in elements:
        if name not in statement and f"Not{name}" not in statement:
            raise PolicyError("missing", name)


def principals_of(statement: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (kind, name) of every principal in a statement; nothing for `*` alone."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(element, dict):
        return []
    return [(kind, value) for kind, values in element.items() for value in listed(values)]


def _load(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise PolicyError("json") from None
    if not isinstance(policy, dict):
        raise PolicyError("json")
    return policy


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _check_top(policy: Mapping[str, Any]) -> None:
    _check_elements(policy, _TOP)
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise PolicyError("version")
    if "Statement" not in policy:
        raise PolicyError("missing", "Statement")
    _check_text(policy.get("Id", ""))
    if not statements_of(policy):
        raise PolicyError("no statement")


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise PolicyError("syntax")
    _check_elements(statement, _ELEMENTS)
    if "Effect" not in statement:
        raise PolicyError("missing", "Effect")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise PolicyError("effect", str(statement["Effect"]))
    _check_text(statement.get("Sid", ""))
    for one, other in _PAIRS:
        if one in statement and other in statement:
            raise PolicyError("syntax")
        name = one if one in statement else other
        if name in statement:
            _check_values(name, statement[name])
    _check_condition(statement.get("Condition", {}))


def _check_elements(holder: Mapping[str, Any], known: set[str]) -> None:
    for name in holder:
        if name not in known:
            raise PolicyError("element", name)


def _check_values(element: str, value: Any) -> None:
    if element.endswith("Principal"):
        _check_principal(element, value)
        return
    if value == []:
        raise PolicyError("empty", element)
    for text in listed(value):
        _check_text(text)


def _check_text(value: Any) -> None:
    if not isinstance(value, str):
        raise PolicyError("syntax")


def _check_principal(element: str, value: Any) -> None:
    if value == "*":
        return
    if not isinstance(value, dict) or not value.keys() <= _PRINCIPALS.keys():
        raise PolicyError("syntax")
    if not value or [] in value.values():
        raise PolicyError("empty", element)
    for kind, name in _names(value):
        _check_text(name)
        if not _PRINCIPALS[kind].fullmatch(name):
            raise PolicyError("principal", f'"{kind}":"{name}"')


def _names(element: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((kind, name) for kind, names in element.items() for name in listed(names))


def _check_condition(element: Any) -> None:
    """Check a Condition element. An operator without keys, or a key without values, is an error: it would
    hold always or never."""
    if not isinstance(element, dict):
        raise PolicyError("syntax")
    for operator, wanted in element.items():
        if not is_operator(operator):
            raise PolicyError("operator", operator)
        if not isinstance(wanted, dict):
            raise PolicyError("syntax")
        if not wanted or "" in wanted or [] in wanted.values():
            raise PolicyError("empty", operator)
        for values in wanted.values():
            _check_scalars(operator, listed(values))


def _check_scalars(operator: str, values: list[Any]) -> None:
    if not all(isinstance(value, str | int | float | bool) for value in values):
        raise PolicyError("syntax")
    if operator == "Null" and not all(str(value).lower() in ("true", "false") for value in values):
        raise PolicyError("syntax")
