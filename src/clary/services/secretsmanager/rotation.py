"""RotateSecret and CancelRotateSecret. A rotation is a Lambda function, which Clary does not run: requests are checked as on
AWS, and what would need the function is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Members
from clary.services.secretsmanager import secret
from clary.services.secretsmanager.errors import invalid_parameter, invalid_request
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager

_ACCEPTS = Members(
    "SecretId ClientRequestToken",
    refused="RotationLambdaARN RotationRules RotateImmediately ExternalSecretRotationMetadata ExternalSecretRotationRoleArn",
)
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
# "rate(10 days)", "cron(0 8 1 * ? *)" ("Schedule expressions in Secrets Manager rotation", user guide)
_SCHEDULE = re.compile(r"rate\([1-9]\d{0,3} (hours?|days?)\)|cron\(\S+( \S+){5}\)")


@secretsmanager.operation(on=target, accepts=_ACCEPTS)
def rotate_secret(ctx: Context, params: Params) -> Params:
    """Refuse a rotation: in AWS's words without a function, as not implemented with one."""
    if not params.get("ClientRequestToken"):  # recorded: test_no_client_request_token[RotateSecret]
        raise invalid_parameter(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        )
    secret.usable(ctx, params["SecretId"])
    _check_rules(params.get("RotationRules") or {})
    if params.get("ExternalSecretRotationRoleArn") or params.get("ExternalSecretRotationMetadata"):
        raise not_implemented("secretsmanager", "RotateSecret of managed external secrets")
    function = params.get("RotationLambdaARN")
    if not function:  # recorded: test_first_rotate_secret_with_missing_lambda_arn
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    if not _FUNCTION.fullmatch(function):
        raise invalid_parameter(f"RotationLambdaARN is not the ARN of a Lambda function: {function}")
    raise not_implemented("secretsmanager", "RotateSecret with RotationLambdaARN")


@secretsmanager.operation(on=target, accepts=Members("SecretId"))
def cancel_rotate_secret(ctx: Context, params: Params) -> Params:
    """Refuse to end what cannot have begun: no secret has a rotation."""
    secret.usable(ctx, params["SecretId"])
    raise invalid_request(
        "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you "
        "didn't include such an ARN as a parameter in this call."
    )


def _check_rules(rules: Mapping[str, Any]) -> None:
    schedule = rules.get("ScheduleExpression")
    if schedule and "AutomaticallyAfterDays" in rules:
        raise invalid_parameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    if schedule and not _SCHEDULE.fullmatch(schedule):
        raise invalid_parameter(f"Invalid ScheduleExpression: {schedule}")
