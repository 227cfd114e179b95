"""Object Ownership: whether a bucket takes ACLs, and who owns what is uploaded.

Source: "Controlling ownership of objects and disabling ACLs for your bucket"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.acls import grants
from clary.services.s3.bucket_rows import Bucket, delete_setting, load_bucket, put_setting, setting
from clary.services.s3.service import bucket_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

KIND = "OwnershipControls"
ENFORCED, PREFERRED, WRITER = "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"
ALL = (ENFORCED, PREFERRED, WRITER)
ACL = "Acl"  # the setting with a bucket's grants, where they are not the default


def of(tx: Tx, bucket: str) -> str:
    """Return the ObjectOwnership of a bucket; `ObjectWriter` if its ownership controls were deleted."""
    rules = (setting(tx, bucket, KIND) or {}).get("Rules") or [{"ObjectOwnership": WRITER}]
    return rules[0]["ObjectOwnership"]


def put(tx: Tx, bucket: str, ownership: str) -> None:
    put_setting(tx, bucket, KIND, {"Rules": [{"ObjectOwnership": ownership}]})
    bucket_features.switch(tx, bucket, bucket_features.ACLS, ownership != ENFORCED)


def owner_of_upload(ctx: Context, tx: Tx, bucket: Bucket, canned: str | None) -> str:
    """Return the account that owns what this call uploads."""
    if not bucket.has(bucket_features.ACLS):
        return bucket.owner
    given_away = canned == "bucket-owner-full-control" and of(tx, bucket.name) == PREFERRED
    return bucket.owner if given_away else ctx.caller.account or grants.ANONYMOUS


@s3.operation(on=bucket_arn)
def get_bucket_ownership_controls(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, KIND)
    if found is None:
        message = "The bucket ownership controls were not found"
        raise AwsError("OwnershipControlsNotFoundError", message, 404, {"BucketName": bucket.name})
    return {"OwnershipControls": found}


@s3.operation(on=bucket_arn)
def put_bucket_ownership_controls(ctx: Context, params: Params) -> Params:
    """Set who owns uploads. Raise InvalidBucketAclWithObjectOwnership if ACLs end while the bucket's grants anything."""
    bucket = load_bucket(ctx.tx, params)
    rules = params["OwnershipControls"].get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in ALL:
        raise errors.malformed_xml()
    ownership = rules[0]["ObjectOwnership"]
    if ownership == ENFORCED and setting(ctx.tx, bucket.name, ACL):
        raise errors.acl_with_ownership()
    put(ctx.tx, bucket.name, ownership)
    return {}


@s3.operation(on=bucket_arn, action="PutBucketOwnershipControls")
def delete_bucket_ownership_controls(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    delete_setting(ctx.tx, bucket.name, KIND)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.ACLS, True)
    return {}
