"""The lock of what is uploaded: by the headers of the upload, or by the bucket's default retention."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lock import configuration, retention
from clary.services.s3.object_extras import Extra
from clary.store.api import Tx

Params = dict[str, Any]

_MODE, _UNTIL, _HOLD = "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"


def of_upload(ctx: Context, tx: Tx, bucket: Bucket, params: Params) -> Extra:
    """Return the lock of an upload. Raise InvalidRequest if it asks for one in a bucket without Object Lock."""
    asked = any(params.get(member) for member in (_MODE, _UNTIL, _HOLD))
    if not bucket.has(bucket_features.LOCK):
        if asked:
            raise errors.invalid_request("Bucket is missing Object Lock Configuration")
        return {}
    extra = _retention(ctx, tx, bucket, params)
    if params.get(_HOLD):
        extra["hold"] = params[_HOLD]
    return extra


def _retention(ctx: Context, tx: Tx, bucket: Bucket, params: Params) -> Extra:
    if params.get(_MODE):
        return retention.until(params[_MODE], float(params[_UNTIL]), ctx.business)
    default = configuration.default_retention(tx, bucket.name)
    return retention.by_default(default, ctx.business) if default else {}


def check_headers(ctx: Context, params: Params) -> None:
    """Raise InvalidArgument for headers that no bucket takes."""
    mode, date, hold = params.get(_MODE), params.get(_UNTIL), params.get(_HOLD)
    if bool(mode) != bool(date):
        missing = retention.HEADER[_UNTIL if mode else _MODE]
        message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise errors.invalid_argument(message, missing)
    if mode and mode not in configuration.MODES:
        raise errors.invalid_argument("Unknown wormMode directive.", retention.HEADER[_MODE], mode)
    if date:
        retention.check_future(float(date), ctx.business, retention.HEADER[_UNTIL])
    if hold and hold not in ("ON", "OFF"):
        name = "x-amz-object-lock-legal-hold"
        raise errors.invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", name, hold)
