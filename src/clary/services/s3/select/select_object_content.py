"""SelectObjectContent: the records of one object that an SQL expression selects, as a stream of events.

Source: SelectObjectContent (https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import errors
from clary.services.s3.access_points.names import point_of
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.wanted import customer_key
from clary.services.s3.get_object import body_of, find
from clary.services.s3.lifecycle import restoring
from clary.services.s3.metrics.meter import counts_select
from clary.services.s3.metrics.object_tags import Subject
from clary.services.s3.object_rows import Row
from clary.services.s3.ranges import Span
from clary.services.s3.select import process, request
from clary.services.s3.service import object_arn, s3
from clary.wire import FileSpan

Params = dict[str, Any]


@s3.operation(
    on=object_arn,
    action="GetObject",
    accepts=Members(
        "Bucket Key SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5 Expression ExpressionType RequestProgress "
        "InputSerialization OutputSerialization ScanRange ExpectedBucketOwner"
    ),
)
async def select_object_content(ctx: Context, params: Params) -> Params:
    """Start the query, and answer with its events once the first one is there."""
    if ctx.caller.is_anonymous:  # "does not support anonymous access"
        raise errors.access_denied()
    task = request.task_of(params)
    if "Parquet" in task["input"] and find_spec("pyarrow") is None:
        raise errors.not_implemented("s3:SelectObjectContent of Parquet without the extra `ml`")
    bucket, row = await ctx.transact(lambda tx: find(ctx, tx, params, "GET"))
    _check_readable(ctx, row, params)
    start, end = request.range_of(params, row.size)
    begin = _begin(task, start)
    body = await _body(ctx, bucket, row, params, begin)
    task |= {"start": start, "end": end, "begin": begin, "size": row.size, "now": ctx.now}
    query = await process.start(ctx.account, task, body)
    try:
        await query.begin()
    except BaseException:
        query.close()
        raise
    subject = Subject(bucket.name, row.key)
    query.told = counts_select(ctx.platform, point_of(params), subject, row.tag_map)
    return {"Payload": query}


def _check_readable(ctx: Context, row: Row, params: Params) -> None:
    sealing.check_customer(row.cipher, customer_key(params))
    if restoring.is_archived(row) or row.storage == "REDUCED_REDUNDANCY":
        message = f"Encountered a storage class that is not supported: {row.storage}."
        raise AwsError("UnsupportedStorageClass", message, 400)


def _begin(task: Params, start: int) -> int:
    """Return from which byte the object is read for a range: one record delimiter before it, or 0 where the start is needed."""
    form = task["input"]
    if not start or "Parquet" in form or form.get("CSV", {}).get("FileHeaderInfo") == "USE":
        return 0
    delimiter = form["CSV"]["RecordDelimiter"] if "CSV" in form else "\n"
    return max(start - len(delimiter.encode()), 0)


async def _body(
    ctx: Context, bucket: Bucket, row: Row, params: Params, begin: int
) -> bytes | AsyncIterator[bytes]:
    """Return the bytes of an object in the clear, from one of them on."""
    keys = await sealing.keys_of(ctx, bucket, row.cipher, customer_key(params)) if row.cipher else ()
    span = Span(begin, row.size - begin, row.size) if begin else None
    body = body_of(ctx, row, span, keys)
    if isinstance(body, FileSpan):
        return ctx.platform.objects.get(row.blob, body.start, body.length)
    return body
