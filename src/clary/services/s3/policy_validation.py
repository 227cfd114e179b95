"""Validation of bucket policies beyond the grammar of all policies, with S3's messages (MalformedPolicy).

Knows nothing of the bucket but its name. The messages are S3's; the tests name where each was recorded or
reported.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from clary.access.document import listed, statements_of
from clary.access.patterns import wildcard_regex
from clary.access.policy_parser import PolicyError, parse_policy, principals_of, require
from clary.kernel import AwsError
from clary.services.s3.policy_names import applies, is_action, is_condition_key, targets

_LIMIT = 20 << 10  # bytes: "Bucket policies are limited to 20 KB in size" (S3 User Guide, Bucket policies)
_ACTION = re.compile(r"\*|s3:[a-z0-9*?]+", re.IGNORECASE)
_IP_OPERATORS = re.compile(r"((ForAllValues|ForAnyValue):)?(Not)?IpAddress(IfExists)?")
_SERVICE = re.compile(r".+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_SYNTAX = "Invalid policy syntax."
_MESSAGES = {
    "element": "Unknown field {}",
    "version": "The policy must contain a valid version string",
    "no statement": "Could not parse the policy: Statement is empty!",
    "effect": "Invalid effect: {}",
    "missing": "Missing required field {}",
    "empty": "Missing required field {} cannot be empty!",
    "operator": "Invalid Condition type : {}",
    "principal": "Invalid principal in policy",
}


def check_document(
    text: str, bucket: str, partition: str, may_exist: Callable[[str], bool] = lambda principal: True
) -> None:
    """Raise MalformedPolicy unless S3 would accept the policy for this bucket.

    `may_exist` returns whether an AWS principal exists.
    """
    if len(text.encode(errors="replace")) > _LIMIT:
        raise _malformed("Policy exceeds the maximum allowed document size.")
    if not text.startswith("{"):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action", "Resource")
            _check_principals(statement, partition, may_exist)
            _check_statement(statement, bucket, partition)
    except PolicyError as error:
        raise _as_s3_error(error) from None


def _as_s3_error(error: PolicyError) -> AwsError:
    """Return the error with S3's message for a error that the parser found."""
    if error.kind == "json":
        return _malformed("This policy contains invalid Json")
    return _malformed(_MESSAGES.get(error.kind, _SYNTAX).format(error.detail))


def _check_principals(statement: Mapping[str, Any], partition: str, may_exist: Callable[[str], bool]) -> None:
    for kind, name in principals_of(statement):
        foreign = name.startswith("arn:") and not name.startswith(f"arn:{partition}:")
        if kind == "AWS" and (foreign or not may_exist(name)):
            raise _malformed(_MESSAGES["principal"])
        if kind == "Service" and not _SERVICE.fullmatch(name):
            raise _malformed(_MESSAGES["principal"])


def _check_statement(statement: Mapping[str, Any], bucket: str, partition: str) -> None:
    actions = listed(statement.get("Action", statement.get("NotAction")))
    resources = listed(statement.get("Resource", statement.get("NotResource")))
    if not all(_ACTION.fullmatch(action) and is_action(action) for action in actions):
        raise _malformed("Policy has invalid action")
    if not all(_is_within_bucket(resource, bucket, partition) for resource in resources):
        raise _malformed("Policy has invalid resource")
    if "Action" in statement and "Resource" in statement and not _apply_to(actions, resources):
        raise _malformed("Action does not apply to any resource(s) in statement")
    for operator, wanted in statement.get("Condition", {}).items():
        _check_condition(operator, wanted)
        if "Action" in statement and not all(applies(key, action) for key in wanted for action in actions):
            raise _malformed("Conditions do not apply to combination of actions and resources in statement")


def _is_within_bucket(resource: str, bucket: str, partition: str) -> bool:
    """Return whether a resource is the bucket or in it. S3 rejects a bare `*` (noobaa/noobaa-core#10058)."""
    prefix = f"arn:{partition}:s3:::"
    name = resource.removeprefix(prefix).partition("/")[0]
    return resource.startswith(prefix) and wildcard_regex(name).fullmatch(bucket) is not None


def _apply_to(actions: list[str], resources: list[str]) -> bool:
    """Return whether every action applies to one of the resources. A wildcard in a bucket name also matches
    slashes."""
    on_buckets = any("/" not in resource for resource in resources)
    on_objects = any("/" in resource or "*" in resource for resource in resources)
    return all(
        (on_buckets and buckets) or (on_objects and objects) for buckets, objects in map(targets, actions)
    )


def _check_condition(operator: str, wanted: Mapping[str, Any]) -> None:
    for key, values in wanted.items():
        if not is_condition_key(key):
            raise _malformed("Policy has an invalid condition key")
        if _IP_OPERATORS.fullmatch(operator) and not all(map(_is_network, listed(values))):
            raise _malformed("Invalid IP address in Conditions")


def _is_network(value: Any) -> bool:
    """Return whether a value is a network, an address, or has a policy variable."""
    try:
        ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        return "${" in str(value)
    return True


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
