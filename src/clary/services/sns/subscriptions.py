"""Subscriptions: made, shown, set, listed, ended. Only queues of SQS in the subscriber's account are delivered to."""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Context, Members, Query, Record, revise
from clary.plane.paging import read_token, sign_token
from clary.services.sns import subscription_attributes
from clary.services.sns.errors import absent, invalid, invalid_attribute
from clary.services.sns.names import (
    FIFO,
    SUBSCRIPTION,
    Params,
    find_topic,
    load_subscription,
    load_topic,
    parsed,
    subscription_target,
    topic_target,
)
from clary.services.sns.service import sns
from clary.services.sns.topics import subscriptions_of

_PAGE = 100
_PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
_PREFIX = "Attributes Reason: "


@sns.operation(
    on=topic_target, accepts=Members("TopicArn Protocol Endpoint Attributes ReturnSubscriptionArn")
)
def subscribe(ctx: Context, params: Params) -> Params:
    """Subscribe a queue to a topic, or return the subscription that there is (recorded: test_subscribe_idempotency)."""
    topic = load_topic(ctx, params["TopicArn"])
    endpoint = _endpoint(ctx, params, topic)
    given = {name: value for name, value in (params.get("Attributes") or {}).items() if value}
    subscription_attributes.check("Subscribe", given, {}, _PREFIX)
    old = _same(ctx, topic, endpoint)
    if old is not None:
        if any(old.spec.get(name, _default(name)) != value for name, value in given.items()):
            raise invalid_attribute("Subscription already exists with different attributes")
        return {"SubscriptionArn": old.arn}
    id = f"{topic.id}:{ctx.platform.ids.uuid()}"
    arn = f"{topic.arn}:{id.rpartition(':')[2]}"
    doc = {
        "spec": {"Protocol": "sqs", "Endpoint": endpoint, **given},
        "status": {},
        "private": {"owner": ctx.caller.account, "principal": ctx.caller.principal_arn},
    }
    record = Record(
        SUBSCRIPTION.kind,
        topic.scope,
        id,
        arn,
        "Active",
        doc,
        created=ctx.now,
        modified=ctx.now,
        parent=topic.arn,
    )
    ctx.tx.insert(record)
    return {"SubscriptionArn": arn}


def _endpoint(ctx: Context, params: Params, topic: Record) -> str:
    """Return the ARN of the queue. Raise InvalidParameter, and NotImplemented for other kinds of endpoints."""
    protocol, endpoint = params["Protocol"], params.get("Endpoint", "")
    if protocol not in _PROTOCOLS:
        raise invalid(f"Does not support this protocol string: {protocol}")
    if protocol != "sqs":
        raise absent("Subscribe", f"the protocol {protocol}")
    parts = endpoint.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs" or not all(parts[3:]):
        raise invalid("SQS endpoint ARN")  # recorded: test_subscribe_sqs_queue_url
    if parts[5].endswith(FIFO) and not topic.id.endswith(FIFO):
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    if parts[4] != ctx.caller.account:
        raise absent("Subscribe", "a queue of another account, which has to confirm it")
    return endpoint


def _same(ctx: Context, topic: Record, endpoint: str) -> Record | None:
    where = [("parent", "=", topic.arn), ("doc.spec.Endpoint", "=", endpoint)]
    found = ctx.tx.list(SUBSCRIPTION.kind, topic.scope, Query(where=where, limit=1))
    return found[0] if found else None


def _default(name: str) -> str:
    return {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}.get(name, "")


@sns.operation(on=subscription_target)
def get_subscription_attributes(ctx: Context, params: Params) -> Params:
    """Return the attributes of a subscription. Raise NotFound."""
    record = load_subscription(ctx, params["SubscriptionArn"])
    scope = {"FilterPolicyScope": record.spec.get("FilterPolicyScope", "MessageAttributes")}
    return {
        "Attributes": {
            "SubscriptionArn": record.arn,
            "TopicArn": record.parent,
            "Owner": record.private["owner"],
            "SubscriptionPrincipal": record.private["principal"],
            "ConfirmationWasAuthenticated": "true",
            "PendingConfirmation": "false",
            "RawMessageDelivery": "false",
            **record.spec,
            **(scope if "FilterPolicy" in record.spec else {}),
        }
    }


@sns.operation(on=subscription_target, accepts=Members("SubscriptionArn AttributeName AttributeValue"))
def set_subscription_attributes(ctx: Context, params: Params) -> Params:
    """Set one attribute; an empty text, or an empty filter policy, takes one away."""
    record = load_subscription(ctx, params["SubscriptionArn"])
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    held = {one: record.spec[one] for one in subscription_attributes.ATTRIBUTES if one in record.spec}
    subscription_attributes.check("SetSubscriptionAttributes", {name: value}, held)
    kept = None if not value or (name == "FilterPolicy" and value.strip() == "{}") else value
    ctx.tx.update(revise(record, spec={name: kept}, modified=ctx.now))
    return {}


@sns.operation(on=subscription_target, accepts=Members("SubscriptionArn"))
def unsubscribe(ctx: Context, params: Params) -> Params:
    """End a subscription; one that is not there is no error (recorded: test_unsubscribe_idempotency)."""
    arn = parsed(ctx, params["SubscriptionArn"], "SubscriptionArn")
    if ":" not in arn.resource:
        raise invalid("SubscriptionId")
    record = ctx.tx.by_arn(params["SubscriptionArn"])
    if record is None or record.kind != SUBSCRIPTION.kind:
        return {}
    ctx.tx.delete(record)
    topic = find_topic(ctx.tx, record.parent)
    if topic is not None:
        ctx.tx.update(revise(topic, private={"deleted": topic.private["deleted"] + 1}))
    return {}


@sns.operation
def list_subscriptions(ctx: Context, params: Params) -> Params:
    """Return a page of the subscriptions of the account."""
    after = _after(ctx, params)
    query = Query(order="id", after=(after, after), limit=_PAGE + 1)
    return _page(ctx, ctx.tx.list(SUBSCRIPTION.kind, ctx.scope, query))


@sns.operation(on=topic_target)
def list_subscriptions_by_topic(ctx: Context, params: Params) -> Params:
    """Return a page of the subscriptions of a topic. Raise NotFound."""
    topic = load_topic(ctx, params["TopicArn"])
    return _page(ctx, subscriptions_of(ctx.tx, topic.arn, _after(ctx, params), _PAGE + 1))


def _after(ctx: Context, params: Mapping[str, str]) -> str:
    return read_token(ctx, params["NextToken"])[0] if params.get("NextToken") else ""


def _page(ctx: Context, found: list[Record]) -> Params:
    more = {"NextToken": sign_token(ctx, [found[_PAGE - 1].id])} if len(found) > _PAGE else {}
    return {"Subscriptions": [_listed(one) for one in found[:_PAGE]], **more}


def _listed(record: Record) -> Params:
    return {
        "SubscriptionArn": record.arn,
        "Owner": record.private["owner"],
        "Protocol": record.spec["Protocol"],
        "Endpoint": record.spec["Endpoint"],
        "TopicArn": record.parent,
    }
