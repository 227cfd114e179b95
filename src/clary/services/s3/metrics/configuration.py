"""PutBucketMetricsConfiguration and its Get, List and Delete.

Sources: recorded answers of AWS (`TestS3MetricsConfiguration`) and PutBucketMetricsConfiguration (API reference).
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members
from clary.services.s3 import named_configurations
from clary.services.s3.bucket_rows import load_bucket
from clary.services.s3.metrics import filters
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

KIND = "Metrics"
TOPIC = "s3:metrics"
_READS = {"on": bucket_arn, "action": "GetMetricsConfiguration"}
_WRITES = {"on": bucket_arn, "action": "PutMetricsConfiguration"}


@s3.operation(**_WRITES, accepts=Members("Bucket Id MetricsConfiguration ExpectedBucketOwner"))
def put_bucket_metrics_configuration(ctx: Context, params: Params) -> Params:
    """Count a bucket's requests from now on, those that the filter lets through."""
    bucket = load_bucket(ctx.tx, params)
    wanted = params["MetricsConfiguration"]
    filters.check(wanted.get("Filter"))
    named_configurations.put(ctx.tx, bucket.name, KIND, params["Id"], wanted)
    ctx.notify(TOPIC)
    return {}


@s3.operation(**_READS)
def get_bucket_metrics_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = named_configurations.get(ctx.tx, bucket.name, KIND, params["Id"])
    return {"MetricsConfiguration": found}


@s3.operation(**_READS)
def list_bucket_metrics_configurations(ctx: Context, params: Params) -> Params:
    load_bucket(ctx.tx, params)
    return named_configurations.page(ctx, params, KIND, "MetricsConfigurationList")


@s3.operation(**_WRITES, accepts=Members("Bucket Id ExpectedBucketOwner"))
def delete_bucket_metrics_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    named_configurations.delete(ctx.tx, bucket.name, KIND, params["Id"])
    ctx.notify(TOPIC)
    return {}
