"""The attributes of topics: which may be set, what they may be, and what is shown. Knows no record.

Source: CreateTopic, SetTopicAttributes, GetTopicAttributes (API reference); recorded: test_create_topic_test_arn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from clary.access.document import statements_of
from clary.access.policy_parser import PolicyError, parse_policy, require
from clary.services.sns.errors import absent, invalid, invalid_attribute

_WORDS = {
    "SignatureVersion": ("1", "2"),
    "FifoTopic": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "TracingConfig": ("PassThrough",),
}
_FIFO_ONLY = ("ContentBasedDeduplication", "FifoThroughputScope")
_ABSENT = (
    "KmsMasterKeyId",
    "DeliveryPolicy",
    "ArchivePolicy",
    "DataProtectionPolicy",
    "BeginningArchiveTime",
)
_LONGEST_NAME = 100
_ALLOWED = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
            "ListSubscriptionsByTopic", "Publish")  # fmt: skip
_EFFECTIVE = {
    "http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": False,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }
}


def check(operation: str, given: Mapping[str, str], fifo: bool) -> None:
    """Raise InvalidParameter for what cannot be set, NotImplemented for what is not there."""
    for name, value in given.items():
        if name in _ABSENT or "Feedback" in name or (name, value) == ("TracingConfig", "Active"):
            raise absent(operation, f"the attribute {name}")
        if name in _WORDS:
            if value not in _WORDS[name] or (name in _FIFO_ONLY and not fifo):
                raise invalid_attribute(f"{name}: Invalid value")
        elif name == "DisplayName":
            if len(value) > _LONGEST_NAME:
                raise invalid_attribute("DisplayName too long")
        elif name == "Policy":
            if value:
                check_policy(value)
        else:
            raise (
                invalid("AttributeName")
                if operation == "SetTopicAttributes"
                else invalid_attribute(f"Unknown attribute {name}")
            )


def check_policy(text: str) -> None:
    """Raise InvalidParameter for what is no policy that a topic may have."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action")
    except PolicyError:
        raise invalid("Policy Error: null") from None


def default_policy(arn: str) -> dict[str, object]:
    """Return the policy of a topic without one of its own: callers whom its account lets in."""
    account = arn.split(":")[4]
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{name}" for name in _ALLOWED],
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
            }
        ],
    }


def shown(arn: str, spec: Mapping[str, str], confirmed: int, deleted: int) -> dict[str, str]:
    """Return all attributes of a topic."""
    fifo = (
        {"FifoTopic": "true", "ContentBasedDeduplication": "false"} if spec.get("FifoTopic") == "true" else {}
    )
    own = {name: value for name, value in spec.items() if name != "FifoTopic"}
    return {
        "TopicArn": arn,
        "Owner": arn.split(":")[4],
        "DisplayName": "",
        "Policy": json.dumps(default_policy(arn), separators=(",", ":")),
        "SubscriptionsPending": "0",
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsDeleted": str(deleted),
        "EffectiveDeliveryPolicy": json.dumps(_EFFECTIVE, separators=(",", ":")),
        **fifo,
        **own,
    }
