"""The condition keys of S3 that no member of a request tells as they are: tags of objects, and how a request was signed.

Source: "Policy keys for S3" in the Service Authorization Reference, "Amazon S3 Signature Version 4 authentication
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
from clary.services.s3.copy_object import read_source
from clary.wire import Signature
from clary.wire.signature import V4

# The actions that are about an object which is there, and so may ask for its tags.
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
        return _source(params)
    found = _SIGNED[key](ctx, ctx.signature) if key in _SIGNED and ctx.signature else None
    return None if found is None else (found,)


def _existing(ctx: Context, params: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags of the object that a call is about; an object that is not there has none."""
    try:
        return object_rows.load(ctx, ctx.tx, dict(params), params["Bucket"]).tag_map
    except AwsError:
        return {}


def _requested(params: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags of an upload (a header) or of PutObjectTagging (a TagSet)."""
    tagging = params.get("Tagging") or ""
    return requested_tags(tagging) if isinstance(tagging, Mapping) else dict(parse_qsl(tagging, True))


def _source(params: Mapping[str, Any]) -> Values:
    """The bucket and the key that are copied, however the header spells them: no other spelling passes by a policy."""
    if not params.get("CopySource"):
        return None
    named = read_source(params["CopySource"])
    return (f"{named['Bucket']}/{named['Key']}",)


def _age(ctx: Context, signature: Signature) -> str | None:
    """How long ago a presigned request was signed, in milliseconds; always 0 for Version 2."""
    if not signature.presigned:
        return None
    return str(int((ctx.now - signature.time) * 1000)) if signature.scheme == V4 else "0"


def _payload(ctx: Context, signature: Signature) -> str | None:
    """The hash of the body that was signed; what is presigned has none, of either version."""
    return signature.payload_hash or ("UNSIGNED-PAYLOAD" if signature.presigned else None)


_PLACES = {"header": "REST-HEADER", "query": "REST-QUERY-STRING"}
_SIGNED: Mapping[str, Callable[[Context, Signature], str | None]] = {
    "s3:authtype": lambda ctx, signature: _PLACES[signature.place],
    "s3:signatureversion": lambda ctx, signature: signature.scheme,
    "s3:signatureage": _age,
    "s3:x-amz-content-sha256": _payload,
}
