"""Requester Pays: who may do anything in a bucket says that it pays for it, unless it owns the bucket.

Source: "Using Requester Pays general purpose buckets" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html).
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

REQUESTER, OWNER = "Requester", "BucketOwner"
_HEADER = "x-amz-request-payer"


@s3.operation(on=bucket_arn)
def get_bucket_request_payment(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    return {"Payer": REQUESTER if bucket.has(bucket_features.PAYER) else OWNER}


@s3.operation(on=bucket_arn)
def put_bucket_request_payment(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    payer = params["RequestPaymentConfiguration"].get("Payer")
    if payer not in (REQUESTER, OWNER):
        raise errors.malformed_xml()
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.PAYER, payer == REQUESTER)
    return {}


def charged(ctx: Context, bucket: Bucket) -> Params:
    """Return the RequestCharged member of an answer to a caller that pays."""
    pays = bucket.has(bucket_features.PAYER) and ctx.caller.account != bucket.owner
    return {"RequestCharged": "requester"} if pays else {}


def check(ctx: Context, bucket: Bucket) -> None:
    """Raise AccessDenied for a caller of another account who does not say, in a header or in the query, that it pays.
    Unsigned requests are refused: nobody would pay for them."""
    if not bucket.has(bucket_features.PAYER) or ctx.caller.account == bucket.owner:
        return
    if ctx.inside and not ctx.caller.is_anonymous:
        return  # what the platform reads for a job is paid by nobody
    if ctx.caller.is_anonymous or ctx.request is None:
        raise errors.access_denied()
    said = ctx.request.headers.get(_HEADER, "").lower() == "requester"
    if not said and f"{_HEADER}=requester" not in ctx.request.query.lower():
        raise errors.access_denied()
