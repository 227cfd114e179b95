"""Buckets: create, head, list and delete. Their configurations are in bucket_settings.py."""

from __future__ import annotations

import re
from typing import Any

from clary.access.identity import canonical_user
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import errors, object_headers, opaque_ids, permissions, public_access, upload_rows
from clary.services.s3.access_points import rows as access_points
from clary.services.s3.access_points.names import point_of
from clary.services.s3.acls import lists
from clary.services.s3.acls.grants import Grants, Owners, are_public, default
from clary.services.s3.acls.ownership import ALL as OWNERSHIPS
from clary.services.s3.acls.ownership import ENFORCED
from clary.services.s3.acls.ownership import put as put_ownership
from clary.services.s3.bucket_rows import COLUMNS, Bucket, find_bucket, load_bucket, put_setting
from clary.services.s3.lifecycle import configuration as lifecycle
from clary.services.s3.lock.configuration import enable as enable_lock
from clary.services.s3.metrics import daily as daily_metrics
from clary.services.s3.service import arn_of, bucket_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.))+[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_DEFAULT_REGION = "us-east-1"
_LEGACY_LOCATIONS = {"EU": "eu-west-1"}
# The public access block of every bucket created since April 2023 (S3 User Guide, "Default settings").
_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def check_name(name: str) -> None:
    """Raise InvalidBucketName unless the name follows the bucket naming rules (S3 User Guide)."""
    fine = 3 <= len(name) <= 63 and _NAME.fullmatch(name) and not _ADDRESS.fullmatch(name)
    if not fine or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, {"BucketName": name})


@s3.operation(on=bucket_arn, also=permissions.BUCKET)
def create_bucket(ctx: Context, params: Params) -> Params:
    name = params["Bucket"]
    check_name(name)
    ownership = _ownership(params)
    location = _location(ctx, params)
    existing = find_bucket(ctx.tx, name)
    if existing is not None:
        return _existing(ctx, existing)
    grants = _grants(ctx, params, ownership)
    region = _LEGACY_LOCATIONS.get(location, location) or _DEFAULT_REGION
    bucket = Bucket(name, ctx.caller.account, region, location, ctx.now, "", None)
    _insert(ctx, bucket, ownership, grants, params)
    return _created(ctx, name, region)


def _grants(ctx: Context, params: Params, ownership: str) -> Grants:
    """Return the grants of a new bucket. Raise if it may not have them: without ACLs none, and every bucket begins with
    public ones blocked."""
    owner = ctx.caller.account
    if not lists.asked(params):
        return default(owner)
    lists.check_syntax(ctx, ctx.tx, params)
    wanted = lists.requested(params, Owners(owner, owner))
    if ownership == ENFORCED and wanted != default(owner):
        raise errors.acl_with_ownership()
    if are_public(wanted):
        message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise AwsError("InvalidBucketAclWithBlockPublicAccessError", message)
    return wanted


def _insert(ctx: Context, bucket: Bucket, ownership: str, grants: Grants, params: Params) -> None:
    marks = ",".join("?" * len(bucket))
    ctx.tx.sql(f"INSERT INTO s3_bucket ({COLUMNS}) VALUES ({marks})", *bucket)
    put_ownership(ctx.tx, bucket.name, ownership)
    lists.put_on_bucket(ctx.tx, bucket, grants)
    if params.get("ObjectLockEnabledForBucket"):
        ctx.tx.sql("UPDATE s3_bucket SET versioning = 'Enabled' WHERE name = ?", bucket.name)
        enable_lock(ctx.tx, bucket.name)
    put_setting(ctx.tx, bucket.name, public_access.BLOCK, _BLOCKED)
    daily_metrics.begin(ctx.tx, ctx.partition, bucket.owner, bucket.region, ctx.business)
    configuration = params.get("CreateBucketConfiguration") or {}
    tags = object_headers.tags_of(configuration.get("Tags") or [], 50, object_headers.RESERVED_TAG)
    if tags:
        put_setting(ctx.tx, bucket.name, "Tagging", tags)


def _created(ctx: Context, name: str, region: str) -> Params:
    out = {"BucketArn": arn_of(ctx, name)}
    if region == _DEFAULT_REGION:
        return out | {"Location": f"/{name}"}
    return out | {"Location": f"{ctx.platform.settings.endpoint}/{name}"}


def _existing(ctx: Context, existing: Bucket) -> Params:
    """Answer CreateBucket for a name that is taken. In us-east-1 the owner may create the bucket again,
    without effect."""
    members = {"BucketName": existing.name}
    if existing.owner != ctx.caller.account:
        message = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
        raise AwsError("BucketAlreadyExists", message, 409, members)
    if existing.region == _DEFAULT_REGION and ctx.region == _DEFAULT_REGION:
        return _created(ctx, existing.name, _DEFAULT_REGION)
    message = "Your previous request to create the named bucket succeeded and you already own it."
    raise AwsError("BucketAlreadyOwnedByYou", message, 409, members)


