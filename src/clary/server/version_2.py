"""The region of a request signed with Signature Version 2, which names none: the bucket's."""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Platform
from clary.wire import Signature, sigv2


async def in_region_of_bucket(
    platform: Platform, signature: Signature, labels: Mapping[str, str], home: str
) -> Signature:
    """Return the signature with the region of the bucket that `labels` names, or `home` if there is no such
    bucket.

    Raise AwsError if that region accepts Version 4 only.
    """
    from clary.services.s3.bucket_rows import (
        find_bucket,
    )  # imported by now, since the request matched one of S3's operations

    name = labels.get("Bucket", "")
    bucket = await platform.store.run(lambda tx: find_bucket(tx, name), write=False) if name else None
    found = signature._replace(region=bucket.region if bucket else home)
    sigv2.check_region(found)
    return found
