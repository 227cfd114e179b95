"""RestoreObject for an archived object of the class INTELLIGENT_TIERING, which then goes back to the Frequent Access tier.

Source: "Restoring objects from the S3 Intelligent-Tiering Archive Access and Deep Archive Access tiers" (restoring-objects, S3 User Guide).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import errors, object_changes, object_extras
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lifecycle.restoring import DURATIONS
from clary.services.s3.object_rows import Row
from clary.services.s3.tiering import tiers

Params = dict[str, Any]

_LIKE = {tiers.ARCHIVE: "GLACIER", tiers.DEEP: "DEEP_ARCHIVE"}


def restore(ctx: Context, bucket: Bucket, row: Row, request: Params, event: str) -> Params:
    """Begin to restore an object. Raise S3's error for one that is not archived, and for Days, of which there are none."""
    tier = tiers.tier_of(row, tiers.in_force(ctx.tx, bucket), ctx.business)
    if tier not in tiers.ARCHIVED:
        message = "Restore is not allowed for the object's current storage class"
        raise AwsError("InvalidObjectState", message, 403, {"StorageClass": row.storage})
    if request.get("Days") is not None:
        message = "Days is not applicable to objects in the Intelligent-Tiering storage class"
        raise errors.invalid_argument(message, "Days", request["Days"])
    if tiers.is_restoring(row, ctx.business):
        raise AwsError("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    speed = (request.get("GlacierJobParameters") or {}).get("Tier") or request.get("Tier") or "Standard"
    if (_LIKE[tier], speed) not in DURATIONS:
        message = f"Retrieval option is not supported by this storage class: {speed}"
        raise errors.invalid_argument(message, "Tier", speed)
    ready = ctx.business.now + DURATIONS[_LIKE[tier], speed]
    row = object_extras.change(ctx.tx, bucket.name, row, restored={"ready": ready})
    object_changes.tell(ctx, ctx.tx, bucket, row, event)
    return {}
