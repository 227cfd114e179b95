"""S3's condition keys that are not simply members of the request: object tags, and how the request was
signed.

Sources: "Policy keys for S3" (Service Authorization Reference), "Amazon S3 Signature Version 4 authentication
specific policy keys" and "Tagging and access control policies" (S3 User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from clary.access.request_keys import Values, folded
from clary.access.request_members import requested_tags
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import object_rows
from clary.services.s3.access_points import names
from clary.services.s3.access_points.names import point_of
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.control.batch import job_keys
from clary.services.s3.copy_object import read_source
from clary.wire import Signature
from clary.wire.signature import V4

# Actions on an existing object, whose tags a condition may ask for.
_TAGGED = frozenset(
    f"s3:{name}"
    for name in (
        "GetObject", "GetObjectVersion", "GetObjectAttributes", "GetObjectVersionAttributes", "GetObjectAcl",
        "GetObjectTagging", "GetObjectVersionTagging", "PutObjectAcl", "PutObjectTagging",
        "PutObjectVersionTagging", "DeleteObjectTagging", "DeleteObjectVersionTagging",
    )
)  # fmt: skip


def find(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    family, _, name = key.partition("/")
    if family == "s3:existingobjecttag" and action in _TAGGED:
        return folded(_existing(ctx, params), name)
    if family == "s3:requestobjecttag":
        return folded(_requested(params), name)
    if key == "s3:requestobjecttagkeys":
        return tuple(_requested(params)) or None
    if key == "s3:x-amz-copy-source":
        return _source(ctx, params)
    if key in job_keys.KEYS:
        return job_keys.KEYS[key](ctx, params)
    if key in _OF_ACCESS_POINTS:
        point = point_of(params)
        return (_OF_ACCESS_POINTS[key](ctx, point),) if point is not None else None
    found = _SIGNED[key](ctx, ctx.signature) if key in _SIGNED and ctx.signature else None
    return None if found is None else (found,)


def _existing(ctx: Context, params: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the tags of the object that the call is about; empty if there is no such object."""
    try:
        return object_rows.load(ctx, ctx.tx, dict(params), params["Bucket"]).tag_map
    except AwsError:
        return {}


def _requested(params: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the tags in the request: of an upload (a query string) or of PutObjectTagging (a TagSet)."""
    tagging = params.get("Tagging") or ""
    return requested_tags(tagging) if isinstance(tagging, Mapping) else dict(parse_qsl(tagging, True))


def _source(ctx: Context, params: Mapping[str, Any]) -> Values:
    """Return bucket and key of the copy source as `bucket/key`, so that no other spelling gets past a policy."""
    if not params.get("CopySource"):
        return None
    named = read_source(params["CopySource"])
    names.resolve(ctx, named)
    return (f"{named['Bucket']}/{named['Key']}",)


def _age(ctx: Context, signature: Signature) -> str | None:
    """Return the age in milliseconds of the signature of a presigned request; "0" for Signature Version 2."""
    if not signature.presigned:
        return None
    return str(int((ctx.now - signature.time) * 1000)) if signature.scheme == V4 else "0"


def _payload(ctx: Context, signature: Signature) -> str | None:
    """Return the signed hash of the body. Presigned requests have none in either signature version."""
    return signature.payload_hash or ("UNSIGNED-PAYLOAD" if signature.presigned else None)


# "Condition keys" (Configuring IAM policies for using access points, S3 User Guide).
_OF_ACCESS_POINTS: Mapping[str, Callable[[Context, AccessPoint], str]] = {
    "s3:dataaccesspointarn": lambda ctx, point: point.arn(ctx.partition),
    "s3:dataaccesspointaccount": lambda ctx, point: point.account,
    "s3:accesspointnetworkorigin": lambda ctx, point: "Internet",
}
_PLACES = {"header": "REST-HEADER", "query": "REST-QUERY-STRING"}
_SIGNED: Mapping[str, Callable[[Context, Signature], str | None]] = {
    "s3:authtype": lambda ctx, signature: _PLACES[signature.place],
    "s3:signatureversion": lambda ctx, signature: signature.scheme,
    "s3:signatureage": _age,
    "s3:x-amz-content-sha256": _payload,
}
