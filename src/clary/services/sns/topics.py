"""Topics: created, shown, set, listed, deleted."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

from clary.plane import Also, Context, Members, Query, Record, revise
from clary.plane.nouns.tags import TagRules, pairs_of
from clary.plane.paging import read_token, sign_token
from clary.services.sns import topic_attributes
from clary.services.sns.errors import invalid, invalid_attribute
from clary.services.sns.names import (
    SUBSCRIPTION,
    TOPIC,
    Params,
    check_name,
    find_topic,
    load_topic,
    parsed,
    topic_target,
)
from clary.services.sns.service import sns
from clary.store.api import Tx

_PAGE = 100
RULES = TagRules(
    reserved="InvalidParameter",
    twice=("InvalidParameter", "Invalid parameter: Duplicated keys are not allowed."),
    too_many=("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"),
)


def _target(ctx: Context, params: Params) -> list[str]:
    return [ctx.arn(params["Name"])]


@sns.operation(
    on=_target,
    accepts=Members("Name Attributes Tags", refused="DataProtectionPolicy"),
    also=(Also("sns:TagResource", "Tags"),),
)
def create_topic(ctx: Context, params: Params) -> Params:
    """Create a topic, or return the one that has this name. Raise InvalidParameter where it has other attributes or tags."""
    given = dict(params.get("Attributes") or {})
    if params.get("DataProtectionPolicy"):
        given["DataProtectionPolicy"] = params["DataProtectionPolicy"]
    fifo = given.get("FifoTopic") == "true"
    check_name(params["Name"], fifo)
    topic_attributes.check("CreateTopic", given, fifo)
    tags = RULES.check(pairs_of(params.get("Tags")))
    arn = ctx.arn(params["Name"])
    old = find_topic(ctx.tx, arn)
    if old is not None:
        _check_same(ctx.tx, old, given, tags)
        return {"TopicArn": arn}
    doc = {"spec": given, "status": {"LastModified": ctx.now}, "private": {"topic": _new_id(), "deleted": 0}}
    ctx.tx.insert(
        Record(TOPIC.kind, ctx.scope, params["Name"], arn, "Active", doc, created=ctx.now, modified=ctx.now)
    )
    if tags:
        ctx.tx.tag(arn, tags)
    return {"TopicArn": arn}


def _new_id() -> str:
    return "n" + base64.b32encode(os.urandom(5)).decode().lower()


def _check_same(tx: Tx, old: Record, given: Mapping[str, str], tags: Mapping[str, str]) -> None:
    """Raise InvalidParameter (recorded: test_create_topic_different_attrs)."""
    if any(old.spec.get(name) != value for name, value in given.items()):
        raise invalid_attribute("Topic already exists with different attributes")
    if tags and tx.tags(old.arn) != tags:
        raise invalid("Tags Reason: Topic already exists with different tags")


@sns.operation(on=topic_target)
def get_topic_attributes(ctx: Context, params: Params) -> Params:
    """Return the attributes of a topic. Raise NotFound."""
    record = load_topic(ctx, params["TopicArn"])
    count = ctx.tx.count(SUBSCRIPTION.kind, record.scope, Query(where=[("parent", "=", record.arn)]))
    return {"Attributes": topic_attributes.shown(record.arn, record.spec, count, record.private["deleted"])}


@sns.operation(on=topic_target, accepts=Members("TopicArn AttributeName AttributeValue"))
def set_topic_attributes(ctx: Context, params: Params) -> Params:
    """Set one attribute; without a value it has its default again."""
    record = load_topic(ctx, params["TopicArn"])
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    if name == "FifoTopic":
        raise invalid("AttributeName")
    topic_attributes.check("SetTopicAttributes", {name: value}, record.spec.get("FifoTopic") == "true")
    ctx.tx.update(changed(ctx, record, {name: value or None}))
    return {}


def changed(ctx: Context, record: Record, spec: Mapping[str, str | None]) -> Record:
    return revise(record, spec=spec, observed={"LastModified": ctx.now}, modified=ctx.now)


@sns.operation(on=topic_target, accepts=Members("TopicArn"))
def delete_topic(ctx: Context, params: Params) -> Params:
    """Delete a topic and its subscriptions; one that is not there is no error (recorded: test_delete_topic_idempotency)."""
    parsed(ctx, params["TopicArn"])
    record = find_topic(ctx.tx, params["TopicArn"])
    if record is None:
        return {}
    while page := subscriptions_of(ctx.tx, record.arn, "", _PAGE):
        for one in page:
            ctx.tx.delete(one)
    ctx.tx.untag(record.arn, list(ctx.tx.tags(record.arn)))
    ctx.tx.delete(record)
    return {}


def subscriptions_of(tx: Tx, topic: str, after: str, most: int) -> list[Record]:
    """Return subscriptions of a topic by id, those after an id."""
    scope = "/".join((topic.split(":")[4], topic.split(":")[3]))
    query = Query(where=[("parent", "=", topic)], order="id", after=(after, after), limit=most)
    return tx.list(SUBSCRIPTION.kind, scope, query)


@sns.operation
def list_topics(ctx: Context, params: Params) -> Params:
    """Return a page of topics by name ("up to 100 topics")."""
    after = read_token(ctx, params["NextToken"])[0] if params.get("NextToken") else ""
    query = Query(order="id", after=(after, after), limit=_PAGE + 1)
    found = ctx.tx.list(TOPIC.kind, ctx.scope, query)
    more = {"NextToken": sign_token(ctx, [found[_PAGE - 1].id])} if len(found) > _PAGE else {}
    return {"Topics": [{"TopicArn": one.arn} for one in found[:_PAGE]], **more}


def _resource(ctx: Context, params: Params) -> list[str]:
    return [params["ResourceArn"]]


@sns.operation(on=_resource, accepts=Members("ResourceArn Tags"))
def tag_resource(ctx: Context, params: Params) -> Params:
    """Set tags of a topic."""
    record = load_topic(ctx, params["ResourceArn"])
    ctx.tx.tag(record.arn, RULES.check(pairs_of(params["Tags"]), ctx.tx.tags(record.arn)))
    return {}


@sns.operation(on=_resource, accepts=Members("ResourceArn TagKeys"))
def untag_resource(ctx: Context, params: Params) -> Params:
    """Remove tags of a topic; keys that it does not have are no error."""
    ctx.tx.untag(load_topic(ctx, params["ResourceArn"]).arn, params["TagKeys"])
    return {}


@sns.operation(on=_resource)
def list_tags_for_resource(ctx: Context, params: Params) -> Params:
    """Return the tags of a topic."""
    tags = ctx.tx.tags(load_topic(ctx, params["ResourceArn"]).arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
