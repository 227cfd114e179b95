"""The attributes of subscriptions. Knows no record.

Source: Subscribe, SetSubscriptionAttributes (API reference); recorded: test_set_subscription_filter_policy_scope.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from clary.services.sns.errors import absent, invalid
from clary.services.sns.filter_policies import Wrong, parse

ATTRIBUTES = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
SCOPES = ("MessageAttributes", "MessageBody")
_ABSENT = ("DeliveryPolicy", "ReplayPolicy", "SubscriptionRoleArn")


def check(operation: str, given: Mapping[str, str], held: Mapping[str, str], prefix: str = "") -> None:
    """Raise InvalidParameter for what cannot be set beside what is `held`, NotImplemented for what is not there."""
    for name, value in given.items():
        if name in _ABSENT:
            raise absent(operation, f"the attribute {name}")
        if name not in ATTRIBUTES:
            raise invalid("AttributeName")
        if name == "RawMessageDelivery" and value not in ("true", "false"):
            said = f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
            raise invalid(f"{prefix}{said}")
        if name == "FilterPolicyScope" and value not in SCOPES:
            said = f"Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            raise invalid(f"{prefix}FilterPolicyScope: {said}")
        if name == "RedrivePolicy" and value:
            _check_redrive(value, prefix)
    _check_filter({**held, **given}, prefix)


def _check_filter(attributes: Mapping[str, str], prefix: str) -> None:
    text = attributes.get("FilterPolicy")
    if not text:
        return
    try:
        parse(text, attributes.get("FilterPolicyScope") == "MessageBody")
    except Wrong as wrong:
        raise invalid(f"{prefix}FilterPolicy: {wrong}") from None


def _check_redrive(text: str, prefix: str) -> None:
    if not dead_letters(text):
        raise invalid(f"{prefix}RedrivePolicy: must contain the ARN of an SQS queue as deadLetterTargetArn")


def dead_letters(text: str) -> str:
    """Return the ARN of the queue that a RedrivePolicy names, '' if it names none."""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    arn = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    parts = arn.split(":") if isinstance(arn, str) else []
    return str(arn) if len(parts) == 6 and parts[2] == "sqs" and all(parts[3:]) else ""
