"""The attributes of queues: which there are, their defaults, and what they may be. Knows no record.

Sources: CreateQueue and SetQueueAttributes (API reference); sentences as recorded (test_set_unsupported_attribute_fifo).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from clary.access.document import statements_of
from clary.access.policy_parser import PolicyError, parse_policy, require
from clary.kernel import AwsError
from clary.services.sqs import redrive_policies
from clary.services.sqs.errors import bad_attribute, unknown_attribute

LONGEST_MESSAGE = 1 << 20  # bytes: "Default: 1,048,576 bytes (1 MiB)"
_NUMBER = re.compile(r"[0-9]{1,9}")


class Range(NamedTuple):
    low: int
    high: int


_NUMBERS = {
    "DelaySeconds": Range(0, 900),
    "MaximumMessageSize": Range(1024, LONGEST_MESSAGE),
    "MessageRetentionPeriod": Range(60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": Range(0, 20),
    "VisibilityTimeout": Range(0, 43_200),
    "KmsDataKeyReusePeriodSeconds": Range(60, 86_400),
}
_WORDS = {
    "SqsManagedSseEnabled": ("true", "false"),
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": str(LONGEST_MESSAGE),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
_KMS_DEFAULTS = {"KmsDataKeyReusePeriodSeconds": "300"}
SET = (*_NUMBERS, *_WORDS, *_TEXTS)
COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
KNOWN = (*SET, *COUNTED, "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn")


def value_of(spec: Mapping[str, str], name: str) -> str:
    """Return an attribute of a queue, or its default; '' where it has none."""
    if name == "SqsManagedSseEnabled" and spec.get("KmsMasterKeyId"):
        return "false"  # recorded: test_sse_queue_attributes
    return spec.get(name) or DEFAULTS.get(name) or FIFO_DEFAULTS.get(name) or _KMS_DEFAULTS.get(name, "")


def shown(spec: Mapping[str, str], fifo: bool) -> dict[str, str]:
    """Return all attributes that say what a queue is set to."""
    names = [*DEFAULTS, *(FIFO_DEFAULTS if fifo else ())]
    names += [name for name in _TEXTS if spec.get(name)]
    names += [name for name in _KMS_DEFAULTS if spec.get("KmsMasterKeyId")]
    return {name: value_of(spec, name) for name in names}


def check(given: Mapping[str, str], fifo: bool) -> None:
    """Raise InvalidAttributeName or InvalidAttributeValue for what cannot be set on such a queue."""
    for name, value in given.items():
        if name not in SET or (name in FIFO_ONLY and not fifo):
            raise unknown_attribute(name)
        if name == "FifoQueue" and value != "true":
            raise bad_attribute(name, "Modifying queue type is not supported.")
        _check_value(name, value)


def _check_value(name: str, value: str) -> None:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        if not _NUMBER.fullmatch(value) or not low <= int(value) <= high:
            raise bad_attribute(name)
    elif name in _WORDS and value not in _WORDS[name]:
        raise bad_attribute(name)
    elif name == "Policy" and value:
        check_policy(value)
    elif name == "RedrivePolicy" and value:
        redrive_policies.parse(value)
    elif name == "RedriveAllowPolicy" and value:
        redrive_policies.parse_allowing(value)


def check_policy(text: str) -> None:
    """Raise InvalidAttributeValue for what is no policy that a queue may have."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action")
    except PolicyError:
        raise bad_attribute("Policy") from None


def merged(old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return attributes with changes; an empty text removes one. Raise for those that do not go together."""
    new = {name: value for name, value in {**old, **given}.items() if value}
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        said = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."
        raise AwsError("InvalidAttributeName", said)
    if given.get("SqsManagedSseEnabled") == "true":
        new.pop("KmsMasterKeyId", None)
    elif given.get("KmsMasterKeyId"):
        new.pop("SqsManagedSseEnabled", None)
    if (
        value_of(new, "FifoThroughputLimit") == "perMessageGroupId"
        and value_of(new, "DeduplicationScope") == "queue"
    ):
        raise bad_attribute("FifoThroughputLimit")
    return new
