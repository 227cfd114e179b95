"""What is checked of a state machine before it is made or changed: its definition, its role, its log group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError, Caller
from clary.plane import Context
from clary.services.stepfunctions.errors import invalid_definition
from clary.services.stepfunctions.integrations.known import knows
from clary.services.stepfunctions.service import stepfunctions
from clary.services.stepfunctions.validation import diagnose
from clary.workloads import roles

OFF = {"level": "OFF", "includeExecutionData": False}


def definition(ctx: Context, text: str, is_express: bool) -> None:
    """Raise InvalidDefinition for a definition that cannot be run."""
    found = diagnose(text, lambda resource: knows(ctx.platform, resource), is_express=is_express)
    if found:
        raise invalid_definition(found)


def load_services(ctx: Context, params: Mapping[str, Any]) -> None:
    """Load what the transaction is going to ask, for which others would wait."""
    if params.get("loggingConfiguration"):
        ctx.platform.services.get("logs")


def role(ctx: Context, arn: str, name: str) -> None:
    """Raise AccessDeniedException unless the caller may pass the role and it trusts Step Functions."""
    roles.require_pass(ctx, arn, stepfunctions.principal)
    try:
        roles.assume(ctx, arn, f"stateMachine:{name}", stepfunctions.principal, "StepFunctions")
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        raise AwsError(
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume "
            "the provided role.",
            403,
        ) from None


def logging(ctx: Context, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a logging configuration as Describe shows it. Raise InvalidLoggingConfiguration."""
    if not given:
        return dict(OFF)
    found = {**OFF, **given}
    groups = [one["cloudWatchLogsLogGroup"]["logGroupArn"] for one in given.get("destinations", [])]
    if found["level"] != "OFF" and len(groups) != 1:
        raise _invalid("Must specify exactly one Log Destination.")
    for arn in groups:
        if not _is_there(ctx, arn):
            raise _invalid("Log Destination not found.")
    return found


def _is_there(ctx: Context, arn: str) -> bool:
    own = ctx.arn("log-group:", "logs")
    if not arn.startswith(own) or not arn.endswith(":*"):
        return False
    name = arn.removeprefix(own).removesuffix(":*")
    asked = {"logGroupNamePrefix": name}
    found = ctx.platform.perform(
        "logs", "DescribeLogGroups", asked, _service(ctx), ctx.region, unit=ctx.unit, account=ctx.account
    )
    return any(group["logGroupName"] == name for group in found["logGroups"])


def _service(ctx: Context) -> Caller:
    return Caller.of_service(stepfunctions.principal, ctx.account, ctx.arn("stateMachine:*"))


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {message}")
