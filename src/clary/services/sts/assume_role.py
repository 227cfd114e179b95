"""AssumeRole. The role's trust policy and the caller's policies have been checked before it runs."""

from __future__ import annotations

import re
from typing import Any

from clary.access.identity import RoleFacts, SessionRequest
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts import mfa, session_tags, sessions
from clary.services.sts.service import directory, sts

Params = dict[str, Any]


_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")


def _role_arn(ctx: Context, params: Params) -> list[str]:
    """Return the role's ARN. Raise ValidationError before authorisation if it is malformed (recorded:
    sts_invalid_parameters), and AccessDenied for a wrong MFA code, which policies then need not judge."""
    if not _ARN.fullmatch(params["RoleArn"]):
        raise AwsError("ValidationError", f"{params['RoleArn']} is invalid")
    mfa.step_of(ctx, params)
    return [params["RoleArn"]]


@sts.operation(on=_role_arn)
def assume_role(ctx: Context, params: Params) -> Params:
    role = directory(ctx).role(ctx.tx, params["RoleArn"])
    if role is None:  # authorisation fails earlier: a role that does not exist trusts nobody
        raise AwsError("AccessDenied", f"Role {params['RoleArn']} does not exist", 403)
    _reject_root(ctx)
    mfa.spend(ctx, params)
    chained = _calling_session(ctx)
    duration = _duration(params, role, chained)
    tags = session_tags.authorized(ctx, params, role.arn, session_tags.inherited(chained))
    source = _source_identity(ctx, params, role, chained)
    return sessions.open_session(ctx, params, role, duration, tags, source)


def _reject_root(ctx: Context) -> None:
    if ctx.caller.is_root:
        raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.", 403)


def _calling_session(ctx: Context) -> SessionRequest | None:
    """Return the role session that makes the call (role chaining), or None."""
    found = directory(ctx).session(ctx.tx, ctx.caller.access_key_id)
    return found if found and found.kind == "role" else None


def _duration(params: Params, role: RoleFacts, chained: SessionRequest | None) -> int:
    duration = params.get("DurationSeconds", sessions.HOUR)
    sessions.check_duration(duration, role)
    if chained and duration > sessions.HOUR:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        raise AwsError("ValidationError", message)
    return duration


def _source_identity(ctx: Context, params: Params, role: RoleFacts, chained: SessionRequest | None) -> str:
    """Return the source identity. Once set, it passes on to all further sessions and cannot be changed."""
    held = chained.source_identity if chained else ""
    wanted = params.get("SourceIdentity", "")
    if wanted or held:
        ctx.authorize("sts:SetSourceIdentity", role.arn, session_tags.request_keys(params))
    if held and wanted and held != wanted:
        message = "Setting a different SourceIdentity than the one of the calling session is not allowed."
        raise AwsError("AccessDenied", message, 403)
    return wanted or held
