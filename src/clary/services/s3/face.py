"""The S3 service itself, and whose a bucket is: what authorisation asks before any operation runs."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from clary.plane import Context, Service
from clary.plane.action import Handler
from clary.services.s3 import digests, exposure
from clary.services.s3.bucket_rows import Bucket, find_bucket

Params = dict[str, Any]

_ROOTS_OWN = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")


class _S3(Service):
    """Every document that S3 reads is held to its digests before it is acted upon; objects hold themselves to theirs."""

    def answer(self, operation: str, handler: Handler, *options: Any, **more: Any) -> None:
        plain = not inspect.iscoroutinefunction(handler)
        super().answer(operation, _held(handler) if plain else handler, *options, **more)


def _held(handler: Handler) -> Handler:
    @functools.wraps(handler)
    def held(ctx: Context, params: Params) -> Any:
        body = ctx.request.body if ctx.request is not None else b""
        if isinstance(body, bytes) and body and ctx.request is not None:
            digests.check(ctx.request.headers, body)
        return handler(ctx, params)

    return held


s3 = _S3("s3", schema="clary.services.s3")


def owner(ctx: Context, params: Params) -> str | None:
    """The account that owns the bucket of a call; None where there is none (yet) or the call is about no bucket."""
    bucket = _bucket(ctx, params)
    return bucket.owner if bucket else None


def resource_policy(ctx: Context, params: Params) -> str | None:
    """The bucket policy that judges a call; a public one is silent for strangers where RestrictPublicBuckets is on."""
    bucket = _bucket(ctx, params)
    if bucket is None or not bucket.policy or _is_roots_own(ctx, bucket):
        return None
    stranger = ctx.caller.account != bucket.owner and exposure.is_public(bucket.policy)
    if stranger and _with_tx(ctx, lambda tx: exposure.restricts(tx, bucket.name)):
        return None
    return bucket.policy


def _is_roots_own(ctx: Context, bucket: Bucket) -> bool:
    """The root user of the owner's account may always see, replace and delete the policy, "even if their bucket policy
    explicitly denies the root principal's access" (API reference, PutBucketPolicy): so that nobody is locked out."""
    caller = ctx.caller
    is_root = caller.is_root and caller.arn == caller.principal_arn and caller.account == bucket.owner
    return is_root and ctx.op.name in _ROOTS_OWN


def _bucket(ctx: Context, params: Params) -> Bucket | None:
    # Nobody owns a name before it is taken: a taken one is refused by CreateBucket in words of its own.
    if "Bucket" not in params or (ctx.op.name == "CreateBucket"):
        return None
    return _with_tx(ctx, lambda tx: find_bucket(tx, params["Bucket"]))


def _with_tx(ctx: Context, work: Any) -> Any:
    """The hot lane may ask before it has a transaction."""
    if ctx.tx is not None:
        return work(ctx.tx)
    with ctx.platform.store.read() as tx:
        return work(tx)


s3.owner = owner
s3.resource_policy = resource_policy


def arn_of(ctx: Context, bucket: str, key: str | None = None) -> str:
    """The one ARN of a bucket or of an object in it, from wherever it is asked about."""
    return f"arn:{ctx.partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")


def bucket_arn(ctx: Context, params: Params) -> list[str]:
    return [arn_of(ctx, params["Bucket"])]


def object_arn(ctx: Context, params: Params) -> list[str]:
    return [arn_of(ctx, params["Bucket"], params["Key"])]
