"""The S3 service, and the ARNs of its buckets and objects."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from clary.plane import Context, Service
from clary.plane.action import Handler
from clary.plane.outline import Scrubbed
from clary.services.s3 import body_digests
from clary.services.s3.accepts import ACCEPTS
from clary.services.s3.access_points import names

Params = dict[str, Any]


class _S3(Service):
    """Checks the digests of every document before its handler runs. Uploads check those of object bodies."""

    def answer(self, operation: str, handler: Handler, *options: Any, **more: Any) -> None:
        plain = not inspect.iscoroutinefunction(handler)
        super().answer(operation, _with_digest_check(handler) if plain else handler, *options, **more)


def _with_digest_check(handler: Handler) -> Handler:
    @functools.wraps(handler)
    def checked(ctx: Context, params: Params) -> Any:
        body = ctx.request.body if ctx.request is not None else b""
        if isinstance(body, bytes) and body and ctx.request is not None:
            body_digests.check(ctx.request.headers, body)
        return handler(ctx, params)

    return checked


s3 = _S3(
    "s3",
    schema="clary.services.s3",
    accepts=ACCEPTS,
    blobs=("s3_object.place", "s3_part.place", "s3_garbage.place"),
    scrubbed=(
        Scrubbed("version", "s3_object", ("bucket", "key", "seq")),
        Scrubbed("part", "s3_part", ("upload", "", "number")),
    ),
)


def arn_of(ctx: Context, bucket: str, key: str | None = None) -> str:
    """Return the ARN of a bucket or of an object in it."""
    return f"arn:{ctx.partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")


def bucket_arn(ctx: Context, params: Params) -> list[str]:
    """Return what a call about a bucket is about: the bucket, and the access point that the request names, if it does."""
    point = names.resolve(ctx, params)
    bucket = arn_of(ctx, params["Bucket"])
    return [bucket] if point is None else [bucket, point.arn(ctx.partition)]


def object_arn(ctx: Context, params: Params) -> list[str]:
    point = names.resolve(ctx, params)
    object_ = arn_of(ctx, params["Bucket"], params["Key"])
    return [object_] if point is None else [object_, f"{point.arn(ctx.partition)}/object/{params['Key']}"]
