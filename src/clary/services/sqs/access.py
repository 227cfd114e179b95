"""What access control must know of SQS: whose a queue is, and its policy.

Source: "Actions, resources, and condition keys for Amazon SQS" (Service Authorization Reference). Cross-account permissions do not
apply to operations that manage a queue (each one's page of the API reference says so).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Access, Context, Guard
from clary.services.sqs.names import find, place_of_arn
from clary.services.sqs.service import sqs

_WITHIN_ACCOUNT = frozenset(
    [
        "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueueTags",
        "ListQueues", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
    ]
)  # fmt: skip


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account of a queue by its ARN, and the queue's policy."""
    place = place_of_arn(arn)
    if place is None:
        return Guard()
    foreign = place.account != ctx.caller.account
    if foreign and ctx.op.service.name == "sqs" and ctx.op.name in _WITHIN_ACCOUNT:
        return Guard(place.account)
    if ctx.tx is not None:
        found = find(ctx.tx, place)
    else:
        with ctx.transaction() as at:
            found = find(at.tx, place)
    return Guard(place.account, (found.spec.get("Policy") or None) if found else None)


def _changes(operation: str) -> bool:
    return operation in (
        "AddPermission",
        "RemovePermission",
        "SetQueueAttributes",
        "DeleteQueue",
        "CreateQueue",
    )


sqs.access = Access(guard=guard, changes=_changes, denial=("AccessDenied", 403))