def _ownership(params: Params) -> str:
    given = params.get("ObjectOwnership")
    if given is not None and given not in OWNERSHIPS:
        name = "x-amz-object-ownership"
        raise errors.invalid_argument(f"Invalid {name} header: {given}", name)
    return given or "BucketOwnerEnforced"


def _location(ctx: Context, params: Params) -> str:
    """Return the LocationConstraint as given, '' if none. Outside us-east-1 it must be the region of the
    endpoint."""
    configuration = params.get("CreateBucketConfiguration") or {}
    if configuration.get("Location") or configuration.get("Bucket"):
        raise errors.not_implemented("s3 directory buckets")
    given = configuration.get("LocationConstraint") or ""
    region = _LEGACY_LOCATIONS.get(given, given)
    if ctx.region != _DEFAULT_REGION and region != ctx.region:
        named = given or "unspecified"
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {named} location constraint is incompatible for the region specific endpoint this request was "
            "sent to.",
        )
    if given and (given == _DEFAULT_REGION or region not in ctx.platform.settings.regions):
        message = "The specified location-constraint is not valid"
        raise AwsError("InvalidLocationConstraint", message, 400, {"LocationConstraint": given})
    return given


@s3.operation(on=bucket_arn, action="ListBucket")
def head_bucket(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    by_point = point_of(params) is not None
    return {
        "BucketArn": arn_of(ctx, bucket.name),
        "BucketRegion": bucket.region,
        "AccessPointAlias": by_point,
    }


@s3.operation(on=bucket_arn)
def get_bucket_location(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    return {"LocationConstraint": bucket.location} if bucket.location else {}


@s3.operation(action="ListAllMyBuckets")
def list_buckets(ctx: Context, params: Params) -> Params:
    region = params.get("BucketRegion")
    if region is not None and region not in ctx.platform.settings.regions:
        raise errors.invalid_argument(f"Argument value {region} is not a valid AWS Region", "bucket-region")
    limit, prefix = params.get("MaxBuckets", 10_000), params.get("Prefix") or ""
    token = params.get("ContinuationToken")
    found = _owned(
        ctx.tx, ctx.caller.account, opaque_ids.position_of(token) if token else "", prefix, region, limit + 1
    )
    shown = found[:limit]
    out: Params = {
        "Owner": {"ID": canonical_user(ctx.caller.account)},
        "Buckets": [
            {
                "Name": b.name,
                "CreationDate": b.created,
                "BucketRegion": b.region,
                "BucketArn": arn_of(ctx, b.name),
            }
            for b in shown
        ],
    }
    if prefix:
        out["Prefix"] = prefix
    if len(found) > limit:
        out["ContinuationToken"] = opaque_ids.token_of(shown[-1].name)
    return out


def _owned(tx: Tx, owner: str, after: str, prefix: str, region: str | None, limit: int) -> list[Bucket]:
    where, values = "owner = ? AND name > ?", [owner, after]
    if region:
        where, values = f"{where} AND region = ?", [*values, region]
    rows = tx.sql(
        f"SELECT {COLUMNS} FROM s3_bucket WHERE {where} AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
        *values,
        len(prefix),
        prefix,
        limit,
    )
    return [Bucket._make(row) for row in rows]


@s3.operation(on=bucket_arn)
def delete_bucket(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    if ctx.tx.sql("SELECT 1 FROM s3_object WHERE bucket = ? LIMIT 1", bucket.name):
        message = "The bucket you tried to delete is not empty"
        if bucket.versioning:
            message += ". You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", message, 409, {"BucketName": bucket.name})
    if access_points.are_attached(ctx.tx, bucket.name, bucket.owner):
        message = "The bucket you tried to delete has access points attached. Delete your access points and try again."
        raise AwsError("BucketHasAccessPointsAttached", message, 400, {"BucketName": bucket.name})
    for key, upload_id in ctx.tx.sql("SELECT key, id FROM s3_upload WHERE bucket = ?", bucket.name):
        upload = upload_rows.find(ctx.tx, bucket.name, key, upload_id)
        assert upload is not None
        upload_rows.remove(ctx.tx, upload, ctx.now)
    lifecycle.forget(ctx.tx, bucket)
    ctx.tx.sql("DELETE FROM s3_setting WHERE bucket = ?", bucket.name)
    ctx.tx.sql("DELETE FROM s3_bucket WHERE name = ?", bucket.name)
    return {}
