"""CreateAccessPoint, GetAccessPoint, ListAccessPoints, DeleteAccessPoint.

Source: "Creating access points" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/creating-access-points.html) and the API reference of
S3 Control.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import errors, opaque_ids, public_access
from clary.services.s3.access_points import rows
from clary.services.s3.access_points.names import no_such_access_point
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.control.service import control, own_account

Params = dict[str, Any]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")
_ALIAS_LENGTH = 63
_MOST = 1000


def point_arn(ctx: Context, params: Params) -> list[str]:
    return [rows.arn_of(ctx.partition, ctx.region, params["AccountId"], params["Name"])]


def own_point(ctx: Context, params: Params) -> AccessPoint:
    """Return the access point that a call is about. Raise NoSuchAccessPoint, AccessDenied for another account's."""
    point = rows.find(ctx.tx, own_account(ctx, params), ctx.region, params["Name"])
    if point is None:
        raise no_such_access_point(params["Name"])
    return point


@control.operation(
    on=point_arn,
    accepts=Members(
        "AccountId Name Bucket PublicAccessBlockConfiguration BucketAccountId",
        refused="VpcConfiguration Scope Tags",
    ),
)
def create_access_point(ctx: Context, params: Params) -> Params:
    account = own_account(ctx, params)
    _refuse(params)
    name = params["Name"]
    if not _NAME.fullmatch(name) or name.startswith("xn--"):
        raise AwsError("InvalidAccessPoint", "The specified accesspoint name or account is not valid")
    bucket = _bucket(ctx, params)
    if rows.find(ctx.tx, account, ctx.region, name) is not None:
        message = "Your previous request to create the named accesspoint succeeded and you already own it."
        raise AwsError("AccessPointAlreadyOwnedByYou", message, 409, {"AccessPointName": name})
    alias = _alias(ctx, name)
    block = orjson.dumps(_block(params)).decode()
    point = AccessPoint(account, ctx.region, name, bucket.name, bucket.owner, alias, ctx.now, block, None)
    rows.insert(ctx.tx, point)
    return {"AccessPointArn": point.arn(ctx.partition), "Alias": alias}


def _refuse(params: Params) -> None:
    if params.get("VpcConfiguration"):
        raise errors.not_implemented("s3control:CreateAccessPoint with VpcConfiguration")
    if params.get("Scope"):
        raise errors.not_implemented("s3control:CreateAccessPoint with Scope, which is for directory buckets")
    if params.get("Tags"):
        raise errors.not_implemented("s3control:CreateAccessPoint with Tags")


def _bucket(ctx: Context, params: Params) -> Bucket:
    """Return the bucket; one of another account only where the request names that as its owner."""
    bucket = find_bucket(ctx.tx, params["Bucket"])
    if bucket is None:
        raise errors.no_such_bucket(params["Bucket"])
    if bucket.owner != params.get("BucketAccountId", ctx.caller.account):
        raise errors.access_denied()
    if bucket.region != ctx.region:
        message = "The bucket is in another Region than the access point: they must be in the same one."
        raise AwsError("InvalidRequest", message)
    return bucket


def _alias(ctx: Context, name: str) -> str:
    """Return an alias: the name, as much of it as there is place for, 34 letters and digits, and `-s3alias`."""
    metadata = ctx.platform.ids.hex(34)
    return f"{name[: _ALIAS_LENGTH - 34 - 9]}-{metadata}-s3alias"


def _block(params: Params) -> dict[str, bool]:
    """Return which public access is blocked. "Amazon S3 enables all block public access settings by default"."""
    given = params.get("PublicAccessBlockConfiguration")
    if given is None:
        return dict.fromkeys(public_access.BLOCKS, True)
    return {name: bool(given.get(name)) for name in public_access.BLOCKS}


@control.operation(on=point_arn)
def get_access_point(ctx: Context, params: Params) -> Params:
    point = own_point(ctx, params)
    endpoints = {"ipv4": "s3-accesspoint", "dualstack": "s3-accesspoint.dualstack"}
    return {
        **_shown(ctx, point),
        "PublicAccessBlockConfiguration": point.blocks,
        "CreationDate": point.created,
        "Endpoints": {kind: f"{host}.{ctx.region}.amazonaws.com" for kind, host in endpoints.items()},
    }


def _shown(ctx: Context, point: AccessPoint) -> Params:
    return {
        "Name": point.name,
        "NetworkOrigin": "Internet",
        "Bucket": point.bucket,
        "BucketAccountId": point.bucket_account,
        "AccessPointArn": point.arn(ctx.partition),
        "Alias": point.alias,
    }


@control.operation()
def list_access_points(ctx: Context, params: Params) -> Params:
    account = own_account(ctx, params)
    if params.get("DataSourceId") or params.get("DataSourceType"):
        raise errors.not_implemented("s3control:ListAccessPoints with DataSourceId and DataSourceType")
    limit = params.get("MaxResults", _MOST)
    token = params.get("NextToken")
    after = opaque_ids.position_of(token) if token else ""
    found = rows.page(ctx.tx, account, ctx.region, params.get("Bucket"), after, limit + 1)
    out: Params = {"AccessPointList": [_shown(ctx, point) for point in found[:limit]]}
    if len(found) > limit > 0:
        out["NextToken"] = opaque_ids.token_of(found[limit - 1].name)
    return out


@control.operation(on=point_arn, accepts=Members("AccountId Name"))
def delete_access_point(ctx: Context, params: Params) -> Params:
    rows.delete(ctx.tx, own_point(ctx, params))
    return {}
