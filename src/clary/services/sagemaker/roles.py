"""The role of a job: may the caller pass it, and may SageMaker take it."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context

PRINCIPAL = "sagemaker.amazonaws.com"


def require(ctx: Context, role_arn: str, source: str) -> None:
    """Raises as AWS does when the caller may not pass the role or its trust policy does not let SageMaker take it for
    `source` (`training-job/x`), the resource that the call makes."""
    ctx.authorize("iam:PassRole", role_arn, {"iam:PassedToService": PRINCIPAL})
    if not ctx.platform.extras["directory"].trusts(ctx.tx, role_arn, PRINCIPAL, ctx.arn(source)):
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{PRINCIPAL}' to assume the role.",
        )
