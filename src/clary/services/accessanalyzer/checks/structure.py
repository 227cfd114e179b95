"""Elements: which there are, which must be, which exclude each other, and of what type they are; Sids and sizes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from clary.services.accessanalyzer.checks.policy import IDENTITY, RESOURCE, SCP, Policy
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Node

_VERSIONS = ("2012-10-17", "2008-10-17")
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PAIRS = (("Action", "NotAction"), ("Principal", "NotPrincipal"), ("Resource", "NotResource"))
_EMPTY = {"Action": "EMPTY_ARRAY_ACTION", "Resource": "EMPTY_ARRAY_RESOURCE"}
_SID = re.compile(r"[A-Za-z0-9]*")
# Characters without white space: IAM quotas, and "Quotas for AWS Organizations".
_LONGEST_IDENTITY, _LONGEST_SCP = 6144, 5120


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what is wrong with the form of a policy."""
    root = policy.root
    if root.kind != "object":
        yield Finding("DATA_TYPE_MISMATCH", root, type="Object")
        return
    yield from _unknown(root, _TOP)
    yield from _version(root)
    yield from _sizes(policy)
    statement = root.get("Statement")
    if statement is None or (statement.kind == "array" and not statement.items):
        yield Finding("MISSING_STATEMENT", statement or root)
        return
    for one in statement.listed():
        if one.kind != "object":
            yield Finding("DATA_TYPE_MISMATCH", one, type="Object")
    for one in policy.statements:
        yield from _statement(policy, one)
    yield from _sids(policy)
    yield from _same_statements(policy)


def _unknown(holder: Node, known: tuple[str, ...]) -> Iterator[Finding]:
    for member in holder.members:
        if member.name not in known:
            yield Finding("INVALID_POLICY_ELEMENT", member, element=member.name)


def _version(root: Node) -> Iterator[Finding]:
    version = root.get("Version")
    if version is None:
        yield Finding("MISSING_VERSION", root)
    elif version.kind != "string":
        yield Finding("DATA_TYPE_MISMATCH", version, type="String")
    elif version.value not in _VERSIONS:
        yield Finding("INVALID_VERSION", version, version=version.value, versions=f"[{', '.join(_VERSIONS)}]")


def _sizes(policy: Policy) -> Iterator[Finding]:
    size = len("".join(policy.text.split()))
    if policy.kind == IDENTITY and size > _LONGEST_IDENTITY:
        code = "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"
        yield Finding(code, policy.root, size=size, limit=_LONGEST_IDENTITY)
    if policy.kind == SCP and size > _LONGEST_SCP:
        yield Finding("POLICY_SIZE_EXCEEDS_SCP_QUOTA", policy.root, size=size, limit=_LONGEST_SCP)


def _statement(policy: Policy, statement: Node) -> Iterator[Finding]:
    yield from _unknown(statement, _ELEMENTS)
    yield from _effect(statement)
    for one, other in _PAIRS:
        members = [member for member in statement.members if member.name in (one, other)]
        if {member.name for member in members} == {one, other}:
            yield Finding("UNSUPPORTED_ELEMENT_COMBINATION", *members, first=one, second=other)
    yield from _required(policy, statement)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        yield from _values(statement, name)


def _effect(statement: Node) -> Iterator[Finding]:
    effect = statement.get("Effect")
    if effect is None:
        yield Finding("MISSING_EFFECT", statement)
    elif effect.kind != "string":
        yield Finding("DATA_TYPE_MISMATCH", effect, type="String")
    elif effect.value not in ("Allow", "Deny"):
        yield Finding("INVALID_EFFECT", effect, effect=effect.value)


def _required(policy: Policy, statement: Node) -> Iterator[Finding]:
    names = {member.name for member in statement.members}
    if not names & {"Action", "NotAction"}:
        yield Finding("MISSING_ACTION", statement)
    # A trust policy has none, and whose a policy is does not have to be said.
    with_resource = policy.kind in (IDENTITY, SCP) or policy.about == "AWS::S3::Bucket"
    if with_resource and not names & {"Resource", "NotResource"}:
        yield Finding("MISSING_RESOURCE", statement)
    if policy.kind == RESOURCE and not names & {"Principal", "NotPrincipal"}:
        yield Finding("MISSING_PRINCIPAL", statement)


def _values(statement: Node, name: str) -> Iterator[Finding]:
    node = statement.get(name)
    if node is None:
        return
    if node.kind == "array" and not node.items:
        yield Finding(_EMPTY[name.removeprefix("Not")], node)
    for one in node.listed():
        if one.kind != "string":
            yield Finding("DATA_TYPE_MISMATCH", one, type="String")


def _sids(policy: Policy) -> Iterator[Finding]:
    sids = [sid for statement in policy.statements if (sid := statement.get("Sid")) is not None]
    for sid in sids:
        if sid.kind != "string":
            yield Finding("DATA_TYPE_MISMATCH", sid, type="String")
        elif not sid.value:
            yield Finding("EMPTY_SID_VALUE", sid)
        elif policy.kind != RESOURCE and not _SID.fullmatch(sid.value):
            yield Finding("UNSUPPORTED_SID", sid)
    counted = Counter(sid.value for sid in sids if sid.kind == "string" and sid.value)
    for text in (text for text, times in counted.items() if times > 1):
        code = "UNIQUE_SIDS_RECOMMENDED" if policy.kind == RESOURCE else "UNIQUE_SIDS_REQUIRED"
        yield Finding(code, *(sid for sid in sids if sid.value == text))


def _same_statements(policy: Policy) -> Iterator[Finding]:
    """Yield a finding for statements that say the same, apart from their Sids and the order of lists."""
    by_meaning: dict[object, list[Node]] = {}
    for statement in policy.statements:
        by_meaning.setdefault(_meaning(statement, top=True), []).append(statement)
    for same in by_meaning.values():
        if len(same) > 1:
            yield Finding("REDUNDANT_STATEMENT", *same)


def _meaning(node: Node, *, top: bool = False) -> object:
    if node.kind == "object":
        members = [member for member in node.members if not (top and member.name == "Sid")]
        return frozenset((member.name, _meaning(member.node)) for member in members)
    if node.kind == "array":
        values = frozenset(_meaning(one) for one in node.items)
        return next(iter(values)) if len(values) == 1 else values
    return (node.kind, node.value)
