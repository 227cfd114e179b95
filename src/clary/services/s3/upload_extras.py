"""What an upload has beyond its content and headers: its owner, its ACL and its lock (object_extras.py).

In a bucket with no more than the defaults there is nothing to look at.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import object_extras
from clary.services.s3.acls import lists
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lock import uploads
from clary.store.api import Tx


def of_upload(ctx: Context, tx: Tx, bucket: Bucket, params: dict[str, Any]) -> str:
    """Return the extra of the object that a call writes. Raise S3's error for what the bucket does not take."""
    return object_extras.text_of(
        {**lists.of_upload(ctx, tx, bucket, params), **uploads.of_upload(ctx, tx, bucket, params)}
    )
