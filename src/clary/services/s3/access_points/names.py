"""How a request names an access point instead of a bucket: by its ARN, by its alias, or in its host.

Source: "Referencing access points" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html). Clients of another
endpoint than AWS's put `NAME-ACCOUNT` before its host, where a bucket's name stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from clary.kernel import AwsError
from clary.services.s3 import errors
from clary.services.s3.acceleration import hosts
from clary.services.s3.access_points import rows
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.bucket_rows import find_bucket
from clary.store.api import Tx

if TYPE_CHECKING:
    from clary.plane import Context

Params = dict[str, Any]
T = TypeVar("T")

_HOST = ".s3-accesspoint."
_HOSTS = ".s3-ac"  # also those of Transfer Acceleration
# "Access point compatibility with Amazon S3 operations" (S3 User Guide, access-points-service-api-support.html).
_COMPATIBLE = frozenset(
    [
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjectTagging",
        "DeleteObjects",
        "GetBucketAcl",
        "GetBucketCors",
        "GetBucketLocation",
        "GetBucketNotificationConfiguration",
        "GetBucketPolicy",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectLegalHold",
        "GetObjectRetention",
        "GetObjectTagging",
        "HeadBucket",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
        "PutObject",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "PutObjectTagging",
        "RestoreObject",
        "SelectObjectContent",
        "UploadPart",
        "UploadPartCopy",
    ]
)


class PointedBucket(str):
    """A bucket's name in a request that names an access point instead. It tells which one, wherever the name is handed on to."""

    __slots__ = ("point",)
    point: AccessPoint


def point_of(params: Mapping[str, Any]) -> AccessPoint | None:
    """Return the access point of a request whose target is settled."""
    name = params.get("Bucket")
    return name.point if isinstance(name, PointedBucket) else None


def may_name_one(name: str) -> bool:
    """Return whether a bucket's name may stand for an access point, or has the mark of another host. Most do not, and are looked up
    nowhere."""
    return (
        name.endswith("-s3alias")
        or (name[-13:-12] == "-" and name[-12:].isdigit())
        or name.startswith("arn:")
        or _HOSTS in name
    )


def resolve(ctx: Context, params: Params) -> AccessPoint | None:
    """Return the access point that a request names, or None. The request names its bucket afterwards.

    Raise NoSuchAccessPoint, or MethodNotAllowed for an operation that is for buckets only.
    """
    name = params["Bucket"]
    if isinstance(name, PointedBucket):
        return name.point
    if not may_name_one(name):
        return None
    if name.endswith(hosts.MARK):
        params["Bucket"] = _in(ctx, lambda tx: hosts.bucket_of(tx, name, ctx.op.name))
        return None
    point = _in(ctx, lambda tx: _find(ctx, tx, name))
    if point is None:
        return None
    if ctx.op.service.name == "s3" and ctx.op.name not in _COMPATIBLE:
        raise _not_allowed(ctx)
    params["Bucket"] = named = PointedBucket(point.bucket)
    named.point = point
    return point


def _in(ctx: Context, work: Callable[[Tx], T]) -> T:
    """Run `work` in the call's transaction, or in one of its own: stream operations are authorised before they have one."""
    if ctx.tx is not None:
        return work(ctx.tx)
    with ctx.platform.store.read() as tx:
        return work(tx)


def _not_allowed(ctx: Context) -> AwsError:
    message = "The specified method is not allowed against this resource."
    method = ctx.request.method if ctx.request is not None else ""
    return AwsError("MethodNotAllowed", message, 405, {"Method": method, "ResourceType": "ACCESSPOINT"})


def _find(ctx: Context, tx: Tx, name: str) -> AccessPoint | None:
    point = _named(ctx, tx, name)
    if point is None:
        return None
    bucket = find_bucket(tx, point.bucket)
    if bucket is None or bucket.owner != point.bucket_account:
        raise errors.no_such_bucket(point.bucket)
    return point


def _named(ctx: Context, tx: Tx, name: str) -> AccessPoint | None:
    if name.startswith("arn:"):
        return _by_arn(ctx, tx, name)
    if name.endswith("-s3alias"):
        return rows.with_alias(tx, name)
    label, host, place = name.partition(_HOST)
    if not host and find_bucket(tx, name) is not None:  # buckets may be named so too
        return None
    region = place.removeprefix("dualstack.") if host else ctx.region
    point = rows.find(tx, label[-12:], region, label[:-13])
    if point is None and host:
        raise no_such_access_point(label[:-13])
    return point


def _by_arn(ctx: Context, tx: Tx, arn: str) -> AccessPoint:
    parts = arn.split(":", 5)
    kind, _, name = parts[-1].replace(":", "/", 1).partition("/")
    if len(parts) != 6 or parts[2] != "s3" or kind != "accesspoint":
        what = parts[2] if len(parts) > 2 else ""
        raise errors.not_implemented(f"s3 requests by ARNs of {what or 'this form'}")
    if name.endswith(".mrap") or not parts[3]:
        raise errors.not_implemented("s3 Multi-Region Access Points")
    point = rows.find(tx, parts[4], parts[3], name) if parts[1] == ctx.partition else None
    if point is None:
        raise no_such_access_point(name)
    return point


def no_such_access_point(name: str) -> AwsError:
    message = "The specified accesspoint does not exist"
    return AwsError("NoSuchAccessPoint", message, 404, {"AccessPointName": name})


def split_source(text: str) -> tuple[str, str]:
    """Return bucket and key of a copy source that begins with the ARN of an access point: `ARN/object/KEY`."""
    point, found, key = text.partition("/object/")
    if not found or ":accesspoint/" not in point:
        raise errors.not_implemented("s3 requests by ARNs of this form")
    return point, key
