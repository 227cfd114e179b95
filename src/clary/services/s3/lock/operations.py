"""GetObjectRetention, PutObjectRetention, GetObjectLegalHold and PutObjectLegalHold."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Also, Context
from clary.services.s3 import bucket_features, errors, object_extras, object_rows
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.lock import configuration, retention
from clary.services.s3.object_extras import Extra
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import outbox
from clary.services.s3.service import object_arn, s3

Params = dict[str, Any]

_BYPASS = (Also("s3:BypassGovernanceRetention", "BypassGovernanceRetention"),)


def _find(ctx: Context, params: Params, method: str) -> tuple[Bucket, Row]:
    """Return bucket and version of a call. Raise InvalidRequest if the bucket has no Object Lock."""
    bucket = load_bucket(ctx.tx, params)
    row = object_rows.load(ctx, ctx.tx, params, bucket.name, method)
    if not bucket.has(bucket_features.LOCK):
        raise errors.invalid_request("Bucket is missing Object Lock Configuration")
    return bucket, row


def _missing() -> AwsError:
    message = "The specified object does not have a ObjectLock configuration"
    return AwsError("NoSuchObjectLockConfiguration", message, 404)


@s3.operation(on=object_arn)
def get_object_retention(ctx: Context, params: Params) -> Params:
    extra = object_extras.of(_find(ctx, params, "GET")[1])
    if not extra.get("mode"):
        raise _missing()
    return {"Retention": {"Mode": extra["mode"], "RetainUntilDate": extra["until"]}}


@s3.operation(on=object_arn, also=_BYPASS)
def put_object_retention(ctx: Context, params: Params) -> Params:
    """Set, lengthen or, with the right to bypass governance, shorten and remove the retention of a version."""
    bucket, row = _find(ctx, params, "PUT")
    wanted = _wanted(ctx, params.get("Retention") or {})
    bypass = bool(params.get("BypassGovernanceRetention"))
    retention.check_change(object_extras.of(row), wanted, ctx.business, bypass=bypass)
    stored = wanted or {"mode": None, "until": None, "ends": None}
    row = object_extras.change(ctx.tx, bucket.name, row, **stored)
    outbox.changed(ctx, ctx.tx, bucket, row)
    return {}


def _wanted(ctx: Context, given: Params) -> Extra:
    if not given:
        return {}
    if given.get("Mode") not in configuration.MODES or given.get("RetainUntilDate") is None:
        raise errors.malformed_xml()
    date = float(given["RetainUntilDate"])
    retention.check_future(date, ctx.business, "RetainUntilDate")
    return retention.until(given["Mode"], date, ctx.business)


@s3.operation(on=object_arn)
def get_object_legal_hold(ctx: Context, params: Params) -> Params:
    extra = object_extras.of(_find(ctx, params, "GET")[1])
    if not extra.get("hold"):
        raise _missing()
    return {"LegalHold": {"Status": extra["hold"]}}


@s3.operation(on=object_arn)
def put_object_legal_hold(ctx: Context, params: Params) -> Params:
    bucket, row = _find(ctx, params, "PUT")
    status = (params.get("LegalHold") or {}).get("Status")
    if status not in ("ON", "OFF"):
        raise errors.malformed_xml()
    row = object_extras.change(ctx.tx, bucket.name, row, hold=status)
    outbox.changed(ctx, ctx.tx, bucket, row)
    return {}
