"""The KMS key of storage volumes. AWS makes a grant on it when the request comes, as the role of the job or as the caller: "kms:CreateGrant
… is required only if the associated ResourceConfig has a specified VolumeKmsKeyId and the associated role does not have a policy that
permits this action" (https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html).

Here it is only looked whether that grant could be made, and none is: volumes are not encrypted (decision 0036).
"""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.kernel.errors import validation
from clary.plane import Context

_USES = ("Decrypt", "GenerateDataKeyWithoutPlaintext")
_WOULD_DO = "DryRunOperationException"


def require(ctx: Context, key: str | None, role: Caller | None) -> None:
    """Raise ValidationException unless the role or the caller may make a grant on an enabled key. One sentence covers all reasons, so that
    it tells nothing of keys in other accounts. A service goes on with what was looked at when its user came."""
    if not key or ctx.caller.service:
        return
    if not any(_may_grant(ctx, who, key) for who in (role, ctx.caller) if who is not None):
        named = f' or the role "{role.principal_arn}"' if role else ""
        raise validation(
            f"Could not use the KMS key {key} for storage volumes. Please ensure that the key exists and is enabled, and "
            f'that you{named} have "kms:CreateGrant" permissions on it.'
        )


def _may_grant(ctx: Context, who: Caller, key: str) -> bool:
    wanted = {"GranteePrincipal": who.principal_arn, "Operations": list(_USES), "DryRun": True}
    try:
        named = {"KeyId": _without_alias(ctx, who, key)}
        ctx.call("kms", "CreateGrant", {**wanted, **named}, caller=who, forwarded=True)
    except AwsError as answer:
        if answer.code != _WOULD_DO and not answer.senders_fault:
            raise
        return answer.code == _WOULD_DO
    return False


def _without_alias(ctx: Context, who: Caller, key: str) -> str:
    """Return the key behind an alias, which CreateGrant does not take."""
    if not key.rpartition(":")[2].startswith("alias/"):
        return key
    found = ctx.call("kms", "DescribeKey", {"KeyId": key}, caller=who, forwarded=True)
    return found["KeyMetadata"]["Arn"]
