"""Archived objects: whether a copy is at hand that can be read. A function of the row and of business time.

Source of the times: "Archive retrieval options" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html),
of which the longest is taken.
"""

from __future__ import annotations

from clary.kernel import AwsError, BusinessTime
from clary.services.s3 import object_extras
from clary.services.s3.lifecycle.rules import ARCHIVES
from clary.services.s3.object_rows import Row

ONGOING, READY, GONE = "ongoing", "ready", "gone"
_MINUTE, _HOUR = 60, 3600
DURATIONS = {
    ("GLACIER", "Expedited"): 5 * _MINUTE,
    ("GLACIER", "Standard"): 5 * _HOUR,
    ("GLACIER", "Bulk"): 12 * _HOUR,
    ("DEEP_ARCHIVE", "Standard"): 12 * _HOUR,
    ("DEEP_ARCHIVE", "Bulk"): 48 * _HOUR,
}


def is_archived(row: Row) -> bool:
    return row.storage in ARCHIVES


def state_of(row: Row, business: BusinessTime) -> str | None:
    """Return ONGOING, READY or GONE for an archived object that was asked for, None for any other."""
    restored = object_extras.of(row).get("restored") if is_archived(row) else None
    if restored is None:
        return None
    if business.now < restored["ready"]:
        return ONGOING
    return READY if business.now < restored["until"] else GONE


def until(row: Row) -> float:
    """Return when the copy of a restored object goes."""
    return object_extras.of(row)["restored"]["until"]


def check_readable(row: Row, business: BusinessTime) -> None:
    """Raise InvalidObjectState for an archived object of which there is no copy to read."""
    if is_archived(row) and state_of(row, business) != READY:
        message = "The operation is not valid for the object's storage class"
        raise AwsError("InvalidObjectState", message, 403, {"StorageClass": row.storage})
