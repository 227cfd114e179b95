"""Policies of access points: put, show and delete them; whether one is public.

Source: "Configuring IAM policies for using access points" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html).
"""

from __future__ import annotations

import json
from typing import Any

from clary.access.directory import Directory
from clary.access.document import listed
from clary.access.public_policies import is_public
from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import errors
from clary.services.s3.access_points import rows
from clary.services.s3.access_points.rows import AccessPoint
from clary.services.s3.control.access_points.access_points import own_point, point_arn
from clary.services.s3.control.service import control
from clary.services.s3.policy_validation import check_document

Params = dict[str, Any]


@control.operation(on=point_arn, accepts=Members("AccountId Name Policy"))
def put_access_point_policy(ctx: Context, params: Params) -> Params:
    point, policy = own_point(ctx, params), params["Policy"]
    directory: Directory = ctx.platform.extras["directory"]
    check_document(
        _as_bucket_policy(policy, point, ctx.partition),
        point.name,
        ctx.partition,
        lambda principal: directory.may_exist(ctx.tx, principal),
    )
    if point.blocks.get("BlockPublicPolicy") and is_public(policy):
        raise errors.access_denied()
    rows.put_policy(ctx.tx, point, policy)
    return {}


def _as_bucket_policy(policy: str, point: AccessPoint, partition: str) -> str:
    """Return a policy that names a bucket of the access point's name where this one names the access point, for the check
    that both have in common."""
    try:
        document = json.loads(policy)
        statements = listed(document["Statement"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return policy
    for statement in statements:
        for member in ("Resource", "NotResource") if isinstance(statement, dict) else ():
            if member in statement:
                statement[member] = [_as_bucket(name, point, partition) for name in listed(statement[member])]
    return json.dumps(document)


def _as_bucket(resource: Any, point: AccessPoint, partition: str) -> Any:
    own, bucket = point.arn(partition), f"arn:{partition}:s3:::{point.name}"
    if not isinstance(resource, str):
        return resource
    if resource == own:
        return bucket
    if resource.startswith(f"{own}/object/"):
        return f"{bucket}/{resource.removeprefix(f'{own}/object/')}"
    return f"not-the-access-point:{resource}"


@control.operation(on=point_arn)
def get_access_point_policy(ctx: Context, params: Params) -> Params:
    return {"Policy": _policy(own_point(ctx, params))}


def _policy(point: AccessPoint) -> str:
    if point.policy is None:
        message = "The specified accesspoint policy does not exist"
        raise AwsError("NoSuchAccessPointPolicy", message, 404, {"AccessPointName": point.name})
    return point.policy


@control.operation(on=point_arn)
def get_access_point_policy_status(ctx: Context, params: Params) -> Params:
    return {"PolicyStatus": {"IsPublic": is_public(_policy(own_point(ctx, params)))}}


@control.operation(on=point_arn, accepts=Members("AccountId Name"))
def delete_access_point_policy(ctx: Context, params: Params) -> Params:
    rows.put_policy(ctx.tx, own_point(ctx, params), None)
    return {}
