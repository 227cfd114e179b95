"""The ACLs of buckets and objects as they are stored: read them, and take those of requests. Knows no permission.

An ACL is stored only where it is not the owner's full control alone.
"""

from __future__ import annotations

from typing import Any

from clary.access.directory import Directory
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features, object_extras, public_access
from clary.services.s3.acls import grants, ownership, syntax
from clary.services.s3.acls.grants import Grants, Owners
from clary.services.s3.bucket_rows import Bucket, delete_setting, put_setting, setting
from clary.services.s3.object_extras import Extra
from clary.services.s3.object_rows import Row
from clary.services.s3.service import arn_of
from clary.store.api import Tx

Params = dict[str, Any]


def of_bucket(tx: Tx, bucket: Bucket) -> Grants:
    """Return the grants of a bucket's ACL. Without ACLs that is its owner's full control."""
    stored = setting(tx, bucket.name, ownership.ACL) if bucket.has(bucket_features.ACLS) else None
    return grants.default(bucket.owner) if stored is None else stored


def of_object(bucket: Bucket, row: Row) -> Grants:
    """Return the grants of an object's ACL. Without ACLs that is the bucket owner's full control."""
    if not bucket.has(bucket_features.ACLS):
        return grants.default(bucket.owner)
    extra = object_extras.of(row)
    stored = extra.get("acl")
    return grants.default(owner_of(bucket, row)) if stored is None else stored


def owner_of(bucket: Bucket, row: Row) -> str:
    """Return the account that owns an object: the bucket's owner, where ACLs are disabled."""
    if not bucket.has(bucket_features.ACLS):
        return bucket.owner
    return object_extras.of(row).get("owner") or bucket.owner


def asked(params: Params) -> bool:
    return params.get("ACL") is not None or any(params.get(grant) for grant in grants.HEADERS)


def requested(params: Params, owners: Owners) -> Grants:
    """Return the grants that a request states, whose syntax was checked."""
    if params.get("AccessControlPolicy") is not None:
        return grants.of_document(params["AccessControlPolicy"])
    if params.get("ACL"):
        return grants.canned(params["ACL"], owners)
    return grants.of_headers(params)


def check_syntax(ctx: Context, tx: Tx, params: Params) -> None:
    """Raise S3's error if the ACL of a call is malformed, or names an account that does not exist."""
    directory: Directory = ctx.platform.extras["directory"]
    syntax.check(params, lambda id: directory.account_of(tx, id) is not None)


def of_upload(ctx: Context, tx: Tx, bucket: Bucket, params: Params) -> Extra:
    """Return the owner and the ACL of what a call uploads, as far as they are not the bucket owner's alone.

    Raise AccessControlListNotSupported if the bucket has ACLs disabled, AccessDenied if it blocks public ones.
    """
    if not asked(params) and not bucket.has(bucket_features.ACLS):
        return {}
    check_syntax(ctx, tx, params)
    if not bucket.has(bucket_features.ACLS):
        if params.get("ACL") != "bucket-owner-full-control":
            raise not_supported()
        return {}
    owner = ownership.owner_of_upload(ctx, tx, bucket, params.get("ACL"))
    extra: Extra = {} if owner == bucket.owner else {"owner": owner}
    if asked(params):
        wanted = requested(params, Owners(owner, bucket.owner))
        check_not_blocked(ctx, tx, bucket, wanted, arn_of(ctx, bucket.name, params["Key"]), "s3:PutObject")
        if wanted != grants.default(owner):
            extra["acl"] = wanted
    return extra


def put_on_bucket(tx: Tx, bucket: Bucket, wanted: Grants) -> None:
    if wanted == grants.default(bucket.owner):
        delete_setting(tx, bucket.name, ownership.ACL)
    else:
        put_setting(tx, bucket.name, ownership.ACL, wanted)


def check_not_blocked(ctx: Context, tx: Tx, bucket: Bucket, wanted: Grants, arn: str, action: str) -> None:
    """Raise AccessDenied if grants are public and the bucket or its account blocks public ACLs."""
    if grants.are_public(wanted) and public_access.block_of(tx, bucket).get("BlockPublicAcls"):
        raise AwsError(
            "AccessDenied",
            f'User: {ctx.caller.arn} is not authorized to perform: {action} on resource: "{arn}" because public '
            "access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
            403,
        )


def not_supported() -> AwsError:
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
