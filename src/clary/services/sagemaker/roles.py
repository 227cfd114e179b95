"""The role of a job, a model or a schedule, in the sentences that SageMaker answers."""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.plane import Context
from clary.services.sagemaker.service import sagemaker
from clary.workloads import roles

PRINCIPAL = sagemaker.principal
_SESSION = "SageMaker"


def require(ctx: Context, role_arn: str, resource: str) -> Caller:
    """Return SageMaker as a session of a role that the request names, on behalf of `resource` (`training-job/x`), the
    resource that the call makes. Raise AccessDenied unless the caller may pass the role, and ValidationException unless
    SageMaker may assume it."""
    roles.require_pass(ctx, role_arn, PRINCIPAL)
    return take(ctx, role_arn, resource)


def take(ctx: Context, role_arn: str, resource: str) -> Caller:
    """Return the same for a role that was passed with an earlier request."""
    try:
        return roles.assume(ctx, role_arn, resource, PRINCIPAL, _SESSION)
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{PRINCIPAL}' to assume the role.",
        ) from None
