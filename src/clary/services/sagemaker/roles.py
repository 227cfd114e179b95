"""The role of a job: may the caller pass it, may SageMaker take it, and who SageMaker is with it."""

from __future__ import annotations

from clary.access.identity import RoleDirectory
from clary.kernel import AwsError, Caller
from clary.plane import Context
from clary.services.sagemaker.service import sagemaker

PRINCIPAL = sagemaker.principal
_SESSION = "SageMaker"


def require(ctx: Context, role_arn: str, source: str) -> Caller:
    """Return SageMaker with a role, which the caller must be allowed to pass and SageMaker to take for `source`
    (`training-job/x`), the resource that the call makes. Raise as AWS does.

    SageMaker itself, which starts a monitoring execution, goes on with the role that the maker of the schedule passed.
    """
    if not ctx.caller.service:
        ctx.authorize("iam:PassRole", role_arn, {"iam:PassedToService": PRINCIPAL})
    return take(ctx, role_arn, source)


def take(ctx: Context, role_arn: str, source: str) -> Caller:
    """Return the same for a role that was passed before."""
    directory: RoleDirectory = ctx.platform.extras["directory"]
    try:
        service = Caller.of_service(PRINCIPAL, ctx.account, ctx.arn(source))
        return directory.acting(ctx.tx, role_arn, _SESSION, service)
    except AwsError:
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{PRINCIPAL}' to assume the role.",
        ) from None
