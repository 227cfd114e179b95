"""AssumeRoleWithWebIdentity: a role for the holder of a token that an OpenID Connect provider of the account issued.

Nobody signs this call: the token is what speaks for the caller. What costs nothing is checked first, so that issuers are
asked only about tokens that could be good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clary.access.identity import IdentityProvider
from clary.kernel.errors import not_implemented
from clary.plane import Context, Members
from clary.plane.https import NoDocument, Unreachable
from clary.services.sts import session_tags, sessions
from clary.services.sts.federation import claims as read
from clary.services.sts.federation import errors, jws, key_sets, trust
from clary.services.sts.federation.issuers import Issuers, WrongCertificate
from clary.services.sts.federation.trust import Federated
from clary.services.sts.service import directory, sts
from clary.store.api import Tx

Params = dict[str, Any]
_ACTION = "sts:AssumeRoleWithWebIdentity"
# Providers that AWS knows without an account's doing ("Available keys for AWS OIDC federation").
_BUILT_IN = ("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com")
_NO_TOKEN = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NO_KEYS = (
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
_WRONG_CERTIFICATE = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"


@sts.operation(
    open=True,
    accepts=Members("RoleArn RoleSessionName WebIdentityToken PolicyArns Policy DurationSeconds"),
)
async def assume_role_with_web_identity(ctx: Context, params: Params) -> Params:
    """Return credentials of a role that trusts the token's issuer for this token."""
    account = trust.account_of(params["RoleArn"])
    token = _parsed(params["WebIdentityToken"])
    read.check_form(token.claims)
    provider = await ctx.transact(lambda tx: _provider(replace(ctx, tx=tx), account, token.claims["iss"]))
    audience = read.audience(token.claims, provider)
    read.check_times(token.claims, ctx.now)
    await _check_signature(ctx, provider, token)

    def assume(tx: Tx) -> Params:
        return _assume(replace(ctx, tx=tx), params, provider, token.claims, audience)

    return await ctx.transact(assume, write=True)


def _assume(
    ctx: Context, params: Params, provider: IdentityProvider, claims: Mapping[str, Any], audience: str
) -> Params:
    """Return the answer. What was read before the issuer was asked is read again."""
    if directory(ctx).identity_provider(ctx.tx, provider.account, "oidc-provider", provider.name) != provider:
        raise errors.invalid(_no_provider(claims["iss"]))
    user_id = f"{provider.arn}:{audience}:{claims['sub']}"
    kept = {**read.kept_keys(claims, provider), "aws:federatedprovider": [provider.arn]}
    who = Federated(provider, user_id, read.keys(claims, provider), kept)
    role = trust.trusting_role(ctx, params["RoleArn"], who, _ACTION)
    source = read.source_identity(claims)
    asked = {**params, **read.tag_members(claims), **({"SourceIdentity": source} if source else {})}
    tags = trust.tags_of(asked)
    duration = params.get("DurationSeconds", sessions.HOUR)
    given = {**session_tags.request_keys(asked), "sts:DurationSeconds": str(duration)}
    trust.require_all(ctx, role, who, _ACTION, given, tags, source)
    sessions.check_duration(duration, role)
    return {
        **sessions.open_session(ctx, asked, role, duration, tags, source, kept),
        "SubjectFromWebIdentityToken": claims["sub"],
        "Provider": provider.arn,
        "Audience": audience,
    }


def _parsed(text: str) -> jws.Token:
    try:
        return jws.parse(text)
    except jws.Malformed:
        raise errors.invalid(_NO_TOKEN) from None


def _provider(ctx: Context, account: str, issuer: str) -> IdentityProvider:
    """Return the account's provider of this issuer. Raise InvalidIdentityToken, also for an unknown account."""
    name = issuer.removeprefix("https://")
    found = directory(ctx).identity_provider(ctx.tx, account, "oidc-provider", name)
    if found is not None and issuer.startswith("https://"):
        return found
    if name in _BUILT_IN:
        raise not_implemented("sts", f"AssumeRoleWithWebIdentity with the built-in provider {name}")
    raise errors.invalid(_no_provider(issuer))


def _no_provider(issuer: str) -> str:
    return f"No OpenIDConnect provider found in your account for {issuer}"


async def _check_signature(ctx: Context, provider: IdentityProvider, token: jws.Token) -> None:
    """Raise InvalidIdentityToken unless a key of the issuer signed the token; IDPCommunicationError where it cannot be
    asked."""
    try:
        keys = await _issuers(ctx).keys(provider, token, ctx.now)
    except WrongCertificate:
        raise errors.invalid(_WRONG_CERTIFICATE) from None
    except NoDocument:
        raise errors.invalid(_NO_KEYS) from None
    except Unreachable:
        raise errors.unreachable(f"The identity provider {provider.url} could not be reached.") from None
    if not key_sets.candidates(token, keys):
        raise errors.invalid(_NO_KEYS)
    if key_sets.signer_of(token, keys) is None:
        raise errors.invalid("The signature of the token is not valid.")


def _issuers(ctx: Context) -> Issuers:
    extras = ctx.platform.extras
    if "issuers" not in extras:
        extras["issuers"] = Issuers(extras["outbound"], ctx.platform.settings.ca_bundle)
    return extras["issuers"]
