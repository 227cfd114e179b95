"""PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle, and their older forms.

Stored are the rules as they were given, each with an ID, and the size below which nothing is moved. A configuration in
force has a record whose controller carries it out (scan.py).
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features
from clary.services.s3.bucket_rows import Bucket, delete_setting, load_bucket, put_setting, setting
from clary.services.s3.lifecycle import schedule, validation
from clary.services.s3.lifecycle.rules import Rule, rules_of
from clary.services.s3.service import bucket_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

KIND = "Lifecycle"
_SMALLEST = "TransitionDefaultMinimumObjectSize"


def rules_in_force(tx: Tx, bucket: Bucket) -> tuple[Rule, ...]:
    """Return the enabled rules of a bucket."""
    if not bucket.has(bucket_features.LIFECYCLE):
        return ()
    rows = tx.sql("SELECT doc FROM s3_setting WHERE bucket = ? AND kind = ?", bucket.name, KIND)
    return rules_of(rows[0][0]) if rows else ()


@s3.operation(on=bucket_arn, action="PutLifecycleConfiguration")
def put_bucket_lifecycle_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    given = (params.get("LifecycleConfiguration") or {}).get("Rules") or []
    validation.check(given)
    smallest = validation.check_smallest(params.get(_SMALLEST))
    named = [{"ID": rule.get("ID") or ctx.platform.ids.uuid(), **_without_empty_id(rule)} for rule in given]
    put_setting(
        ctx.tx,
        bucket.name,
        KIND,
        {"Rules": orjson.loads(orjson.dumps(named, default=float)), _SMALLEST: smallest},
    )
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.LIFECYCLE, True)
    schedule.begin(ctx.tx, bucket, ctx.now)
    ctx.wake()
    return {_SMALLEST: smallest}


def _without_empty_id(rule: Params) -> Params:
    return {name: value for name, value in rule.items() if name != "ID" or value}


@s3.operation(on=bucket_arn, action="GetLifecycleConfiguration")
def get_bucket_lifecycle_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, KIND)
    if found is None:
        message = "The lifecycle configuration does not exist"
        raise AwsError("NoSuchLifecycleConfiguration", message, 404, {"BucketName": bucket.name})
    return found


@s3.operation(on=bucket_arn, action="PutLifecycleConfiguration")
def delete_bucket_lifecycle(ctx: Context, params: Params) -> Params:
    forget(ctx.tx, load_bucket(ctx.tx, params))
    return {}


def forget(tx: Tx, bucket: Bucket) -> None:
    """Delete the configuration of a bucket and what carries it out."""
    delete_setting(tx, bucket.name, KIND)
    bucket_features.switch(tx, bucket.name, bucket_features.LIFECYCLE, False)
    schedule.end(tx, bucket)
