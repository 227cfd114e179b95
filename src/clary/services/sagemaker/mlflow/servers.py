"""What tracking servers and apps have in common: their version, their role, their changes, and the words of refusals."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Record, revise
from clary.services.sagemaker import roles

Params = dict[str, Any]

ENVIRONMENT = "mlflow"
# What the server is started with: another value takes another start.
_OF_THE_RUN = (
    "ArtifactStoreUri",
    "TrackingServerSize",
    "S3BucketOwnerAccountId",
    "S3BucketOwnerVerification",
)


def version_of(ctx: Context, params: Params) -> str:
    """Return the version of MLflow that a new server has: the one that is installed here, or is going to be.

    AWS has several, which a request names in full or by its first numbers. Raise ValidationException for another one.
    """
    here = ctx.platform.runs.environment(ENVIRONMENT).version
    asked = params.get("MlflowVersion")
    if asked and asked != here and not here.startswith(f"{asked}."):
        raise validation(f"MLflow version {asked} is not supported. Supported versions: [{here}].")
    return here


def check(params: Params) -> None:
    """Raise ValidationException for an artifact store that is not named as S3 names it: the model also lets
    `https://` pass, below which no client of MLflow could store anything."""
    uri = params.get("ArtifactStoreUri", "s3://")
    if not uri.startswith("s3://"):
        raise validation(f"ArtifactStoreUri {uri} must be a URI of Amazon S3, such as s3://bucket/prefix.")


def allow(ctx: Context, params: Params, resource: str) -> None:
    """Refuse what the model cannot say about a new server."""
    check(params)
    version_of(ctx, params)
    roles.require(ctx, params["RoleArn"], resource)


def changed(ctx: Context, record: Record, given: Mapping[str, Any], observed: Params) -> Record:
    """Return the record as an Update makes it. Its controller starts the server again where that is needed."""
    again = any(name in given and given[name] != record.spec.get(name) for name in _OF_THE_RUN)
    attempt = int(record.private.get("attempt", 0)) + again
    private = {"attempt": attempt, "wanted": int(record.private.get("wanted", 0)) + 1}
    if again:
        private |= {"ready": False, "failures": 0, "not_before": 0.0}
    ctx.wake()
    return revise(
        record,
        spec=given,
        observed=observed,
        private=private,
        status="Updating",
        modified=ctx.now,
        due=ctx.now,
    )


def spoken(status: str) -> str:
    """Return a status as AWS writes it in its sentences: `CreateFailed` is CREATE_FAILED."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()


def require_status(record: Record, allowed: Collection[str], doing: str, code: str) -> None:
    """Raise the error `code` unless a server has one of these statuses. The sentence is that of AWS for a server that is
    to be stopped (https://github.com/aws/amazon-sagemaker-feedback/issues/104)."""
    if record.status not in allowed:
        raise AwsError(
            code,
            f"Tracking Server with ARN {record.arn} is currently in status {spoken(record.status)}, can't be {doing}.",
        )


def require_deletable(record: Record, busy: Collection[str]) -> None:
    """Raise ValidationException for a server that is busy, in AWS's sentence (the same report)."""
    if record.status in busy:
        raise validation(
            f"Tracking Server is in un-deletable state ({spoken(record.status)}), so it cannot be deleted."
        )
