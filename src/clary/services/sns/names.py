"""Topics and subscriptions: their ARNs and records. Knows no operation."""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import Arn
from clary.plane import Context, Key, Noun, Record, States
from clary.services.sns.errors import invalid, no_subscription, no_topic
from clary.services.sns.service import sns
from clary.store.api import Tx

Params = dict[str, Any]

TOPIC = sns.declare(Noun("Topic", arn="{Name}", key=Key("Name"), states=States("Status", start="Active")))
SUBSCRIPTION = sns.declare(
    Noun("Subscription", arn="{Name}", key=Key("Name"), states=States("Status", start="Active"))
)
sns.observe("Topic", "LastModified", tags=True)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
FIFO = ".fifo"


def check_name(name: str, fifo: bool) -> None:
    """Raise InvalidParameter for what is no name of such a topic (recorded: test_create_topic_name_constraints)."""
    stem = name.removesuffix(FIFO) if fifo else name
    if len(name) > 256 or not _NAME.fullmatch(stem) or (fifo and not name.endswith(FIFO)):
        raise invalid("Topic Name")


def parsed(ctx: Context, arn: str, member: str = "TopicArn") -> Arn:
    """Return an ARN of this region. Raise InvalidParameter (recorded: test_unsubscribe_wrong_arn_format)."""
    count = len(arn.split(":"))
    if count < 6:
        raise invalid(f"{member} Reason: An ARN must have at least 6 elements, not {count}")
    try:
        found = Arn.parse(arn)
    except ValueError:
        raise invalid(member) from None
    if found.service != "sns" or found.region != ctx.region or not found.resource:
        raise invalid(member)
    return found


def topic_target(ctx: Context, params: Params) -> list[str]:
    return [params["TopicArn"]]


def subscription_target(ctx: Context, params: Params) -> list[str]:
    """Return the topic of a subscription, by whose ARN access to it is judged."""
    return [":".join(params["SubscriptionArn"].split(":")[:6])]


def find_topic(tx: Tx, arn: str) -> Record | None:
    record = tx.by_arn(arn)
    return record if record is not None and record.kind == TOPIC.kind else None


def load_topic(ctx: Context, arn: str) -> Record:
    """Return a topic. Raise InvalidParameter and NotFound."""
    parsed(ctx, arn)
    found = find_topic(ctx.tx, arn)
    if found is None:
        raise no_topic()
    return found


def load_subscription(ctx: Context, arn: str) -> Record:
    """Return a subscription. Raise InvalidParameter and NotFound."""
    parsed(ctx, arn, "SubscriptionArn")
    found = ctx.tx.by_arn(arn)
    if found is None or found.kind != SUBSCRIPTION.kind:
        raise no_subscription()
    return found
