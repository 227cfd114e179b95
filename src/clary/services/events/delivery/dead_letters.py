"""What becomes of an event that cannot be delivered.

Source: "Using dead-letter queues to process undelivered events" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
"""

from __future__ import annotations

import logging
from typing import Any

from clary.kernel import Arn, AwsError, Caller
from clary.plane import Platform
from clary.services.events.delivery import calls
from clary.services.events.delivery.backlog import Delivery
from clary.services.events.service import events
from clary.store.api import Busy, NoSpace

log = logging.getLogger("clary.events")

# Trying again does not help: the target is gone, or may not be reached.
_DENIED = frozenset(
    ("AccessDenied", "AccessDeniedException", "AuthorizationError", "KMSAccessDeniedException")
)
_GONE = ("NotFound", "NonExistent", "DoesNotExist", "NoSuch")


def is_final(error: AwsError) -> bool:
    """Return whether another try would end in the same way."""
    return error.senders_fault and (error.code in _DENIED or _is_gone(error))


def _is_gone(error: AwsError) -> bool:
    return any(word in error.code for word in _GONE)


async def bury(platform: Platform, delivery: Delivery, error: AwsError, condition: str, retries: int) -> bool:
    """Send an event to the dead-letter queue of its target; return False if that is to be tried again later. Without a queue, or
    where the queue refuses it, the event is lost, which the log says. `condition` is the retry limit that was reached, or ''."""
    queue = delivery.target.get("DeadLetterConfig", {}).get("Arn")
    if queue is None:
        _log_loss(delivery, error, "it has no dead-letter queue")
        return True
    try:
        await _send(platform, Arn.parse(queue), delivery, _attributes(delivery, error, condition, retries))
    except (Busy, NoSpace):
        return False
    except AwsError as refusal:
        if not refusal.senders_fault:
            return False
        _log_loss(delivery, error, f"its dead-letter queue refuses it: {refusal}")
    return True


def _log_loss(delivery: Delivery, error: AwsError, why: str) -> None:
    target = delivery.target["Arn"]
    log.warning("An event of %s was not delivered to %s (%s); %s", delivery.rule, target, error, why)


def _attributes(delivery: Delivery, error: AwsError, condition: str, retries: int) -> dict[str, Any]:
    said = {
        "RULE_ARN": delivery.rule,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": _code(error),
        "ERROR_MESSAGE": error.message or error.code,
        "RETRY_ATTEMPTS": str(retries),
        **({"EXHAUSTED_RETRY_CONDITION": condition} if condition else {}),
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}


def _code(error: AwsError) -> str:
    """Return AWS's code in a dead letter for the error of a call."""
    if error.code in _DENIED:
        return "NO_PERMISSIONS"
    if _is_gone(error):
        return "NO_RESOURCE"
    return "THROTTLING" if "Throttl" in error.code else "SDK_CLIENT_ERROR"


async def _send(platform: Platform, queue: Arn, delivery: Delivery, attributes: dict[str, Any]) -> None:
    params = {
        "QueueUrl": calls.queue_url(queue),
        "MessageBody": delivery.input,
        "MessageAttributes": attributes,
    }
    caller = Caller.of_service(events.principal, delivery.account, delivery.rule)
    await platform.aperform("sqs", "SendMessage", params, caller, queue.region, queue.account)
