"""Does a role trust a federated caller? Its trust policy alone decides: such a caller has no policies of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clary.access.evaluator import PolicySet, Principal, compile_stored, evaluate
from clary.access.identity import IdentityProvider, RoleFacts
from clary.access.request_keys import RequestFacts, RequestKeys
from clary.kernel import AwsError, Caller
from clary.plane import Context
from clary.services.sts import session_tags
from clary.services.sts.federation import errors
from clary.services.sts.service import directory, sts
from clary.services.sts.session_tags import SessionTags

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):role/\S+")


@dataclass(frozen=True, slots=True)
class Federated:
    """A caller whom an identity provider vouches for.

    `user_id` is as CloudTrail shows it. `keys` are the condition keys of the provider's statement, and `kept` those of
    them that the session keeps, in lower case.
    """

    provider: IdentityProvider
    user_id: str
    keys: Mapping[str, Sequence[str]]
    kept: Mapping[str, Sequence[str]]


def account_of(role_arn: str) -> str:
    """Return the account of a role. Raise ValidationError for another ARN."""
    found = _ROLE_ARN.fullmatch(role_arn)
    if found is None:
        raise AwsError("ValidationError", "Request ARN is invalid")
    return found[1]


def trusting_role(ctx: Context, role_arn: str, who: Federated, action: str) -> RoleFacts:
    """Return the role of this ARN in the provider's account. Raise AccessDenied where there is none, in the words of one
    that does not trust the provider."""
    role = directory(ctx).role(ctx.tx, role_arn)
    if role is None or role.account != who.provider.account:
        raise errors.not_trusted(action)
    return role


def require(ctx: Context, role: RoleFacts, who: Federated, action: str, given: Mapping[str, object]) -> None:
    """Raise AccessDenied unless the trust policy of a role lets the caller do `action` (`sts:TagSession`). `given` are
    the condition keys of the request."""
    caller = Caller(account="", arn="", user_id=who.user_id, principal_arn="*")
    facts = RequestFacts(caller, ctx.region, ctx.now, ctx.op.name, ctx.request, ctx.tx.tags)
    known = {**who.keys, **given, "aws:federatedprovider": who.provider.arn}
    keys = RequestKeys(facts, action, {}, role.arn, role.account, known, sts.access.members, None)  # type: ignore[arg-type]
    decision = evaluate(
        action, role.arn, keys, PolicySet(), Principal(federated=who.provider.arn), compile_stored(role.trust),
        owner=role.account, gated=True,
    )  # fmt: skip
    if not decision.allowed:
        raise errors.not_trusted(action)


def tags_of(params: Mapping[str, object]) -> SessionTags:
    """Return the tags that a provider gives a session. Raise InvalidIdentityToken for invalid ones."""
    try:
        return session_tags.checked(dict(params))
    except AwsError as error:
        raise errors.invalid(error.message) from None


def require_all(
    ctx: Context,
    role: RoleFacts,
    who: Federated,
    action: str,
    given: Mapping[str, object],
    tags: SessionTags,
    source: str,
) -> None:
    """Raise AccessDenied unless the caller may do all that a session needs: `action`, and what its tags and its source
    identity need ("Pass session tags in AWS STS"; "Monitor and control actions taken with assumed roles")."""
    require(ctx, role, who, action, given)
    if tags.all or tags.transitive:
        require(ctx, role, who, "sts:TagSession", given)
    if source:
        require(ctx, role, who, "sts:SetSourceIdentity", given)
