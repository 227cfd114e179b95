"""UpdateSecretVersionStage: a label moves from one version to another, comes to one or leaves one
(https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html)."""

from __future__ import annotations

from clary.plane import Context, Members, Record
from clary.services.secretsmanager import secret, stages, versions
from clary.services.secretsmanager.errors import invalid_parameter
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager

_ACCEPTS = Members("SecretId VersionStage RemoveFromVersionId MoveToVersionId")


@secretsmanager.operation(on=target, accepts=_ACCEPTS)
def update_secret_version_stage(ctx: Context, params: Params) -> Params:
    """Move a label. Raise InvalidParameterException where the request does not say from where it comes."""
    record = secret.usable(ctx, params["SecretId"])
    label, source, goal = (
        params["VersionStage"],
        params.get("RemoveFromVersionId"),
        params.get("MoveToVersionId"),
    )
    if source is None and goal is None:
        raise invalid_parameter("You must specify RemoveFromVersionId, MoveToVersionId, or both.")
    _check_versions(ctx, record, source, goal)
    _check_source(record, label, source, goal)
    held = secret.labels(record)
    if goal is None:
        moved = stages.detached(held, label)
    else:
        moved = stages.attached(held, [label], goal)
    ctx.tx.update(secret.changed(ctx, record, private={"stages": moved}))
    return secret.named(record)


def _check_versions(ctx: Context, record: Record, *ids: str | None) -> None:
    for id in ids:
        if id is not None and versions.get(ctx.tx, record.arn, id) is None:
            raise invalid_parameter(f"Not a valid version: {id}")


def _check_source(record: Record, label: str, source: str | None, goal: str | None) -> None:
    at = secret.labels(record).get(label)
    if source is not None and at != source:
        raise invalid_parameter(f"Version stage {label} not found in version {source}")
    if label == stages.CURRENT and goal is None:
        raise invalid_parameter(
            f"You can only move staging label {label} to a different secret version. It can't be completely removed."
        )
    if source is None and at is not None and at != goal:  # the sentence: getmoto/moto, aws_verified
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version "
            f"{at}, so you must explicitly reference that version in RemoveFromVersionId."
        )
