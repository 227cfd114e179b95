"""What every STS call that issues credentials has in common: durations, session policies, the answer."""

from __future__ import annotations

from typing import Any

from clary.access.directory import Credential
from clary.access.grammar import check_identity_policy
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts.service import directory

Params = dict[str, Any]
HOUR = 3600
# STS quotas: the characters of inline session policy and session tags together are packed into a binary limit; the
# plain-text limit of the policy is this.
_LONGEST_POLICY = 2048


def refuse_second_factor(params: Params) -> None:
    """Nobody here has an MFA device, so no code of one is right: AWS's answer for a device that is not the caller's."""
    given = [name for name in ("SerialNumber", "TokenCode") if params.get(name)]
    if not given:
        return
    message = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    if len(given) > 1:
        message = (
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user."
        )
    raise AwsError("AccessDenied", message, 403)


def session_policies(ctx: Context, params: Params, account: str) -> tuple[str, ...] | None:
    """The policies of a request that narrow the session; None when it has none."""
    texts = [_managed(ctx, account, said["arn"]) for said in params.get("PolicyArns") or ()]
    if params.get("Policy"):
        check_identity_policy(params["Policy"], ctx.partition)
        texts.append(params["Policy"])
    return tuple(texts) or None


def packed_size(params: Params) -> Params:
    """PackedPolicySize, the share of the limit that is used, in per cent; said when there is something to pack."""
    if not (params.get("Policy") or params.get("PolicyArns") or params.get("Tags")):
        return {}
    size = len(params.get("Policy") or "") + sum(len(said["arn"]) for said in params.get("PolicyArns") or ())
    size += sum(len(tag["Key"]) + len(tag["Value"]) for tag in params.get("Tags") or ())
    per_cent = -(-size * 100 // _LONGEST_POLICY)
    if per_cent > 100:
        message = f"Packed policy consumes {per_cent}% of allotted space, please use smaller policy."
        if params.get("Tags"):
            message = f"Packed size of session tags consumes {per_cent}% of allotted space."
        raise AwsError("PackedPolicyTooLarge", message)
    return {"PackedPolicySize": per_cent}


def credentials(credential: Credential) -> Params:
    """The Credentials member of an answer."""
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret,
        "SessionToken": credential.token,
        "Expiration": credential.expires,
    }


def _managed(ctx: Context, account: str, arn: str) -> str:
    text = directory(ctx).managed_policy(ctx.tx, account, arn)
    if text is None:
        raise AwsError("InvalidParameterValue", f"PolicyArn {arn} does not exist or is not attachable.")
    return text
