"""DescribeSecret and ListSecretVersionIds: all of a secret and its versions but the values."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.secretsmanager import rotations, secret, stages, versions
from clary.services.secretsmanager.names import Params, load, target
from clary.services.secretsmanager.service import secretsmanager
from clary.services.secretsmanager.versions import Version

_PAGE = 100


@secretsmanager.operation(on=target)
def describe_secret(ctx: Context, params: Params) -> Params:
    """Return a secret, also one that is marked for deletion."""
    record = load(ctx, params["SecretId"])
    shown = secret.described(record, ctx.tx.tags(record.arn)) | rotations.shown(record)
    if held := secret.labels(record):
        shown["VersionIdsToStages"] = stages.by_version(held)
    if record.until is not None:
        shown["DeletedDate"] = record.observed["DeletionDate"]
    return shown


@secretsmanager.operation(on=target)
def list_secret_version_ids(ctx: Context, params: Params) -> Params:
    """Return a page of versions, the oldest first: those with a label, or all."""
    record = load(ctx, params["SecretId"])
    held = secret.labels(record)
    every = params.get("IncludeDeprecated", False)
    found = [one for one in versions.all_of(ctx.tx, record.arn) if every or one.id in held.values()]
    start = position(ctx, params) or 0
    end = start + params.get("MaxResults", _PAGE)
    shown = [_shown(version, stages.of(held, version.id)) for version in found[start:end]]
    more = {"NextToken": sign_token(ctx, end)} if end < len(found) else {}
    return {**secret.named(record), "Versions": shown, **more}


def position(ctx: Context, params: Params) -> Any:
    """Return the position in the page token of a request. Raise InvalidNextTokenException."""
    if "NextToken" not in params:
        return None
    try:
        return read_token(ctx, params["NextToken"])
    except AwsError:
        raise AwsError("InvalidNextTokenException", "The NextToken value is invalid.") from None


def _shown(version: Version, labels: list[str]) -> Params:
    shown = {
        "VersionId": version.id,
        "CreatedDate": version.created,
        # Recorded: test_deprecated_secret_version_stage.
        "KmsKeyIds": [version.kms_key or "DefaultEncryptionKey"],
    }
    if version.accessed is not None:
        shown["LastAccessedDate"] = version.accessed
    return shown | ({"VersionStages": labels} if labels else {})
