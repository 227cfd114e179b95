"""Validation of policies for IAM and STS, beyond the common grammar, with IAM's messages
(MalformedPolicyDocument).

Does not check whether a principal exists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clary.access.document import listed, statements_of
from clary.access.policy_parser import PolicyError, parse_policy, principals_of, require
from clary.kernel import AwsError

__all__ = [
    "check_identity_policy",
    "check_resource_policy",
    "check_trust_policy",
    "malformed",
    "principals_of",
]

_ACTION_PREFIX = re.compile(r"[a-zA-Z0-9\-.]+")
_TRUST_ACTIONS = re.compile(
    r"sts:(AssumeRole|AssumeRoleWith\w+|TagSession|SetSourceIdentity|SetContext|\*)", re.I
)
_SYNTAX = "Syntax errors in policy."


def check_identity_policy(text: str, partition: str) -> None:
    """Raise MalformedPolicyDocument unless the text is a policy for a user, group or role, or a session
    policy.

    Its resources must be in this `partition`: a statement about another partition would apply to nothing, so
    a Deny would have no effect.
    """
    try:
        policy = parse_policy(text)
    except PolicyError as error:
        raise _as_iam_error(error) from None
    if policy.get("Version") != "2012-10-17":
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    statements = statements_of(policy)
    for statement in statements:
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document should not specify a principal.")
        if "Action" not in statement and "NotAction" not in statement:
            raise malformed("Policy statement must contain actions.")
        if "Resource" not in statement and "NotResource" not in statement:
            raise malformed("Policy statement must contain resources.")
        _check_actions(statement)
        _check_resources(statement, partition)
    _check_sids(statements)


def check_trust_policy(text: str) -> None:
    """Raise MalformedPolicyDocument unless the text is a role's AssumeRolePolicyDocument."""
    try:
        policy = parse_policy(text)
    except PolicyError as error:
        raise _as_trust_error(error) from None
    for statement in statements_of(policy):
        _check_trust(statement)
    _check_sids(statements_of(policy))


def check_resource_policy(text: str) -> None:
    """Raise MalformedPolicyDocument unless SimulatePrincipalPolicy would take the text as a resource policy."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action", "Resource")
    except PolicyError as error:
        raise _as_iam_error(error) from None


def malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)


def _as_iam_error(error: PolicyError) -> AwsError:
    """Return an error with IAM's message, which for most rules is general."""
    if error.kind == "principal":
        return malformed(f"Invalid principal in policy: {error.detail}")
    if error.kind == "empty" and error.detail.endswith(("Action", "Resource")):
        return malformed(f"Policy statement must contain {error.detail.removeprefix('Not').lower()}s.")
    return malformed(_SYNTAX)


def _as_trust_error(error: PolicyError) -> AwsError:
    """Return an error about a trust policy, for which IAM's messages are more specific."""
    if error.kind == "json":
        return malformed("This policy contains invalid Json")
    if error.kind == "missing" and error.detail != "Statement":
        return malformed(f"Missing required field {error.detail}")
    return _as_iam_error(error)


def _check_trust(statement: Mapping[str, Any]) -> None:
    # "You can't use it in a role's trust policy" (AWS JSON policy elements: NotPrincipal).
    for name in ("Resource", "NotResource", "NotPrincipal"):
        if name in statement:
            raise malformed(f"Has prohibited field {name}")
    try:
        require(statement, "Principal", "Action")
    except PolicyError as error:
        raise _as_trust_error(error) from None
    for action in listed(statement.get("Action", statement.get("NotAction", []))):
        if not _TRUST_ACTIONS.fullmatch(action):
            raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")


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
    for action in listed(statement.get("Action", statement.get("NotAction"))):
        if action == "*":
            continue
        vendor, *rest = action.split(":")
        if not rest:
            raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if len(rest) > 1:
            raise malformed("Actions/Condition can contain only one colon.")
        if not _ACTION_PREFIX.fullmatch(vendor):
            raise malformed(f"Vendor {vendor} is not valid")


def _check_resources(statement: Mapping[str, Any], partition: str) -> None:
    for resource in listed(statement.get("Resource", statement.get("NotResource"))):
        if resource != "*":
            _check_resource(resource, partition)


def _check_resource(resource: str, partition: str) -> None:
    parts = resource.split(":", 5)
    if parts[0] != "arn" and not resource.startswith("*:"):
        raise malformed(f'Resource {resource} must be in ARN format or "*".')
    if len(parts) < 3:
        raise malformed("The policy failed legacy parsing")
    if parts[1] not in (partition, "*") and not parts[1].startswith("${"):
        raise malformed(f'Partition "{parts[1]}" is not valid for resource "{resource}".')
    if len(parts) > 3 and parts[2] == "s3" and parts[3] not in ("", "*") and "accesspoint" not in resource:
        raise malformed(f"Resource {resource} can not contain region information.")
    if len(parts) > 3 and parts[2] == "iam" and parts[3] not in ("", "*"):
        raise malformed(f"IAM resource {resource} cannot contain region information.")
