"""RedrivePolicy and RedriveAllowPolicy: what they may say. Knows no queue.

Source: "Using dead-letter queues in Amazon SQS" (Developer Guide), SetQueueAttributes (API reference).
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from clary.services.sqs.errors import bad_attribute, invalid_value

_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_MOST_SOURCES = 10
_COUNT = re.compile(r"[0-9]{1,9}")


class Redrive(NamedTuple):
    target: str  # ARN
    receives: int


def parse(text: str) -> Redrive:
    """Return what a RedrivePolicy says. Raise InvalidParameterValue."""
    policy = _mapping("RedrivePolicy", text, "Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if not policy.get(name):
            raise invalid_value(
                "RedrivePolicy", text, f"Redrive policy does not contain mandatory attribute: {name}."
            )
    count = str(policy["maxReceiveCount"])
    if (
        isinstance(policy["maxReceiveCount"], bool)
        or not _COUNT.fullmatch(count)
        or not 1 <= int(count) <= 1000
    ):
        said = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value("RedrivePolicy", text, said)
    if unknown := set(policy) - {"maxReceiveCount", "deadLetterTargetArn"}:
        said = f"Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]. Found: {min(unknown)}."
        raise invalid_value("RedrivePolicy", text, said)
    return Redrive(str(policy["deadLetterTargetArn"]), int(count))


def parse_allowing(text: str) -> tuple[str, list[str]]:
    """Return the permission of a RedriveAllowPolicy and the ARNs of the queues that it names. Raise InvalidAttributeValue."""
    policy = _mapping("RedriveAllowPolicy", text, "Redrive allow policy is not a valid JSON map.")
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in _PERMISSIONS or (permission == "byQueue") != (sources is not None):
        raise bad_attribute("RedriveAllowPolicy")
    if sources is not None and not (
        isinstance(sources, list)
        and 1 <= len(sources) <= _MOST_SOURCES
        and all(isinstance(one, str) for one in sources)
    ):
        raise bad_attribute("RedriveAllowPolicy")
    return permission, sources or []


def allows(text: str, source: str) -> bool:
    """Return whether a dead-letter queue with this RedriveAllowPolicy takes messages of a queue."""
    if not text:
        return True
    permission, sources = parse_allowing(text)
    return permission == "allowAll" or source in sources


def _mapping(name: str, text: str, reason: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise invalid_value(name, text, reason)
    return policy
