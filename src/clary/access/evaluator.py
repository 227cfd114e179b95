"""The IAM policy evaluator: given documents and a question, may it be done? Knows no directory and no service.

Source: "Policy evaluation logic" and "Permissions boundaries for IAM entities" (IAM User Guide). Organisations and
their control policies are not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clary.access.document import Document, Statement, compile_policy, compile_stored
from clary.access.principals import Grant, Principal
from clary.access.text import Keys

Reason = Literal["allowed", "explicitDeny", "implicitDeny"]
Kind = Literal["identity-based policy", "resource-based policy", "permissions boundary", "session policy"]

__all__ = [
    "Decision",
    "Document",
    "Grant",
    "Judges",
    "Matched",
    "Principal",
    "compile_policy",
    "compile_stored",
    "evaluate",
]


@dataclass(frozen=True, slots=True)
class Judges:
    """The documents that judge one caller. No `boundary` or `session` (None): nothing is narrowed by them; an empty
    tuple of session policies allows nothing."""

    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that had a say, and where it stands."""

    kind: Kind
    document: Document
    statement: Statement


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `kind` is the kind of policy that denies, or that fails to allow; `matched` the statements that
    made the decision; `steady` that it hangs on the caller, the action and the resource alone."""

    reason: Reason
    kind: Kind = "identity-based policy"
    matched: tuple[Matched, ...] = field(default=(), compare=False)
    steady: bool = field(default=True, compare=False)

    @property
    def allowed(self) -> bool:
        return self.reason == "allowed"


@dataclass(slots=True)
class _Votes:
    """What one kind of policy says: the statements that allow, and whether it would say so to any such request of
    this caller: some allow is unconditional, and no deny lies in wait."""

    allows: list[Matched]
    firm: bool = False
    waiting: bool = False

    @property
    def steady(self) -> bool:
        return not self.waiting and (self.firm or not self.allows)


class _Denied(Exception):
    def __init__(self, matched: Matched) -> None:
        self.matched = matched


def evaluate(
    action: str,
    resource: str,
    keys: Keys,
    judges: Judges,
    principal: Principal | None = None,
    policy: Document | None = None,
    *,
    owner: str | None = None,
    root: bool = False,
    gated: bool = False,
) -> Decision:
    """May `principal` do `action` on `resource`?

    `policy` is the resource's own policy and `owner` the account that the resource belongs to (None: the
    principal's). `root` is the account's root user, whom no identity policy binds. `gated` resources (roles, keys)
    let nobody in whom their policy does not name, whatever identity policies say.
    """
    who = principal or Principal()
    try:
        grant, granted = _of_resource(action, resource, keys, who, policy)
        identity = _of_identity(action, resource, keys, judges.identity, "identity-based policy")
        boundary = _of_boundary(action, resource, keys, judges)
        session = _of_session(action, resource, keys, judges)
    except _Denied as denied:
        m = denied.matched
        return Decision("explicitDeny", m.kind, (m,), m.statement.steady)
    looked = (granted, identity, *(v for v in (boundary, session) if v is not None))
    steady = all(votes.steady for votes in looked)
    foreign = owner is not None and bool(who.account) and owner != who.account
    lacking = _lacking(grant, foreign, gated, root, identity, boundary, session)
    if lacking is not None:
        return Decision("implicitDeny", lacking, (), steady)
    return Decision("allowed", matched=tuple(m for votes in looked for m in votes.allows), steady=steady)


def _lacking(
    grant: Grant,
    foreign: bool,
    gated: bool,
    root: bool,
    identity: _Votes,
    boundary: _Votes | None,
    session: _Votes | None,
) -> Kind | None:
    """The kind of policy that fails to allow; None when everything that is needed is there."""
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


def _of_identity(action: str, resource: str, keys: Keys, documents: Sequence[Document], kind: Kind) -> _Votes:
    votes = _Votes([])
    for document in documents:
        for statement in document.about(action):
            if statement.holds(resource, keys):
                _count(votes, Matched(kind, document, statement))
            elif _waits(statement, resource, keys):
                votes.waiting = True
    return votes


def _of_boundary(action: str, resource: str, keys: Keys, judges: Judges) -> _Votes | None:
    if judges.boundary is None:
        return None
    return _of_identity(action, resource, keys, (judges.boundary,), "permissions boundary")


def _of_session(action: str, resource: str, keys: Keys, judges: Judges) -> _Votes | None:
    if judges.session is None:
        return None
    return _of_identity(action, resource, keys, judges.session, "session policy")


def _of_resource(
    action: str, resource: str, keys: Keys, who: Principal, policy: Document | None
) -> tuple[Grant, _Votes]:
    votes, best, firm = _Votes([]), Grant.NONE, Grant.NONE
    for statement in policy.about(action) if policy else ():
        grant = statement.principal(who)
        if grant is Grant.NONE:
            continue
        if statement.holds(resource, keys):
            _count(votes, Matched("resource-based policy", policy, statement))  # type: ignore[arg-type]
            best = max(best, grant)
            firm = max(firm, grant if statement.steady else Grant.NONE)
        elif _waits(statement, resource, keys):
            votes.waiting = True
    votes.firm = firm is best
    return best, votes


def _waits(statement: Statement, resource: str, keys: Keys) -> bool:
    """Whether another request of the same caller for the same thing could meet this deny."""
    return not statement.allow and not statement.steady and statement.may_hold(resource, keys)


def _count(votes: _Votes, matched: Matched) -> None:
    if not matched.statement.allow:
        raise _Denied(matched)
    votes.allows.append(matched)
    votes.firm = votes.firm or matched.statement.steady


def missing_keys(documents: Iterable[Document], action: str, keys: Keys) -> list[str]:
    """The context keys that statements about this action ask for and that are not there, in order."""
    asked = (key for document in documents for s in document.about(action) for key in s.asks)
    return [key for key in dict.fromkeys(asked) if keys.get(key.lower()) is None]
