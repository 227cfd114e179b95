"""AddPermission and RemovePermission (recorded: test_add_permission_errors, test_topic_remove_permission)."""

from __future__ import annotations

import json
from typing import Any

from clary.access.document import listed
from clary.plane import Context, Members, Record
from clary.services.sns.errors import invalid
from clary.services.sns.names import Params, load_topic, topic_target
from clary.services.sns.service import sns
from clary.services.sns.topic_attributes import default_policy
from clary.services.sns.topics import changed

_ACTIONS = frozenset(
    ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
     "ListSubscriptionsByTopic", "Publish", "Receive"]
)  # fmt: skip


@sns.operation(on=topic_target, accepts=Members("TopicArn Label AWSAccountId ActionName"))
def add_permission(ctx: Context, params: Params) -> Params:
    """Add a statement to the policy of a topic."""
    record = load_topic(ctx, params["TopicArn"])
    if not set(params["ActionName"]) <= _ACTIONS:
        raise invalid("Policy statement action out of service scope!")
    policy = _policy(record)
    if any(one.get("Sid") == params["Label"] for one in policy["Statement"]):
        raise invalid("Statement already exists")
    principals = [f"arn:{ctx.partition}:iam::{account}:root" for account in params["AWSAccountId"]]
    actions = [f"SNS:{action}" for action in params["ActionName"]]
    policy["Statement"].append(
        {
            "Sid": params["Label"],
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": actions[0] if len(actions) == 1 else actions,
            "Resource": record.arn,
        }
    )
    _put(ctx, record, policy)
    return {}


@sns.operation(on=topic_target, accepts=Members("TopicArn Label"))
def remove_permission(ctx: Context, params: Params) -> Params:
    """Take the statement with this label out of the policy of a topic; without one nothing changes."""
    record = load_topic(ctx, params["TopicArn"])
    policy = _policy(record)
    kept = [one for one in policy["Statement"] if one.get("Sid") != params["Label"]]
    if len(kept) < len(policy["Statement"]):
        _put(ctx, record, {**policy, "Statement": kept})
    return {}


def _policy(record: Record) -> dict[str, Any]:
    text = record.spec.get("Policy")
    policy: dict[str, Any] = json.loads(text) if text else default_policy(record.arn)
    return {**policy, "Statement": listed(policy["Statement"])}


def _put(ctx: Context, record: Record, policy: dict[str, Any]) -> None:
    text = None if policy == default_policy(record.arn) else json.dumps(policy, separators=(",", ":"))
    ctx.tx.update(changed(ctx, record, {"Policy": text}))
