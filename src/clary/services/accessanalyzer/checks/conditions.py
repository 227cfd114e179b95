"""Conditions: operators, qualifiers and keys. The values are condition_values.py's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from clary.access.conditions import is_operator
from clary.services.accessanalyzer.checks import condition_values
from clary.services.accessanalyzer.checks.policy import Policy
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Member, Node

# "AWS global condition context keys": keys with several values, and of those with one the most used.
_MULTIVALUED = (
    "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths",
    "aws:sourceorgpaths", "aws:tagkeys",
)  # fmt: skip
_SINGLE = (
    "aws:currenttime", "aws:epochtime", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalaccount",
    "aws:principalarn", "aws:principalorgid", "aws:principaltype", "aws:requestedregion", "aws:resourceaccount",
    "aws:resourceorgid", "aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourcevpc",
    "aws:sourcevpce", "aws:useragent", "aws:userid", "aws:username", "aws:viaawsservice", "aws:vpcsourceip",
)  # fmt: skip


class Operator(NamedTuple):
    """`ForAnyValue:StringLikeIfExists` is ("ForAnyValue", "StringLike", True)."""

    qualifier: str
    name: str
    if_exists: bool

    @classmethod
    def of(cls, text: str) -> Operator:
        qualifier, _, name = text.rpartition(":")
        return cls(qualifier, name.removesuffix("IfExists"), name.endswith("IfExists"))


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what is wrong with the conditions of a policy."""
    for statement in policy.statements:
        condition = statement.get("Condition")
        if condition is None:
            continue
        if condition.kind != "object":
            yield Finding("DATA_TYPE_MISMATCH", condition, type="Object")
        elif not condition.members:
            yield Finding("EMPTY_OBJECT_CONDITION", condition)
        for member in condition.members:
            yield from _block(member)


def _block(member: Member) -> Iterator[Finding]:
    operator = Operator.of(member.name)
    if operator.name == "Null" and operator.if_exists:
        yield Finding("NULL_WITH_IF_EXISTS", member)
    elif operator.name == "Null" and operator.qualifier in ("ForAllValues", "ForAnyValue"):
        yield Finding("NULL_WITH_QUALIFIER", member)
    elif not is_operator(member.name):
        yield Finding("INVALID_CONDITION_OPERATOR", member, operator=member.name)
        return
    if member.node.kind != "object":
        yield Finding("DATA_TYPE_MISMATCH", member.node, type="Object")
        return
    if not member.node.members:
        yield Finding("EMPTY_OBJECT_CONDITION", member.node)
    yield from _same_keys(member.node)
    for key in member.node.members:
        yield from _key(operator, key)
        yield from _empty(operator, key)
        yield from condition_values.check(operator.name, member.name, key)


def _same_keys(block: Node) -> Iterator[Finding]:
    by_name: dict[str, list[Member]] = defaultdict(list)
    for member in block.members:
        by_name[member.name.lower()].append(member)
    for same in by_name.values():
        if len({member.name for member in same}) > 1:
            yield Finding("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", *same, key=same[0].name)


def _key(operator: Operator, key: Member) -> Iterator[Finding]:
    name = key.name.lower()
    if ":" not in name or name.startswith(":") or name.endswith(":"):
        yield Finding("INVALID_CONDITION_KEY_FORMAT", key)
    if name == "aws:arn":
        yield Finding("UNSUPPORTED_GLOBAL_CONDITION_KEY", key)
    if name in _MULTIVALUED and not operator.qualifier and operator.name != "Null":
        yield Finding("MISSING_QUALIFIER", key, key=key.name)
    if name in _SINGLE and operator.qualifier == "ForAllValues":
        yield Finding("FORALLVALUES_WITH_SINGLE_VALUED_KEY", key, key=key.name)


def _empty(operator: Operator, key: Member) -> Iterator[Finding]:
    if key.node.kind != "array" or key.node.items:
        return
    code = "EMPTY_ARRAY_CONDITION"
    if operator.qualifier:
        code = f"{code}_{operator.qualifier.upper()}"
    elif operator.if_exists:
        code = f"{code}_IFEXISTS"
    yield Finding(code, key.node, key=key.name)
