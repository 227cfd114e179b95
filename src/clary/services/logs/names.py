"""Names and ARNs of log groups and streams, and the ARNs that their operations are authorised for. Knows no
table."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token
from clary.services.logs.errors import invalid_parameter

Params = dict[str, Any]

# For operations on a whole group, AWS authorises `…:log-stream:`, which is why a policy for a group ends in
# `:*` (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
GROUP = "log-group:{logGroupName}:log-stream:"
ANY_GROUP = "log-group::log-stream:"
STREAM = "log-group:{logGroupName}:log-stream:{logStreamName}"


def group_arn(ctx: Context, name: str) -> str:
    """Return the ARN that a group is tagged by: without the `:*` that DescribeLogGroups shows."""
    return ctx.arn(f"log-group:{name}")


def group_name(ctx: Context, params: Params) -> str:
    """Return the group's name from logGroupName or logGroupIdentifier. Raise InvalidParameterException for
    none or both."""
    name, identifier = params.get("logGroupName"), params.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise invalid_parameter("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    return name if name is not None else group_name_in(ctx, str(identifier))


def group_name_in(ctx: Context, identifier: str) -> str:
    """Return the group's name from its name or ARN; '' for an ARN of another account, region or resource.

    No group is named '', so looking it up fails as for any unknown group.
    """
    if not identifier.startswith("arn:"):
        return identifier
    own = group_arn(ctx, "")
    return identifier.removeprefix(own).removesuffix(":*") if identifier.startswith(own) else ""


def group_target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN to authorise for a group given by name or ARN."""
    return [_group_arn(ctx, params) + ":log-stream:"]


def stream_target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN to authorise for one of its streams."""
    return [_group_arn(ctx, params) + f":log-stream:{params['logStreamName']}"]


def _group_arn(ctx: Context, params: Params) -> str:
    """Return the ARN as it was given, even of another account, since that is the ARN to authorise."""
    given = str(params.get("logGroupIdentifier") or "")
    return given if given.startswith("arn:") else group_arn(ctx, group_name(ctx, params))


def read_position(ctx: Context, token: str | None) -> Any:
    """Return the position in a page token, or None without one. Raise InvalidParameterException if it is
    invalid."""
    if token is None:
        return None
    try:
        return read_token(ctx, token)
    except AwsError:
        raise invalid_parameter("The specified nextToken is invalid.") from None
