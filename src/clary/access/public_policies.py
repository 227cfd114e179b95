"""Decide whether a resource policy lets everybody in: what BlockPublicPolicy of S3 and of Secrets Manager refuses.

A policy is public unless each of its Allow statements is provably limited to specific callers. Source: "The
meaning of public" (S3 User Guide, Blocking public access).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from clary.access import public_networks
from clary.access.document import Statement, listed, statements_of
from clary.access.evaluator import Principal, compile_policy
from clary.access.policy_parser import PolicyError, parse_policy

_SOURCE_IP = "aws:sourceip"
# Principal types that name specific callers. A federation such as graph.facebook.com stands for everybody
# with an account there.
_NAMING = ("AWS", "Service", "CanonicalUser")
# Condition keys for who calls or from where, which callers cannot choose.
# s3:x-amz-server-side-encryption-aws-kms-key-id is not among them: it is a request header.
_NARROWING = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}
# A caller has several organization paths, which only a set operator can compare.
_PATHS = "aws:principalorgpaths"
_TEXT_OPERATORS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")
_ARN_OPERATORS = ("ArnEquals", "ArnLike")
_ACCESS_POINT = "s3:dataaccesspointarn"

# Callers that a non-public policy never allows: an anonymous one, and one from an account that cannot exist.
_NOBODY = Principal()
_STRANGER_ARN = "arn:aws:iam::stranger:user/stranger"
_STRANGER = Principal("stranger", _STRANGER_ARN, _STRANGER_ARN, "stranger")
_CALLERS: tuple[tuple[Principal, dict[str, tuple[str, ...]]], ...] = (
    (_NOBODY, {}),
    (_NOBODY, {"aws:userid": ("anonymous",), "aws:principaltype": ("Anonymous",)}),
    (_STRANGER, {}),
    (
        _STRANGER,
        {
            "aws:userid": (_STRANGER.unique_id,),
            "aws:principaltype": ("User",),
            "aws:principalarn": (_STRANGER_ARN,),
            "aws:principalaccount": (_STRANGER.account,),
        },
    ),
)


@lru_cache(maxsize=512)
def is_public(policy: str) -> bool:
    """Return whether a policy (JSON) grants anything to everybody, or cannot be proven not to."""
    try:
        statements = statements_of(parse_policy(policy))
    except PolicyError:
        return True
    allows = [statement for statement in statements if statement["Effect"] == "Allow"]
    by_network = [s for s in allows if not (_names_somebody(s) or _is_narrowed(s))]
    if not all(_networks_of(statement) for statement in by_network):
        return True
    together = [network for statement in by_network for network in _networks_of(statement)]
    return public_networks.are_broad(together) or any(_lets_in(s) for s in compile_policy(policy).statements)


def _names_somebody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return isinstance(principal, dict) and all(
        kind in _NAMING and "*" not in listed(names) for kind, names in principal.items()
    )


def _is_narrowed(statement: Mapping[str, Any]) -> bool:
    return any(
        key in _NARROWING and _compares(operator, key) and all(_is_fixed(operator, key, v) for v in values)
        for operator, key, values in _conditions(statement)
    )


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (operator, lower-case key, values) of each condition of a statement."""
    for operator, wanted in (statement.get("Condition") or {}).items():
        for key, values in wanted.items():
            yield operator, key.lower(), [str(value) for value in listed(values)]


def _compares(operator: str, key: str) -> bool:
    """Return whether the operator matches the listed values only, and not a missing key."""
    if key == _PATHS:
        operator = operator.removeprefix("ForAnyValue:")
    return operator in (*_TEXT_OPERATORS, *_ARN_OPERATORS)


def _is_fixed(operator: str, key: str, value: str) -> bool:
    """Return whether a value has neither wildcards nor variables. An ARN with fewer than six parts is a
    prefix."""
    parts = value.split(":", 5)
    if key == _ACCESS_POINT and len(parts) == 6 and parts[4]:
        # "This value can contain a wildcard for the access point name, as long as the account ID is fixed."
        value = ":".join(parts[:5])
    whole = operator.removeprefix("ForAnyValue:") not in _ARN_OPERATORS or len(parts) == 6
    return whole and not any(mark in value for mark in ("*", "?", "${"))


def _networks_of(statement: Mapping[str, Any]) -> tuple[public_networks.Network, ...]:
    """Return the networks that a statement limits aws:SourceIp to; empty if it does not."""
    for operator, key, values in _conditions(statement):
        if (operator, key) == ("IpAddress", _SOURCE_IP):
            return public_networks.parse(values)
    return ()


def _lets_in(statement: Statement) -> bool:
    """Return whether the evaluator would allow a caller that no statement names and that meets no condition."""
    return statement.allow and any(
        statement.principal(who) and all(test(keys) for test in statement.conditions)
        for who, keys in _CALLERS
    )
