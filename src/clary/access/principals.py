"""The Principal element: who a resource's policy speaks of, and how directly. Knows no policy besides.

Source: "AWS JSON policy elements: Principal" and "NotPrincipal" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Grant(IntEnum):
    """How a resource's policy names a caller, from not at all to by its very own ARN.

    ACCOUNT hands the decision to the caller's account; ROLE reaches a session through its role and stays within its
    boundary and session policies; DIRECT is the caller's own ARN and needs nothing else within the account.
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, as policies name it. `arn` is the session's or user's own ARN, `principal_arn` the role's (or
    again the user's) and `unique_id` the AROA… or AIDA… that belongs to it; `service` is a service principal,
    `canonical` S3's id of the account."""

    account: str = ""
    arn: str = ""
    principal_arn: str = ""
    unique_id: str = ""
    service: str = ""
    federated: str = ""
    canonical: str = ""

    @property
    def anonymous(self) -> bool:
        return not (self.account or self.service or self.federated)


# What the unique ids of users and roles begin with (IAM User Guide, "Understanding unique ID prefixes"). Anything else
# that could stand in a policy is no id: `ACCOUNT:name`, the user id of a federated user, is not the account's number.
_UNIQUE_IDS = ("AIDA", "AROA")

PrincipalMatch = Callable[[Principal], Grant]


def compile_principal(statement: Mapping[str, Any]) -> PrincipalMatch:
    """What the statement's Principal or NotPrincipal says; one with neither speaks of everybody."""
    if "Principal" in statement:
        return _named(statement["Principal"])
    if "NotPrincipal" in statement:
        return _all_but(statement["NotPrincipal"])
    return lambda who: Grant.DIRECT


def _named(element: Any) -> PrincipalMatch:
    if element == "*":
        return _everybody
    by_kind = {kind: frozenset(_listed(values)) for kind, values in element.items()}
    aws = by_kind.get("AWS", frozenset())
    if "*" in aws:
        return _everybody

    def match(who: Principal) -> Grant:
        if who.service and _one_of(who.service, by_kind.get("Service")):
            return Grant.DIRECT
        if who.federated and _one_of(who.federated, by_kind.get("Federated")):
            return Grant.DIRECT
        if who.canonical and who.canonical in by_kind.get("CanonicalUser", ()):
            return Grant.ACCOUNT
        return _by_arn(who, aws) if who.account else Grant.NONE

    return match


def _all_but(element: Any) -> PrincipalMatch:
    """Everybody who is not named in full: the account, the user or role, and for a session its own ARN as well."""
    if element == "*":
        return lambda who: Grant.NONE
    by_kind = {kind: frozenset(_listed(values)) for kind, values in element.items()}
    aws = by_kind.get("AWS", frozenset())

    def match(who: Principal) -> Grant:
        if who.service or who.federated:
            named = _one_of(who.service, by_kind.get("Service")) or _one_of(
                who.federated, by_kind.get("Federated")
            )
        else:
            named = "*" in aws or ({who.arn, who.principal_arn} <= aws and _account_in(who, aws))
        return Grant.NONE if named else Grant.ROLE

    return match


def _everybody(who: Principal) -> Grant:
    """`*`: a user directly; a session as by its role (IAM User Guide: its boundary and session policies still
    narrow what `*` grants)."""
    return Grant.DIRECT if who.arn == who.principal_arn or who.anonymous else Grant.ROLE


def _by_arn(who: Principal, names: frozenset[str]) -> Grant:
    if who.arn in names:
        return Grant.DIRECT
    if who.principal_arn in names or (who.unique_id.startswith(_UNIQUE_IDS) and who.unique_id in names):
        return Grant.DIRECT if who.arn == who.principal_arn else Grant.ROLE
    return Grant.ACCOUNT if _account_in(who, names) else Grant.NONE


def _account_in(who: Principal, names: frozenset[str]) -> bool:
    return who.account in names or f"arn:{_partition(who.arn)}:iam::{who.account}:root" in names


def _partition(arn: str) -> str:
    return arn.split(":", 2)[1] if arn.startswith("arn:") else "aws"


def _one_of(value: str, names: frozenset[str] | None) -> bool:
    return names is not None and (value in names or "*" in names)


def _listed(values: Any) -> list[str]:
    return values if isinstance(values, list) else [values]
