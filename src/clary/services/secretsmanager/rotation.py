"""RotateSecret and CancelRotateSecret: what a rotation is asked for. rotations.py does it.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clary.kernel import AwsError, Caller
from clary.kernel.errors import not_implemented
from clary.plane import Context, Members, Record
from clary.services.secretsmanager import rotations, secret, stages
from clary.services.secretsmanager.errors import invalid_parameter, invalid_request
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager

_ACCEPTS = Members(
    "SecretId ClientRequestToken RotationLambdaARN RotationRules RotateImmediately",
    refused="ExternalSecretRotationMetadata ExternalSecretRotationRoleArn",
)
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
# "rate(10 days)", "cron(0 8 1 * ? *)" ("Schedule expressions in Secrets Manager rotation", user guide)
_SCHEDULE = re.compile(r"rate\([1-9]\d{0,3} (hours?|days?)\)|cron\(\S+( \S+){5}\)")


@secretsmanager.operation(on=target, accepts=_ACCEPTS)
def rotate_secret(ctx: Context, params: Params) -> Params:
    """Begin a rotation by a function, and have it again by the rules. Raise InvalidRequestException where one goes on."""
    token = params.get("ClientRequestToken")
    if not token:  # recorded: test_no_client_request_token[RotateSecret]
        raise invalid_parameter(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        )
    record = secret.usable(ctx, params["SecretId"])
    rules = params.get("RotationRules") or record.private.get("rotation", {}).get("rules") or {}
    _check_rules(rules)
    if params.get("ExternalSecretRotationRoleArn") or params.get("ExternalSecretRotationMetadata"):
        raise not_implemented("secretsmanager", "RotateSecret of managed external secrets")
    function = _function(ctx, record, params)
    _refuse_unfinished(record, token)
    begins = params.get("RotateImmediately", True)
    _write(ctx, record, {"function": function, "rules": rules, "enabled": True}, token if begins else "")
    return {**secret.named(record), **({"VersionId": token} if begins else {})}


def _function(ctx: Context, record: Record, params: Params) -> str:
    """Return the function that rotates a secret. Raise AccessDeniedException where its policy does not let this service in."""
    function = params.get("RotationLambdaARN") or record.private.get("rotation", {}).get("function")
    if not function:  # recorded: test_first_rotate_secret_with_missing_lambda_arn
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    if not _FUNCTION.fullmatch(function):
        raise invalid_parameter(f"RotationLambdaARN is not the ARN of a Lambda function: {function}")
    ctx.authorize("lambda:InvokeFunction", function)
    service = Caller.of_service(secretsmanager.principal, ctx.account, record.arn)
    try:
        replace(ctx, caller=service).authorize("lambda:InvokeFunction", function)
    except AwsError:
        raise AwsError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
            "the principal secretsmanager.amazonaws.com.",
        ) from None
    return function


def _refuse_unfinished(record: Record, token: str) -> None:
    held = secret.labels(record)
    pending = held.get(stages.PENDING)
    if pending not in (None, token, held.get(stages.CURRENT)):
        raise invalid_request("A previous rotation isn't complete. That rotation will be reattempted.")


def _write(ctx: Context, record: Record, rotation: Params, token: str) -> None:
    """Write the configuration, and the version that is to come as pending: a function looks for its label."""
    labels = secret.labels(record)
    if token:
        labels = stages.attached(labels, [stages.PENDING], token)
    ctx.tx.update(secret.changed(ctx, record, private={"rotation": rotation, "stages": labels}))
    rotations.begin(ctx, record, rotation, token)
    ctx.wake()


@secretsmanager.operation(on=target, accepts=Members("SecretId"))
def cancel_rotate_secret(ctx: Context, params: Params) -> Params:
    """End the rotation of a secret. What is pending stays. Raise InvalidRequestException where there is none."""
    record = secret.usable(ctx, params["SecretId"])
    rotation = record.private.get("rotation")
    if not rotation:
        raise invalid_request(
            "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you "
            "didn't include such an ARN as a parameter in this call."
        )
    ctx.tx.update(
        secret.changed(ctx, record, private={"rotation": {**rotation, "enabled": False, "next": None}})
    )
    rotations.end(ctx, record)
    pending = secret.labels(record).get(stages.PENDING)
    return {**secret.named(record), **({"VersionId": pending} if pending else {})}


def _check_rules(rules: Mapping[str, Any]) -> None:
    schedule = rules.get("ScheduleExpression")
    if schedule and "AutomaticallyAfterDays" in rules:
        raise invalid_parameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    if schedule and not _SCHEDULE.fullmatch(schedule):
        raise invalid_parameter(f"Invalid ScheduleExpression: {schedule}")
    try:
        rotations.next_time(rules, 0.0)
    except ValueError:
        raise invalid_parameter(f"Invalid ScheduleExpression: {schedule}") from None
