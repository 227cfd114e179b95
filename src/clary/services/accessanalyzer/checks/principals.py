"""Principals: where they may stand, their form, wildcards, unique ids, and actions that do not fit them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clary.services.accessanalyzer.checks.policy import RESOURCE, SCP, Policy, allows
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Node

_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")
_UNIQUE_ID = re.compile(r"(AROA|AIDA)[A-Z0-9]{12,}")


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what is wrong with the principals of a policy."""
    for statement in policy.statements:
        for member in statement.members:
            if member.name not in ("Principal", "NotPrincipal"):
                continue
            if policy.kind == SCP:
                yield Finding("SCP_SYNTAX_ERROR_PRINCIPAL", member)
            elif policy.kind != RESOURCE:
                yield Finding("UNSUPPORTED_PRINCIPAL", member, type=policy.kind)
            else:
                yield from _element(member.node)
                if member.name == "NotPrincipal" and allows(statement):
                    yield Finding("ALLOW_WITH_NOT_PRINCIPAL", member)
        if policy.kind == RESOURCE:
            yield from _federated(statement)


def _element(node: Node) -> Iterator[Finding]:
    if node.kind == "string":
        if node.value != "*":
            yield Finding("INVALID_PRINCIPAL_FORMAT", node)
        return
    if node.kind != "object":
        yield Finding("INVALID_PRINCIPAL_FORMAT", node)
        return
    if not node.members:
        yield Finding("EMPTY_OBJECT_PRINCIPAL", node)
    for member in node.members:
        if member.name not in _KEYS:
            yield Finding("INVALID_PRINCIPAL_KEY", member, key=member.name)
        else:
            yield from _names(member.name, member.node)


def _names(key: str, node: Node) -> Iterator[Finding]:
    if node.kind == "array" and not node.items:
        yield Finding("EMPTY_ARRAY_PRINCIPAL", node)
    for one in node.listed():
        if one.kind != "string":
            yield Finding("DATA_TYPE_MISMATCH", one, type="String")
            continue
        if ("*" in one.value or "?" in one.value) and not (key == "AWS" and one.value == "*"):
            yield Finding("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", one, key=key)
        if key == "AWS" and (found := _UNIQUE_ID.fullmatch(one.value)):
            kind = "role" if found[1] == "AROA" else "user"
            yield Finding(f"INVALID_{kind.upper()}_REFERENCE", one, kind=kind, id=one.value)


def _federated(statement: Node) -> Iterator[Finding]:
    """Yield a finding where identity providers are to call sts:AssumeRole, which they never do (aws-cli's example of
    validate-policy)."""
    principal, action = statement.get("Principal"), statement.get("Action")
    federated = principal.get("Federated") if principal is not None else None
    if federated is None or action is None:
        return
    for one in action.strings():
        if one.value.lower() == "sts:assumerole":
            names = ", ".join(name.value for name in federated.strings())
            yield Finding(
                "MISMATCHED_ACTION_FOR_PRINCIPAL", one, federated, action=one.value, principals=names
            )
