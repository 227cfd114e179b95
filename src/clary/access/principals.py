"""The Principal element of a statement: which callers it names, and how directly.

Source: "AWS JSON policy elements: Principal" and "NotPrincipal" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Grant(IntEnum):
    """How a resource policy names a caller.

    ACCOUNT leaves the decision to the caller's account. ROLE names a session by its role, within its boundary
    and session policies. DIRECT names the caller's own ARN, which is enough within its account.
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller as policies name it.

    `arn` is the ARN of the session or user, `principal_arn` that of the role (or again the user), `unique_id`
    the AROA… or AIDA… id of the latter. `service` is a service principal, `canonical` the account's canonical
    user id in S3.
    """

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


# Prefixes of the unique ids of users and roles (IAM User Guide, "Understanding unique ID prefixes"). Other
# strings are not ids: `ACCOUNT:name`, the user id of a federated user, must not match the account's number.
_UNIQUE_IDS = ("AIDA", "AROA")

PrincipalMatch = Callable[[Principal], Grant]


def compile_principal(statement: Mapping[str, Any]) -> PrincipalMatch:
    """Return a matcher for the statement's Principal or NotPrincipal. Without either, it matches everybody."""
    if "Principal" in statement:
        return _named(statement["Principal"])
    if "NotPrincipal" in statement:
        return _not_named(statement["NotPrincipal"])
    return lambda who: Grant.DIRECT


def _named(element: Any) -> PrincipalMatch:
    if element == "*":
        return _anyone
    by_kind = {kind: frozenset(_listed(values)) for kind, values in element.items()}
    aws = by_kind.get("AWS", frozenset())
    if "*" in aws:
        return _anyone

    def match(who: Principal) -> Grant:
        if who.service and _one_of(who.service, by_kind.get("Service")):
            return Grant.DIRECT
        if who.federated and _one_of(who.federated, by_kind.get("Federated")):
            return Grant.DIRECT
        if who.canonical and who.canonical in by_kind.get("CanonicalUser", ()):
            return Grant.ACCOUNT
        return _by_arn(who, aws) if who.account else Grant.NONE

    return match


def _not_named(element: Any) -> PrincipalMatch:
    """Match callers that are not fully named.

    A caller is fully named if the account, the user or role and, for a session, its own ARN are named.
    """
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


def _anyone(who: Principal) -> Grant:
    """Match `*`: a user directly, a session by its role, whose boundary and session policies still limit it
    (IAM User Guide)."""
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
