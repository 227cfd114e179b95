"""AddPermission and RemovePermission: statements of a queue's policy by label (recorded: test_sqs_permission_lifecycle)."""

from __future__ import annotations

import json
import re
from typing import Any

from clary.access.document import listed
from clary.plane import Context, Members, Record
from clary.services.sqs.errors import invalid_value, missing
from clary.services.sqs.names import Params, load, target
from clary.services.sqs.queue_attributes import changed
from clary.services.sqs.service import sqs

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACTIONS = (
    "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl",
    "ListDeadLetterSourceQueues", "PurgeQueue",
)  # fmt: skip
_MOST_ACTIONS = 7
_ACCOUNT = re.compile(r"[0-9]{12}")
Policy = dict[str, Any]


@sqs.operation(on=target, accepts=Members("QueueUrl Label AWSAccountIds Actions"))
def add_permission(ctx: Context, params: Params) -> Params:
    """Add a statement to the policy of a queue. Raise InvalidParameterValue for a label that it has."""
    _check(params)
    record = load(ctx, params)
    policy = _policy(record)
    label = params["Label"]
    if any(one.get("Sid") == label for one in policy["Statement"]):
        raise invalid_value("Label", label, "Already exists.")
    policy["Statement"].append(_statement(ctx, record, params))
    _put(ctx, record, policy)
    return {}


def _statement(ctx: Context, record: Record, params: Params) -> Policy:
    principals = [f"arn:{ctx.partition}:iam::{account}:root" for account in params["AWSAccountIds"]]
    actions = [f"SQS:{action}" for action in params["Actions"]]
    return {
        "Sid": params["Label"],
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_more(principals)},
        "Action": _one_or_more(actions),
        "Resource": record.arn,
    }


def _one_or_more(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


@sqs.operation(on=target, accepts=Members("QueueUrl Label"))
def remove_permission(ctx: Context, params: Params) -> Params:
    """Take a statement out of the policy of a queue; the last one takes the policy with it."""
    record = load(ctx, params)
    policy, label = _policy(record), params["Label"]
    kept = [one for one in policy["Statement"] if one.get("Sid") != label]
    if len(kept) == len(policy["Statement"]):
        raise invalid_value("Label", label, "can't find label.")
    _put(ctx, record, {**policy, "Statement": kept} if kept else None)
    return {}


def _check(params: Params) -> None:
    if not _LABEL.fullmatch(params["Label"]):
        said = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        raise invalid_value("Label", params["Label"], said)
    for name in ("AWSAccountIds", "Actions"):
        if not params[name]:
            raise missing(name)
    for account in params["AWSAccountIds"]:
        if not _ACCOUNT.fullmatch(account):
            raise invalid_value("PrincipalId", account, "Unable to verify.")
    for action in params["Actions"]:
        if action not in _ACTIONS:
            said = "Only the queue owner is allowed to invoke this action."
            raise invalid_value("ActionName", action, said)


def _policy(record: Record) -> Policy:
    text = record.spec.get("Policy")
    if not text:
        return {"Version": "2008-10-17", "Id": f"{record.arn}/SQSDefaultPolicy", "Statement": []}
    policy = json.loads(text)
    return {**policy, "Statement": listed(policy["Statement"])}


def _put(ctx: Context, record: Record, policy: Policy | None) -> None:
    text = None if policy is None else json.dumps(policy, separators=(",", ":"))
    ctx.tx.update(changed(ctx, record, {"Policy": text}))
