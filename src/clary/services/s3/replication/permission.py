"""What the role of a configuration must be allowed, so that a version is replicated. Reads no byte.

Source: "Setting up permissions for live replication"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html).
"""

from __future__ import annotations

from dataclasses import replace

from clary.access.directory import Directory
from clary.kernel import Caller
from clary.plane import Context
from clary.plane.port import Plane
from clary.services.s3 import object_extras
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import tasks
from clary.services.s3.replication.rules import Rule
from clary.services.s3.service import arn_of, s3
from clary.store.api import Tx

_SESSION = "s3-replication"


def context(platform: Plane, tx: Tx, source: Bucket, role: str) -> Context:
    """Return the context of what S3 does as the role. Raise AccessDenied if the role is not there or does not trust S3."""
    alone = by_itself(platform, tx, source)
    directory: Directory = platform.extras["directory"]
    caller = directory.acting(tx, role, _SESSION, alone.caller)
    return replace(alone, caller=caller, op=s3.model.operations["GetObject"])


def by_itself(platform: Plane, tx: Tx, source: Bucket) -> Context:
    """Return the context of what S3 does on behalf of a bucket."""
    arn = f"arn:{platform.settings.partition}:s3:::{source.name}"
    return Context(
        platform, Caller.of_service(s3.principal, source.owner, arn), source.owner, source.region,
        platform.clock.now(), s3.model.operations["PutObject"], platform.ids.uuid(), tx=tx, inside=True,
    )  # fmt: skip


def require(ctx: Context, source: Bucket, row: Row, target: Bucket, rule: Rule, what: str) -> None:
    """Raise AccessDenied unless the role may read a version of the source and write it into the target."""
    named = {"Bucket": source.name, "Key": row.key, "VersionId": row.version}
    here = arn_of(ctx, source.name, row.key)
    _may(ctx, "s3:GetReplicationConfiguration", arn_of(ctx, source.name), {"Bucket": source.name})
    if row.marker:
        _may(writing(ctx), "s3:ReplicateDelete", arn_of(ctx, target.name, row.key), _at(target, row))
        return
    for action in _reading(row):
        _may(ctx, action, here, named)
    for action in _writes(row, source, target, rule, what):
        _may(writing(ctx), action, arn_of(ctx, target.name, row.key), _at(target, row))


def _reading(row: Row) -> list[str]:
    extra = object_extras.of(row)
    return [
        "s3:GetObjectVersionForReplication",
        *(["s3:GetObjectVersionAcl"] if extra.get("acl") else []),
        *(["s3:GetObjectVersionTagging"] if row.tags else []),
        *(["s3:GetObjectRetention"] if extra.get("mode") else []),
        *(["s3:GetObjectLegalHold"] if extra.get("hold") else []),
    ]


def _writes(row: Row, source: Bucket, target: Bucket, rule: Rule, what: str) -> list[str]:
    translated = rule.takes_over and source.owner != target.owner
    return [
        "s3:ReplicateObject",
        *(["s3:ReplicateTags"] if row.tags or what == tasks.CHANGES else []),
        *(["s3:ObjectOwnerOverrideToBucketOwner"] if translated else []),
    ]


def _at(target: Bucket, row: Row) -> dict[str, str]:
    return {"Bucket": target.name, "Key": row.key}


def writing(ctx: Context, operation: str = "PutObject") -> Context:
    """Return the call as one that writes, which the bucket decides and not the object that is there."""
    return replace(ctx, op=s3.model.operations[operation])


def _may(ctx: Context, action: str, arn: str, params: dict[str, str]) -> None:
    ctx.platform.authorizer.require(ctx, action, [arn], {}, params)
