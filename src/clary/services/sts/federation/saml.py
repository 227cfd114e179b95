"""AssumeRoleWithSAML: a role for a user whom a SAML provider of the account vouches for.

Nobody signs this call: the assertion speaks for the caller. Verifying takes a thread, not the event loop.
"""

from __future__ import annotations

import re
from typing import Any

from clary.access.identity import IdentityProvider, RoleFacts
from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.sts import session_tags, sessions
from clary.services.sts.federation import assertions, errors, signed_xml, trust
from clary.services.sts.federation.assertions import Assertion
from clary.services.sts.federation.trust import Federated
from clary.services.sts.service import directory, sts

Params = dict[str, Any]
_ACTION = "sts:AssumeRoleWithSAML"
_PROVIDER_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):saml-provider/([\w.-]+)", re.ASCII)
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_STATUS = "{urn:oasis:names:tc:SAML:2.0:protocol}Status/{urn:oasis:names:tc:SAML:2.0:protocol}StatusCode"
_NO_PROVIDER = "Specified provider doesn't exist."


@sts.operation(
    open=True,
    lane="compute",
    accepts=Members("RoleArn PrincipalArn SAMLAssertion PolicyArns Policy DurationSeconds"),
)
def assume_role_with_saml(ctx: Context, params: Params) -> Params:
    """Return credentials of a role that the assertion names and that trusts its provider."""
    account = trust.account_of(params["RoleArn"])
    with ctx.transaction() as reading:
        provider = _provider(reading, params["PrincipalArn"], account)
    root = signed_xml.read(params["SAMLAssertion"])
    found = assertions.parse(signed_xml.signed_assertion(root, provider.certificates))
    status = root.find(_STATUS)
    if status is None or status.get("Value") != _SUCCESS:
        raise signed_xml.invalid_response()
    if ctx.now >= provider.until:
        raise errors.invalid("The metadata of the provider has expired.")
    assertions.check(found, provider, ctx.now)
    with ctx.transaction(write=True) as writing:
        return _assume(writing, params, provider, found)


def _assume(ctx: Context, params: Params, provider: IdentityProvider, found: Assertion) -> Params:
    """Return the answer. What was read before the signature was verified is read again."""
    if _provider(ctx, provider.arn, provider.account) != provider:
        raise errors.invalid(_NO_PROVIDER)
    name = assertions.session_name(found)
    kept = {**assertions.kept_keys(found, provider), "aws:federatedprovider": [provider.arn]}
    user_id = f"{assertions.name_qualifier(found, provider)}:{found.subject}"
    who = Federated(provider, user_id, assertions.keys(found, provider), kept)
    role = trust.trusting_role(ctx, params["RoleArn"], who, _ACTION)
    if not found.grants(role.arn, provider.arn):
        raise errors.not_trusted(_ACTION)
    source = assertions.source_identity(found)
    asked = {
        **params, "RoleSessionName": name, **assertions.tag_members(found),
        **({"SourceIdentity": source} if source else {}),
    }  # fmt: skip
    tags = trust.tags_of(asked)
    duration = _duration(ctx, params, role, found)
    given = {**session_tags.request_keys(asked), "sts:DurationSeconds": str(duration)}
    trust.require_all(ctx, role, who, _ACTION, given, tags, source)
    return {
        **sessions.open_session(ctx, asked, role, duration, tags, source, kept),
        "Subject": found.subject,
        "SubjectType": found.subject_type,
        "Issuer": found.issuer,
        "Audience": found.recipient,
        "NameQualifier": assertions.name_qualifier(found, provider),
    }


def _provider(ctx: Context, arn: str, account: str) -> IdentityProvider:
    """Return the role's account's provider of this ARN. Raise InvalidIdentityToken."""
    named = _PROVIDER_ARN.fullmatch(arn)
    if named is None:
        raise AwsError("ValidationError", "Request ARN is invalid")
    found = directory(ctx).identity_provider(ctx.tx, named[1], "saml-provider", named[2])
    if found is None or named[1] != account or found.arn != arn:
        raise errors.invalid(_NO_PROVIDER)
    return found


def _duration(ctx: Context, params: Params, role: RoleFacts, found: Assertion) -> int:
    """Return the length of the session: what is asked for, or "the time specified in the SAML authentication response's
    SessionNotOnOrAfter value, whichever is shorter" (API reference)."""
    duration = params.get("DurationSeconds", sessions.HOUR)
    sessions.check_duration(duration, role)
    return duration if found.ends is None else min(duration, int(found.ends - ctx.now))
