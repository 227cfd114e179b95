"""SNS. Topics and subscriptions are named by their ARNs, which strangers may know."""

from __future__ import annotations

from collections.abc import Callable

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World


def topic(w: World) -> Params:
    """A new topic of the owner's, as the member that names it."""
    given = {"DisplayName": MARKER}
    tags = [{"Key": "note", "Value": MARKER}]
    return {
        "TopicArn": w.client("sns").create_topic(Name=w.fresh("t"), Attributes=given, Tags=tags)["TopicArn"]
    }


def the_topic(w: World) -> Params:
    return w.once("topic", topic)


def resource(w: World) -> Params:
    return {"ResourceArn": the_topic(w)["TopicArn"]}


def queue(w: World) -> Params:
    """What is subscribed: a queue of the owner's that need not be there."""
    account = the_topic(w)["TopicArn"].split(":")[4]
    return {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{account}:{MARKER}"}


def subscription(w: World) -> Params:
    """A new subscription of the owner's, as the member that names it."""
    return {"SubscriptionArn": w.client("sns").subscribe(**topic(w), **queue(w))["SubscriptionArn"]}


def labelled(w: World) -> Params:
    given = {**topic(w), "Label": "one"}
    w.client("sns").add_permission(**given, AWSAccountId=["000000000000"], ActionName=["Publish"])
    return given


def with_(make: Callable[[World], Params], **more: object) -> Callable[[World], Params]:
    return lambda w: {**make(w), **more}


_ADD = {"Label": "two", "AWSAccountId": ["000000000000"], "ActionName": ["Publish"]}
_RAW = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}

CASES = {
    "AddPermission": Case(with_(topic, **_ADD)),
    "CreateTopic": Case(lambda w: {"Name": w.fresh("t")}, Outcome.OWN),
    "DeleteTopic": Case(topic),
    "GetSubscriptionAttributes": Case(subscription),
    "GetTopicAttributes": Case(the_topic),
    "ListSubscriptions": Case(lambda w: {}, Outcome.OWN),
    "ListSubscriptionsByTopic": Case(the_topic),
    "ListTagsForResource": Case(resource),
    "ListTopics": Case(lambda w: {}, Outcome.OWN),
    "Publish": Case(with_(the_topic, Message="x")),
    "PublishBatch": Case(
        with_(the_topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}]), action="Publish"
    ),
    "RemovePermission": Case(labelled),
    "SetSubscriptionAttributes": Case(with_(subscription, **_RAW)),
    "SetTopicAttributes": Case(with_(topic, AttributeName="DisplayName", AttributeValue="x")),
    "Subscribe": Case(lambda w: {**topic(w), **queue(w)}),
    "TagResource": Case(with_(resource, Tags=[{"Key": "a", "Value": "b"}])),
    "Unsubscribe": Case(subscription),
    "UntagResource": Case(with_(resource, TagKeys=["note"])),
}
