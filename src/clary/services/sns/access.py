"""What access control must know of SNS: whose a topic is, and its policy.

Source: "Actions, resources, and condition keys for Amazon SNS" (Service Authorization Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import Arn
from clary.plane import Access, Context, Guard
from clary.services.sns.names import find_topic
from clary.services.sns.service import sns

_WITHIN_ACCOUNT = frozenset(
    ["TagResource", "UntagResource", "ListTagsForResource", "Unsubscribe", "GetSubscriptionAttributes",
     "SetSubscriptionAttributes", "CreateTopic"]
)  # fmt: skip


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account of a topic by its ARN, and the topic's policy."""
    try:
        owner = Arn.parse(arn).account
    except ValueError:
        return Guard()
    if owner != ctx.caller.account and ctx.op.service.name == "sns" and ctx.op.name in _WITHIN_ACCOUNT:
        return Guard(owner)
    if ctx.tx is not None:
        found = find_topic(ctx.tx, arn)
    else:
        with ctx.transaction() as at:
            found = find_topic(at.tx, arn)
    return Guard(owner, (found.spec.get("Policy") or None) if found else None)


def _changes(operation: str) -> bool:
    return operation in (
        "AddPermission",
        "RemovePermission",
        "SetTopicAttributes",
        "DeleteTopic",
        "CreateTopic",
    )


sns.access = Access(
    members={"sns:protocol": ("Protocol",), "sns:endpoint": ("Endpoint",)},
    guard=guard,
    changes=_changes,
    denial=("AuthorizationError", 403),
)
