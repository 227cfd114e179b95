"""The role of a job: may the caller pass it, may SageMaker take it, and who SageMaker is with it."""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.plane import Context

PRINCIPAL = "sagemaker.amazonaws.com"
_SESSION = "SageMaker"


def require(ctx: Context, role_arn: str, source: str) -> Caller:
    """SageMaker with a role, which the caller must be allowed to pass and SageMaker to take for `source`
    (`training-job/x`), the resource that the call makes. Raises as AWS does."""
    ctx.authorize("iam:PassRole", role_arn, {"iam:PassedToService": PRINCIPAL})
    return take(ctx, role_arn, source)


def take(ctx: Context, role_arn: str, source: str) -> Caller:
    """The same for a role that was passed before."""
    directory = ctx.platform.extras["directory"]
    if not directory.trusts(ctx.tx, role_arn, PRINCIPAL, ctx.arn(source)):
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{PRINCIPAL}' to assume the role.",
        )
    return directory.acting(ctx.tx, role_arn, _SESSION)
