"""PutBucketReplication, GetBucketReplication and DeleteBucketReplication.

Stored is the configuration as it was given, each rule with an ID. What a bucket's rules ask for is written down with each
change of an object (outbox.py) and carried out in the background.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import (
    Bucket,
    delete_setting,
    find_bucket,
    load_bucket,
    put_setting,
    setting,
)
from clary.services.s3.replication import validation
from clary.services.s3.replication.rules import bucket_of, is_v2
from clary.services.s3.replication.stored import KIND
from clary.services.s3.service import bucket_arn, s3
from clary.workloads import roles

Params = dict[str, Any]

_TOKEN = "Object Lock can be enabled on any bucket, for which AWS once gave out tokens"


@s3.operation(
    on=bucket_arn,
    action="PutReplicationConfiguration",
    accepts=Members(
        "Bucket ContentMD5 ChecksumAlgorithm ReplicationConfiguration ExpectedBucketOwner", {"Token": _TOKEN}
    ),
)
def put_bucket_replication(ctx: Context, params: Params) -> Params:
    """Set the rules. Raise AccessDenied unless the caller may pass the role to S3."""
    bucket = load_bucket(ctx.tx, params)
    wanted = params["ReplicationConfiguration"]
    validation.check(wanted)
    if bucket.versioning != "Enabled":
        raise errors.invalid_request(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        )
    for rule in wanted["Rules"]:
        _check_destination(ctx, bucket, rule["Destination"])
    roles.require_pass(ctx, wanted["Role"], s3.principal)
    rules = [_stored(ctx, rule) for rule in wanted["Rules"]]
    put_setting(ctx.tx, bucket.name, KIND, {"Role": wanted["Role"], "Rules": rules})
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.REPLICATION, True)
    return {}


def _check_destination(ctx: Context, source: Bucket, to: Params) -> None:
    """Raise InvalidRequest for a bucket that cannot take replicas. Of another account's bucket nothing more is told than
    that it is there, which everybody is told; replicas that it does not take fail."""
    found = find_bucket(ctx.tx, bucket_of(to["Bucket"]))
    if found is None:
        raise errors.invalid_request("Destination bucket must exist.")
    if found.name == source.name:
        raise errors.invalid_request("Destination bucket cannot be the same as the source bucket.")
    if found.owner != source.owner:
        return
    if found.versioning != "Enabled":
        raise errors.invalid_request("Destination bucket must have versioning enabled.")
    if source.has(bucket_features.LOCK) and not found.has(bucket_features.LOCK):
        raise errors.invalid_request("Object Lock must be enabled on the destination bucket.")


def _stored(ctx: Context, rule: Params) -> Params:
    """Return a rule as it is kept: with an ID and, for the newer form, what AWS shows where nothing is said."""
    kept = {name: value for name, value in rule.items() if name != "ID" or value}
    named = {"ID": ctx.platform.ids.uuid(), **kept}
    return named if not is_v2(rule) or rule["Filter"] else {**named, "Filter": {"Prefix": ""}}


@s3.operation(on=bucket_arn, action="GetReplicationConfiguration")
def get_bucket_replication(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, KIND)
    if found is None:
        message = "The replication configuration was not found"
        members = {"BucketName": bucket.name}
        raise AwsError("ReplicationConfigurationNotFoundError", message, 404, members)
    return {"ReplicationConfiguration": found}


@s3.operation(
    on=bucket_arn, action="PutReplicationConfiguration", accepts=Members("Bucket ExpectedBucketOwner")
)
def delete_bucket_replication(ctx: Context, params: Params) -> Params:
    """Delete the rules. What is still to be replicated fails."""
    bucket = load_bucket(ctx.tx, params)
    delete_setting(ctx.tx, bucket.name, KIND)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.REPLICATION, False)
    return {}


def check_versioning(bucket: Bucket) -> None:
    """Raise InvalidBucketState for a bucket whose versioning cannot be suspended, since it replicates
    (nozaq/terraform-aws-remote-state-s3-backend#59)."""
    if bucket.has(bucket_features.REPLICATION):
        message = (
            "A replication configuration is present on this bucket, so you cannot change the versioning state. To change "
            "the versioning state, first delete the replication configuration."
        )
        raise AwsError("InvalidBucketState", message, 409)
