"""RestoreObject: make a copy of an archived object that can be read for some days.

Source: RestoreObject (https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import errors, object_changes, object_extras, object_rows
from clary.services.s3.bucket_rows import load_bucket
from clary.services.s3.lifecycle import restoring, rules
from clary.services.s3.object_rows import Row
from clary.services.s3.service import object_arn, s3
from clary.services.s3.tiering import restore as tiering
from clary.services.s3.tiering import tiers

Params = dict[str, Any]

POSTED = "ObjectRestore:Post"


@s3.operation(on=object_arn)
def restore_object(ctx: Context, params: Params) -> Params:
    """Begin to restore an archived object, or let a restored copy be there for longer."""
    bucket = load_bucket(ctx.tx, params)
    row = object_rows.load(ctx, ctx.tx, params, bucket.name, "POST")
    if row.storage == tiers.CLASS:
        return tiering.restore(ctx, bucket, row, params.get("RestoreRequest") or {}, POSTED)
    days, tier = _wanted(params.get("RestoreRequest") or {})
    if not restoring.is_archived(row):
        message = "Restore is not allowed for the object's current storage class"
        raise AwsError("InvalidObjectState", message, 403, {"StorageClass": row.storage})
    state = restoring.state_of(row, ctx.business)
    if state == restoring.ONGOING:
        raise AwsError("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    now = ctx.business.now
    ready = now if state == restoring.READY else now + _duration(row, tier)
    restored = {"ready": ready, "until": rules.midnight_after(ready + days * rules.DAY)}
    row = object_extras.change(ctx.tx, bucket.name, row, restored=restored)
    object_changes.tell(ctx, ctx.tx, bucket, row, POSTED)
    return {}


def _wanted(request: Params) -> tuple[int, str]:
    if request.get("Type") or request.get("SelectParameters") or request.get("OutputLocation"):
        raise errors.not_implemented("s3 selecting from archived objects")
    days = request.get("Days")
    if days is None:
        raise errors.malformed_xml()
    if days < 1:
        raise errors.invalid_argument("restoration days should be at least 1", "Days", days)
    return days, (request.get("GlacierJobParameters") or {}).get("Tier") or request.get("Tier") or "Standard"


def _duration(row: Row, tier: str) -> int:
    if (row.storage, tier) not in restoring.DURATIONS:
        message = f"Retrieval option is not supported by this storage class: {tier}"
        raise errors.invalid_argument(message, "Tier", tier)
    return restoring.DURATIONS[row.storage, tier]
