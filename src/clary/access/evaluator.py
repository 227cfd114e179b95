"""The IAM policy evaluator: decide from policies whether a request is allowed. Knows no directory and no
service.

Source: "Policy evaluation logic" and "Permissions boundaries for IAM entities" (IAM User Guide). Policies of
AWS Organizations are not implemented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clary.access.document import Document, Statement, compile_policy, compile_stored
from clary.access.patterns import Keys
from clary.access.principals import Grant, Principal

Reason = Literal["allowed", "explicitDeny", "implicitDeny"]
Kind = Literal["identity-based policy", "resource-based policy", "permissions boundary", "session policy"]

__all__ = [
    "Decision",
    "Document",
    "Grant",
    "Matched",
    "PolicySet",
    "Principal",
    "compile_policy",
    "compile_stored",
    "evaluate",
]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that apply to a caller.

    None for `boundary` or `session` sets no limit; an empty tuple of session policies allows nothing.
    """

    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that contributed to the decision, with its policy."""

    kind: Kind
    document: Document
    statement: Statement


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision. `kind` is the kind of policy that denies, or that does not allow.

    `matched` are the statements that led to it; `cacheable` says that it depends only on caller, action and
    resource.
    """

    reason: Reason
    kind: Kind = "identity-based policy"
    matched: tuple[Matched, ...] = field(default=(), compare=False)
    cacheable: bool = field(default=True, compare=False)

    @property
    def allowed(self) -> bool:
        return self.reason == "allowed"


@dataclass(slots=True)
class _Votes:
    """The result of one kind of policy: the statements that allow.

    `unconditional` says that one of them allows every such request of this caller; `may_deny` that a Deny
    statement could apply to another such request.
    """

    allows: list[Matched]
    unconditional: bool = False
    may_deny: bool = False

    @property
    def cacheable(self) -> bool:
        return not self.may_deny and (self.unconditional or not self.allows)


class _Denied(Exception):
    def __init__(self, matched: Matched) -> None:
        self.matched = matched


def evaluate(
    action: str,
    resource: str,
    keys: Keys,
    policies: PolicySet,
    principal: Principal | None = None,
    policy: Document | None = None,
    *,
    owner: str | None = None,
    root: bool = False,
    gated: bool = False,
) -> Decision:
    """Decide whether `principal` may do `action` on `resource`.

    `policy` is the policy of the resource and `owner` the account it belongs to (None: the principal's).
    `root` says that the principal is the root user, whom identity policies do not limit. `gated` resources
    (roles, keys) are accessible only to principals that their own policy names, whatever identity policies
    allow.
    """
    who = principal or Principal()
    try:
        grant, granted = _evaluate_resource_policy(action, resource, keys, who, policy)
        identity = _evaluate_documents(action, resource, keys, policies.identity, "identity-based policy")
        boundary = _evaluate_boundary(action, resource, keys, policies)
        session = _evaluate_session(action, resource, keys, policies)
    except _Denied as denied:
        m = denied.matched
        return Decision("explicitDeny", m.kind, (m,), m.statement.cacheable)
    evaluated = (granted, identity, *(v for v in (boundary, session) if v is not None))
    cacheable = all(votes.cacheable for votes in evaluated)
    foreign = owner is not None and bool(who.account) and owner != who.account
    missing = _missing_permission(grant, foreign, gated, root, identity, boundary, session)
    if missing is not None:
        return Decision("implicitDeny", missing, (), cacheable)
    return Decision(
        "allowed", matched=tuple(m for votes in evaluated for m in votes.allows), cacheable=cacheable
    )


def _missing_permission(
    grant: Grant,
    foreign: bool,
    gated: bool,
    root: bool,
    identity: _Votes,
    boundary: _Votes | None,
    session: _Votes | None,
) -> Kind | None:
    """Return the kind of policy that does not allow the request, or None if every required policy allows it."""
    if (foreign or gated) and grant is Grant.NONE:
        return "resource-based policy"
    if not foreign and grant is Grant.DIRECT:
        return None
    if not (root or identity.allows or (grant is Grant.ROLE and not foreign)):
        return "identity-based policy"
    if boundary is not None and not boundary.allows and not root:
        return "permissions boundary"
    if session is not None and not session.allows:
        return "session policy"
    return None


def _evaluate_documents(
    action: str, resource: str, keys: Keys, documents: Sequence[Document], kind: Kind
) -> _Votes:
    votes = _Votes([])
    for document in documents:
        for statement in document.about(action):
            if statement.holds(resource, keys):
                _count(votes, Matched(kind, document, statement))
            elif _may_deny(statement, resource, keys):
                votes.may_deny = True
    return votes


def _evaluate_boundary(action: str, resource: str, keys: Keys, policies: PolicySet) -> _Votes | None:
    if policies.boundary is None:
        return None
    return _evaluate_documents(action, resource, keys, (policies.boundary,), "permissions boundary")


def _evaluate_session(action: str, resource: str, keys: Keys, policies: PolicySet) -> _Votes | None:
    if policies.session is None:
        return None
    return _evaluate_documents(action, resource, keys, policies.session, "session policy")


def _evaluate_resource_policy(
    action: str, resource: str, keys: Keys, who: Principal, policy: Document | None
) -> tuple[Grant, _Votes]:
    votes, best, unconditional = _Votes([]), Grant.NONE, Grant.NONE
    for statement in policy.about(action) if policy else ():
        grant = statement.principal(who)
        if grant is Grant.NONE:
            continue
        if statement.holds(resource, keys):
            _count(votes, Matched("resource-based policy", policy, statement))  # type: ignore[arg-type]
            best = max(best, grant)
            unconditional = max(unconditional, grant if statement.cacheable else Grant.NONE)
        elif _may_deny(statement, resource, keys):
            votes.may_deny = True
    votes.unconditional = unconditional is best
    return best, votes


def _may_deny(statement: Statement, resource: str, keys: Keys) -> bool:
    """Return whether this Deny statement could apply to another request of the same caller for the same
    resource."""
    return not statement.allow and not statement.cacheable and statement.may_hold(resource, keys)


def _count(votes: _Votes, matched: Matched) -> None:
    if not matched.statement.allow:
        raise _Denied(matched)
    votes.allows.append(matched)
    votes.unconditional = votes.unconditional or matched.statement.cacheable


def missing_keys(documents: Iterable[Document], action: str, keys: Keys) -> list[str]:
    """Return the context keys that statements about the action use and the request lacks, in order."""
    asked = (key for document in documents for s in document.about(action) for key in s.asks)
    return [key for key in dict.fromkeys(asked) if keys.get(key.lower()) is None]
