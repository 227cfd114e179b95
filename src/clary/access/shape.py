"""The grammar of policy documents, one for identity, trust, session and resource policies. It knows no service's words:
a document that breaks a rule is a PolicyFault, and whoever reads the document says it in its own sentence.

Source: "Grammar of the IAM JSON policy language" and "AWS JSON policy elements" (IAM User Guide).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NoReturn

from clary.access.conditions import is_operator
from clary.access.document import compile_policy, listed, statements_of

Kind = Literal[
    "json",  # no JSON, or an element is given twice
    "element",  # an element that there is not
    "version",
    "no statement",
    "effect",
    "missing",  # an element that has to be there
    "empty",  # an element that is there and says nothing
    "syntax",  # a value of another type, or an element beside its opposite
    "operator",  # a condition operator that there is not
    "principal",  # a principal that is not written as AWS writes principals
]

_TOP = {"Version", "Id", "Statement"}
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_VERSIONS = ("2012-10-17", "2008-10-17")
_NAME = r"[^*?\s]+"
# A wildcard stands alone or not at all ("AWS JSON policy elements: Principal"). AIDA… and AROA… are unique ids.
_PRINCIPALS = {
    "AWS": re.compile(
        rf"\*|\d{{12}}|A[A-Z0-9]{{15,127}}|arn:aws[a-z-]*:iam::(\d{{12}}:root|(\d{{12}}|cloudfront):(user|role)/{_NAME}"
        rf"( {_NAME})*)|arn:aws[a-z-]*:sts::\d{{12}}:(assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME})"
    ),
    "Service": re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    "Federated": re.compile(_NAME),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


class PolicyFault(Exception):
    """The first rule that a document breaks. `detail` is what breaks it: an element's name, a value."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail


def parse_policy(text: str) -> dict[str, Any]:
    """Return a policy document that can be compiled and evaluated; raise PolicyFault for any other text.

    Which elements a statement must have besides its Effect is a matter of the kind of policy: see `require`.
    """
    policy = _load(text)
    _check_top(policy)
    for statement in statements_of(policy):
        _check_statement(statement)
    try:
        compile_policy(text)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise PolicyFault("syntax") from None
    return policy


def require(statement: Mapping[str, Any], *elements: str) -> None:
    """Raise PolicyFault unless the statement has each of these elements, or its opposite (`NotAction` for `Action`)."""
    for name in elements:
        if name not in statement and f"Not{name}" not in statement:
            raise PolicyFault("missing", name)


def principals_of(statement: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(kind, name) of every principal that a statement names; `*` alone is none."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(element, dict):
        return []
    return [(kind, value) for kind, values in element.items() for value in listed(values)]


def _load(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise PolicyFault("json") from None
    if not isinstance(policy, dict):
        raise PolicyFault("json")
    return policy


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _check_top(policy: Mapping[str, Any]) -> None:
    _check_elements(policy, _TOP)
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise PolicyFault("version")
    if "Statement" not in policy:
        raise PolicyFault("missing", "Statement")
    _check_text(policy.get("Id", ""))
    if not statements_of(policy):
        raise PolicyFault("no statement")


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise PolicyFault("syntax")
    _check_elements(statement, _ELEMENTS)
    if "Effect" not in statement:
        raise PolicyFault("missing", "Effect")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise PolicyFault("effect", str(statement["Effect"]))
    _check_text(statement.get("Sid", ""))
    for one, other in _PAIRS:
        if one in statement and other in statement:
            raise PolicyFault("syntax")
        name = one if one in statement else other
        if name in statement:
            _check_values(name, statement[name])
    _check_condition(statement.get("Condition", {}))


def _check_elements(holder: Mapping[str, Any], known: set[str]) -> None:
    for name in holder:
        if name not in known:
            raise PolicyFault("element", name)


def _check_values(element: str, value: Any) -> None:
    if element.endswith("Principal"):
        _check_principal(element, value)
        return
    if value == []:
        raise PolicyFault("empty", element)
    for text in listed(value):
        _check_text(text)


def _check_text(value: Any) -> None:
    if not isinstance(value, str):
        raise PolicyFault("syntax")


def _check_principal(element: str, value: Any) -> None:
    if value == "*":
        return
    if not isinstance(value, dict) or not value.keys() <= _PRINCIPALS.keys():
        raise PolicyFault("syntax")
    if not value or [] in value.values():
        raise PolicyFault("empty", element)
    for kind, name in _names(value):
        _check_text(name)
        if not _PRINCIPALS[kind].fullmatch(name):
            raise PolicyFault("principal", f'"{kind}":"{name}"')


def _names(element: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((kind, name) for kind, names in element.items() for name in listed(names))


def _check_condition(element: Any) -> None:
    """An operator without keys and a key without values would be conditions that always hold, or never."""
    if not isinstance(element, dict):
        raise PolicyFault("syntax")
    for operator, wanted in element.items():
        if not is_operator(operator):
            raise PolicyFault("operator", operator)
        if not isinstance(wanted, dict):
            raise PolicyFault("syntax")
        if not wanted or "" in wanted or [] in wanted.values():
            raise PolicyFault("empty", operator)
        for values in wanted.values():
            _check_scalars(operator, listed(values))


def _check_scalars(operator: str, values: list[Any]) -> None:
    if not all(isinstance(value, str | int | float | bool) for value in values):
        raise PolicyFault("syntax")
    if operator == "Null" and not all(str(value).lower() in ("true", "false") for value in values):
        raise PolicyFault("syntax")
