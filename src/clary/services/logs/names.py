"""How groups and streams are addressed: by name, by ARN, and as IAM's policies name them. Knows no table."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token

Params = dict[str, Any]

# AWS asks about `…:log-stream:` for what is done to a whole group: hence a policy for a group ends in `:*`
# (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
GROUP = "log-group:{logGroupName}:log-stream:"
ANY_GROUP = "log-group::log-stream:"
STREAM = "log-group:{logGroupName}:log-stream:{logStreamName}"


def group_arn(ctx: Context, name: str) -> str:
    """The ARN that tags hang on: without the `:*` that DescribeLogGroups shows."""
    return ctx.arn(f"log-group:{name}")


def group_name(ctx: Context, params: Params) -> str:
    """The group by name or by ARN, whichever was given. Raises InvalidParameterException for none or both."""
    name, identifier = params.get("logGroupName"), params.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise refused("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    return name if name is not None else name_in(ctx, str(identifier))


def name_in(ctx: Context, identifier: str) -> str:
    """The group's name in an ARN of it, or the name itself. There is none in the ARN of another account's or region's
    group, nor of anything else: it is then empty, as no group's name is."""
    if not identifier.startswith("arn:"):
        return identifier
    own = group_arn(ctx, "")
    return identifier.removeprefix(own).removesuffix(":*") if identifier.startswith(own) else ""


def group_target(ctx: Context, params: Params) -> list[str]:
    """What IAM is asked about a group that is given by name or by ARN."""
    return [_group_arn(ctx, params) + ":log-stream:"]


def stream_target(ctx: Context, params: Params) -> list[str]:
    """The same for one of its streams."""
    return [_group_arn(ctx, params) + f":log-stream:{params['logStreamName']}"]


def _group_arn(ctx: Context, params: Params) -> str:
    """An ARN as it was given, be it another account's: that is what IAM is asked about."""
    given = str(params.get("logGroupIdentifier") or "")
    return given if given.startswith("arn:") else group_arn(ctx, group_name(ctx, params))


def refused(message: str) -> AwsError:
    """The error of CloudWatch Logs for a request that makes no sense."""
    return AwsError("InvalidParameterException", message)


def place_in(ctx: Context, token: str | None) -> Any:
    """Where a page token of ours goes on, None without one. Raises InvalidParameterException for any other."""
    if token is None:
        return None
    try:
        return read_token(ctx, token)
    except AwsError:
        raise refused("The specified nextToken is invalid.") from None
