"""GetCallerIdentity, GetSessionToken, GetFederationToken and GetAccessKeyInfo: operations without a role."""

from __future__ import annotations

import base64
from typing import Any

from clary.access.identity import SessionRequest
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts import mfa, session_tags, sessions
from clary.services.sts.service import directory, sts

Params = dict[str, Any]
_HALF_A_DAY = 43200
# GetSessionToken (API reference): IAM operations only after MFA, and of STS only AssumeRole and GetCallerIdentity.
_AS_SESSION = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"},'
    '{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}},'
    '{"Effect":"Allow","Action":["sts:AssumeRole","sts:GetCallerIdentity","sts:TagSession",'
    '"sts:SetSourceIdentity"],"Resource":"*"}]}'
)
# GetFederationToken (API reference): no IAM operation, and of STS only GetCallerIdentity, whatever its
# policies allow.
_AS_FEDERATED = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:*","sts:*"],"Resource":"*"}]}'
)


@sts.operation(open=True)
def get_caller_identity(ctx: Context, params: Params) -> Params:
    caller = ctx.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


@sts.operation(open=True, lane="write")
def get_session_token(ctx: Context, params: Params) -> Params:
    _reject_sessions(ctx, "GetSessionToken")
    mfa_given = mfa.spend(ctx, params)
    caller = ctx.caller
    duration = params.get("DurationSeconds", _HALF_A_DAY)
    if caller.is_root:  # limited to an hour for the root user
        duration = min(duration, sessions.HOUR)
    session = SessionRequest(
        kind="user",
        account=caller.account,
        arn=caller.arn,
        user_id=caller.user_id,
        principal_arn=caller.principal_arn,
        principal_id=caller.principal_id,
        issued=ctx.now,
        expires=ctx.now + duration,
        policies=(_AS_SESSION,),
        mfa=ctx.now if mfa_given else None,
        is_root=caller.is_root,
    )
    return {"Credentials": sessions.credentials_member(directory(ctx).issue(ctx.tx, session))}


def _federated(ctx: Context, params: Params) -> list[str]:
    return [f"arn:{ctx.partition}:sts::{ctx.caller.account}:federated-user/{params['Name']}"]


@sts.operation(on=_federated, lane="write")
def get_federation_token(ctx: Context, params: Params) -> Params:
    _reject_sessions(ctx, "GetFederationToken")
    caller = ctx.caller
    policies = sessions.session_policies(ctx, params, caller.account)
    tags = session_tags.authorized(ctx, params, caller.principal_arn)
    duration = params.get("DurationSeconds", _HALF_A_DAY)
    if caller.is_root:
        duration = min(duration, sessions.HOUR)
    name = params["Name"]
    session = SessionRequest(
        kind="federated",
        account=caller.account,
        arn=f"arn:{ctx.partition}:sts::{caller.account}:federated-user/{name}",
        user_id=f"{caller.account}:{name}",
        principal_arn=caller.principal_arn,
        principal_id=caller.principal_id,
        issued=ctx.now,
        expires=ctx.now + duration,
        # Without session policies, a federated user may only do what resource policies allow it by name.
        policies=(*(policies or ()), _AS_FEDERATED),
        tags=tags.all,
        is_root=caller.is_root,
    )
    packed = sessions.packed_size(params) or {"PackedPolicySize": 0}  # recorded: get_federation_token
    return {
        "Credentials": sessions.credentials_member(directory(ctx).issue(ctx.tx, session)),
        "FederatedUser": {"FederatedUserId": session.user_id, "Arn": session.arn},
        **packed,
    }


@sts.operation
def get_access_key_info(ctx: Context, params: Params) -> Params:
    """Return the account of any access key: the key itself contains it."""
    account = _account_of(params["AccessKeyId"])
    if account is None:
        raise AwsError("ValidationError", f"Invalid access key: {params['AccessKeyId']}")
    return {"Account": account}


def _account_of(access_key_id: str) -> str | None:
    """Return the account in the first 48 bits after the prefix, shifted by seven; None if the key is
    malformed."""
    try:
        raw = base64.b32decode(access_key_id[4:])
    except ValueError:
        return None
    return f"{(int.from_bytes(raw[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}" if len(raw) == 10 else None


def _reject_sessions(ctx: Context, operation: str) -> None:
    """Raise AccessDenied if the caller uses temporary credentials (API reference: only long-term ones can get
    others)."""
    if directory(ctx).session(ctx.tx, ctx.caller.access_key_id) is not None:
        raise AwsError("AccessDenied", f"Cannot call {operation} with session credentials", 403)
