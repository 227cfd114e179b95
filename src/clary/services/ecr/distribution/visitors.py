"""Who visits a registry: user AWS with the password of an authorization token."""

from __future__ import annotations

import base64
import binascii

from clary.kernel import AwsError, Caller
from clary.plane.sites import Visit
from clary.services.ecr.tokens import passwords
from clary.services.ecr.tokens.authorization import USER
from clary.services.ecr.tokens.passwords import Pass

UNKNOWN, EXPIRED = "UnauthorizedException", "ExpiredTokenException"


async def visitor(visit: Visit) -> Caller:
    """Return the caller whose token a request brings, and lead the visit to the registry that it means. Raise AwsError."""
    given = _pass(visit)
    if given.until <= visit.ctx.now:
        message = "Your authorization token has expired. Reauthenticate and try again."
        raise AwsError(EXPIRED, message, 403)
    await _check_key(visit, given.caller)
    if "region" not in visit.labels:
        visit.ctx.region = given.region
    return given.caller


def account_of(visit: Visit) -> str:
    """Return the account whose registry a visit is about."""
    return visit.labels.get("account") or visit.caller.account


def _pass(visit: Visit) -> Pass:
    scheme, _, value = visit.request.headers.get("authorization", "").partition(" ")
    given = None
    if scheme.lower() == "basic":
        user, _, password = _decoded(value.strip()).partition(":")
        given = passwords.read(visit.ctx.platform.settings.token_key, password) if user == USER else None
    if given is None:
        raise AwsError(UNKNOWN, "Not Authorized", 401)
    return given


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


async def _check_key(visit: Visit, caller: Caller) -> None:
    """Raise unless the access key with which the token was asked for is still good. Tokens of jobs have none."""
    if not caller.access_key_id:
        return
    credential = await visit.ctx.platform.authorizer.credential(caller.access_key_id)
    if credential is None or not credential.active:
        raise AwsError(UNKNOWN, "Not Authorized", 401)
