"""What becomes of objects, as changes of the platform's feed: what event notifications and EventBridge are made of.

A change has the kind `s3:Object`, the scope of the bucket's owner and region, and the name of the event as S3's messages
have it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html). It
is written in the transaction that writes the object's row, and only where somebody wants the changes of this bucket or of
all (`Tx.want`), as S3 sends events of the buckets that have been told to. Knows nobody who reads them.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Change, Context
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import outbox
from clary.services.s3.service import arn_of, s3
from clary.store.api import Tx

OBJECT = s3.kind("Object")

DELETED = "ObjectRemoved:Delete"
MARKED = "ObjectRemoved:DeleteMarkerCreated"
ACL = "ObjectAcl:Put"
TAGGED = "ObjectTagging:Put"
UNTAGGED = "ObjectTagging:Delete"
_CREATED = {
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}


def created(ctx: Context, tx: Tx, bucket: Bucket, row: Row) -> None:
    """Record that the operation of this call wrote a version."""
    plain = "ObjectCreated:Post" if ctx.request and ctx.request.method == "POST" else "ObjectCreated:Put"
    tell(ctx, tx, bucket, row, _CREATED.get(ctx.op.name, plain))


def tell(ctx: Context, tx: Tx, bucket: Bucket, row: Row, event: str) -> None:
    """Write the change of one version of an object, where it is wanted, and what is to be replicated of it."""
    outbox.note(ctx, tx, bucket, row, event)
    publish(ctx, tx, bucket, row, event)


def publish(ctx: Context, tx: Tx, bucket: Bucket, row: Row, event: str) -> None:
    """Write the change alone: of what replication itself does, which is not replicated again."""
    if tx.is_wanted(OBJECT, bucket.name):
        scope, id = f"{bucket.owner}/{bucket.region}", f"{bucket.name}/{row.key}"
        tx.changed(OBJECT, scope, id, arn_of(ctx, bucket.name, row.key), event, _view(ctx, bucket, row))


def _view(ctx: Context, bucket: Bucket, row: Row) -> dict[str, Any]:
    """Return what S3's messages say of the object and of the request
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), by their names."""
    view: dict[str, Any] = {"bucket": bucket.name, "key": row.key}
    if not row.marker:
        view |= {"size": row.size, "eTag": row.etag}
    if bucket.versioning:
        view["versionId"] = row.version
    return view | {
        "operation": ctx.op.name,
        "requestId": ctx.request_id,
        "requester": ctx.caller.account or "anonymous",
        "principalId": ctx.caller.user_id,
        "sourceIPAddress": (ctx.request.client if ctx.request else None) or ctx.caller.service,
    }


def sequencer(change: Change) -> str:
    """Return the `sequencer` of an event: hexadecimal digits that are greater for a later event of the same key.

    Changes are numbered in the order of their commits, so this holds after a deletion and after the clock was set
    back, too.
    """
    return f"{change.number:018X}"
