"""Is this text a policy? Says no in IAM's own words (MalformedPolicyDocument). Knows no directory: whether a named
principal exists is asked elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.plane.policy_conditions import is_operator
from clary.plane.policy_document import listed, statements_of

_TOP = {"Version", "Id", "Statement"}
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}
_VERSIONS = ("2012-10-17", "2008-10-17")
_VENDOR = re.compile(r"[a-zA-Z0-9\-.]+")
_PARTITIONS = re.compile(r"aws(-[a-z]+)*|\*")
_ACCOUNT = re.compile(r"\d{12}")
_AWS_PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:\S+|A[A-Z0-9]{15,127}")
_TRUST_ACTIONS = re.compile(
    r"sts:(AssumeRole|AssumeRoleWith\w+|TagSession|SetSourceIdentity|SetContext|\*)", re.I
)
_SYNTAX = "Syntax errors in policy."


def check_identity_policy(text: str) -> None:
    """A policy for a user, group or role, or a session policy. Raises MalformedPolicyDocument."""
    policy = _load(text, _SYNTAX)
    _check_shape(policy)
    if policy.get("Version") != "2012-10-17":
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    statements = statements_of(policy)
    for statement in statements:
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document should not specify a principal.")
        if "Action" not in statement and "NotAction" not in statement:
            raise malformed("Policy statement must contain actions.")
        if not _some(statement, "Resource"):
            raise malformed("Policy statement must contain resources.")
        _check_actions(statement)
        _check_resources(statement)
    _check_sids(statements)


def check_trust_policy(text: str) -> None:
    """A role's AssumeRolePolicyDocument. Raises MalformedPolicyDocument."""
    policy = _load(text, "This policy contains invalid Json")
    for statement in statements_of(policy):
        _check_trust_fields(statement)
    _check_shape(policy)
    for statement in statements_of(policy):
        for action in listed(statement.get("Action", statement.get("NotAction", []))):
            if not _TRUST_ACTIONS.fullmatch(action):
                raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        check_principals(statement)
    _check_sids(statements_of(policy))


def check_principals(statement: Mapping[str, Any]) -> None:
    """Whether the statement's principals are written as AWS writes principals."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if element in (None, "*"):
        return
    if not isinstance(element, dict) or not element or not element.keys() <= _PRINCIPAL_KINDS:
        raise malformed(_SYNTAX)
    for kind, value in principals_of(statement):
        if not isinstance(value, str) or (kind == "AWS" and not _AWS_PRINCIPAL.fullmatch(value)):
            raise malformed(f'Invalid principal in policy: "{kind}":"{value}"')


def principals_of(statement: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(kind, name) of every principal that a statement names; `*` alone is none."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(element, dict):
        return []
    return [(kind, value) for kind, values in element.items() for value in listed(values)]


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)


def _load(text: str, complaint: str) -> dict[str, Any]:
    try:
        policy = json.loads(text, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError):
        raise malformed(complaint) from None
    if not isinstance(policy, dict):
        raise malformed(complaint)
    if not all(isinstance(statement, dict) for statement in statements_of(policy)):
        raise malformed(_SYNTAX)
    return policy


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _check_shape(policy: Mapping[str, Any]) -> None:
    """What is wrong with the JSON's form, whatever it means."""
    statements = statements_of(policy)
    version = policy.get("Version", _VERSIONS[0])
    if not policy.keys() <= _TOP or version not in _VERSIONS or not isinstance(policy.get("Id", ""), str):
        raise malformed(_SYNTAX)
    if not statements or not all(_well_formed(statement) for statement in statements):
        raise malformed(_SYNTAX)


def _well_formed(statement: Mapping[str, Any]) -> bool:
    return (
        statement.keys() <= _ELEMENTS
        and statement.get("Effect") in ("Allow", "Deny")
        and isinstance(statement.get("Sid", ""), str)
        and not any(one in statement and other in statement for one, other in _PAIRS)
        and all(
            _texts(statement[name])
            for name in _ELEMENTS & statement.keys()
            if name.endswith(("Action", "Resource"))
        )
        and _conditions(statement.get("Condition", {}))
    )


def _texts(value: Any) -> bool:
    return all(isinstance(text, str) for text in listed(value))


def _conditions(element: Any) -> bool:
    return isinstance(element, dict) and all(
        is_operator(operator) and isinstance(wanted, dict) and all(_scalars(v) for v in wanted.values())
        for operator, wanted in element.items()
    )


def _scalars(value: Any) -> bool:
    return all(isinstance(one, str | int | float | bool) for one in listed(value))


def _some(statement: Mapping[str, Any], element: str) -> bool:
    return bool(listed(statement.get(element, statement.get(f"Not{element}", []))))


def _check_trust_fields(statement: Mapping[str, Any]) -> None:
    for name in ("Resource", "NotResource"):
        if name in statement:
            raise malformed(f"Has prohibited field {name}")
    for name in ("Effect", "Principal", "Action"):
        if name not in statement and f"Not{name}" not in statement:
            raise malformed(f"Missing required field {name}")


def _check_sids(statements: Any) -> None:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(set(sids)) != len(sids):
        raise malformed("Statement IDs (SID) in a single policy must be unique.")
    if not all(re.fullmatch(r"[0-9A-Za-z]*", sid) for sid in sids):
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )


def _check_actions(statement: Mapping[str, Any]) -> None:
    for action in listed(statement.get("Action", statement.get("NotAction", []))):
        if action == "*":
            continue
        vendor, *rest = action.split(":")
        if not rest:
            raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if len(rest) > 1:
            raise malformed("Actions/Condition can contain only one colon.")
        if not _VENDOR.fullmatch(vendor):
            raise malformed(f"Vendor {vendor} is not valid")


def _check_resources(statement: Mapping[str, Any]) -> None:
    for resource in listed(statement.get("Resource", statement.get("NotResource", []))):
        if resource != "*":
            _check_resource(resource)


def _check_resource(resource: str) -> None:
    parts = resource.split(":", 5)
    if parts[0] != "arn" and not resource.startswith("*:"):
        raise malformed(f'Resource {resource} must be in ARN format or "*".')
    if len(parts) < 3:
        raise malformed("The policy failed legacy parsing")
    if not _PARTITIONS.fullmatch(parts[1]) and not parts[1].startswith("${"):
        raise malformed(f'Partition "{parts[1]}" is not valid for resource "{resource}".')
    if len(parts) > 3 and parts[2] == "s3" and parts[3] not in ("", "*") and "accesspoint" not in resource:
        raise malformed(f"Resource {resource} can not contain region information.")
    if len(parts) > 3 and parts[2] == "iam" and parts[3] not in ("", "*"):
        raise malformed(f"IAM resource {resource} cannot contain region information.")
