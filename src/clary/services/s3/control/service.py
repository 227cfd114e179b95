"""The S3 Control service. Its actions are S3's."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Service

Params = dict[str, Any]

control = Service(
    "s3control",
    actions="s3",
    schema="clary.services.s3.control",
    principal="batchoperations.s3.amazonaws.com",  # jobs of Batch Operations alone act by themselves
)


def own_account(ctx: Context, params: Params) -> str:
    """Return the account that a call is about. Raise AccessDenied unless it is the caller's own."""
    if params["AccountId"] != ctx.caller.account:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return ctx.caller.account
