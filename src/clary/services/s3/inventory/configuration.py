"""PutBucketInventoryConfiguration and its Get, List and Delete, and what S3 refuses of a configuration.

Sources: recorded answers of AWS (`test_s3_inventory_report_crud`, `test_s3_put_inventory_report_exceptions`) and
PutBucketInventoryConfiguration (API reference).
"""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import errors, named_configurations
from clary.services.s3.bucket_rows import load_bucket
from clary.services.s3.inventory import files, schedule
from clary.services.s3.inventory.fields import OPTIONAL
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

KIND = "Inventory"
_ARN = re.compile(r"arn:[a-z-]+:s3:::[a-z0-9.-]{3,63}")
_FREQUENCIES = ("Daily", "Weekly")
_READS = {"on": bucket_arn, "action": "GetInventoryConfiguration"}


@s3.operation(
    on=bucket_arn,
    action="PutInventoryConfiguration",
    accepts=Members("Bucket Id InventoryConfiguration ExpectedBucketOwner"),
)
def put_bucket_inventory_configuration(ctx: Context, params: Params) -> Params:
    """Keep a configuration. Its first report is made at once."""
    bucket = load_bucket(ctx.tx, params)
    wanted = params["InventoryConfiguration"]
    _check(wanted)
    named_configurations.put(ctx.tx, bucket.name, KIND, params["Id"], wanted)
    schedule.end(ctx.tx, bucket, params["Id"])
    if wanted["IsEnabled"]:
        schedule.begin(ctx.tx, bucket, params["Id"], ctx.now)
        ctx.wake()
    return {}


@s3.operation(**_READS)
def get_bucket_inventory_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = named_configurations.get(ctx.tx, bucket.name, KIND, params["Id"])
    return {"InventoryConfiguration": found}


@s3.operation(**_READS)
def list_bucket_inventory_configurations(ctx: Context, params: Params) -> Params:
    load_bucket(ctx.tx, params)
    return named_configurations.page(ctx, params, KIND, "InventoryConfigurationList")


@s3.operation(
    on=bucket_arn, action="PutInventoryConfiguration", accepts=Members("Bucket Id ExpectedBucketOwner")
)
def delete_bucket_inventory_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    named_configurations.delete(ctx.tx, bucket.name, KIND, params["Id"])
    schedule.end(ctx.tx, bucket, params["Id"])
    return {}


def _check(wanted: Params) -> None:
    """Raise S3's error for a configuration that it does not take, NotImplemented for what is not here."""
    to = wanted["Destination"]["S3BucketDestination"]
    if not _ARN.fullmatch(to["Bucket"]):
        named = to["Bucket"].count(":") == 5 and to["Bucket"].split(":")[4]
        # aws/aws-cli#3611
        message = "Bucket ARN should not specify a namespace." if named else "Invalid bucket ARN."
        raise AwsError("InvalidS3DestinationBucket", message)
    if wanted["Schedule"]["Frequency"] not in _FREQUENCIES:
        raise errors.malformed_xml()
    if len(to.get("Encryption") or {}) > 1:
        raise errors.malformed_xml()
    for field in wanted.get("OptionalFields") or ():
        if field not in OPTIONAL:
            raise errors.not_implemented(f"s3 inventories with {field}")
    if not files.can_write(to["Format"]):
        raise errors.not_implemented(f"s3 inventories as {to['Format']} without pyarrow")
