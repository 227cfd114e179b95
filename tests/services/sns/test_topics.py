"""Topics. Recorded: recorded/sns/test_sns.json, the tests that each one names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.sns.conftest import Queue, error

ARN = "arn:aws:sns:us-east-1:111122223333:t"


def test_the_life_of_a_topic(sns: Any) -> None:
    """Recorded: test_create_topic_test_arn, test_delete_topic_idempotency."""
    assert sns.create_topic(Name="t")["TopicArn"] == ARN == sns.create_topic(Name="t")["TopicArn"]
    assert sns.list_topics()["Topics"] == [{"TopicArn": ARN}]
    said = sns.get_topic_attributes(TopicArn=ARN)["Attributes"]
    assert json.loads(said.pop("Policy"))["Statement"][0]["Condition"] == {
        "StringEquals": {"AWS:SourceOwner": "111122223333"}
    }
    retries = json.loads(said.pop("EffectiveDeliveryPolicy"))["http"]["defaultHealthyRetryPolicy"]
    assert retries["numRetries"] == 3
    assert said == {
        "TopicArn": ARN,
        "Owner": "111122223333",
        "DisplayName": "",
        "SubscriptionsPending": "0",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsDeleted": "0",
    }
    sns.delete_topic(TopicArn=ARN)
    sns.delete_topic(TopicArn=ARN)
    assert sns.list_topics()["Topics"] == []
    assert error(sns.get_topic_attributes, TopicArn=ARN) == ("NotFound", "Topic does not exist")


def test_attributes(sns: Any) -> None:
    """Recorded: test_create_topic_different_attrs."""
    sns.create_topic(Name="t", Attributes={"DisplayName": "one"})
    for given in ({"DisplayName": "two"}, {"SignatureVersion": "2"}):
        assert error(sns.create_topic, Name="t", Attributes=given) == (
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
        )
    sns.set_topic_attributes(TopicArn=ARN, AttributeName="DisplayName", AttributeValue="two")
    assert sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["DisplayName"] == "two"
    sns.set_topic_attributes(TopicArn=ARN, AttributeName="DisplayName")
    assert sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["DisplayName"] == ""
    for name, value in (
        ("SignatureVersion", "3"),
        ("Colour", "blue"),
        ("Policy", "{}"),
        ("FifoTopic", "true"),
    ):
        code, _ = error(sns.set_topic_attributes, TopicArn=ARN, AttributeName=name, AttributeValue=value)
        assert code == "InvalidParameter"


@pytest.mark.parametrize(
    "name", ["KmsMasterKeyId", "ArchivePolicy", "DeliveryPolicy", "SQSSuccessFeedbackRoleArn"]
)
def test_what_is_not_there_is_refused_by_name(sns: Any, name: str) -> None:
    code, message = error(sns.create_topic, Name="t", Attributes={name: "x"})
    assert (code, name in message) == ("NotImplemented", True)
    assert sns.list_topics()["Topics"] == []


@pytest.mark.parametrize(
    ("name", "given"),
    [("", {}), ("a b", {}), ("a.fifo", {}), ("a", {"FifoTopic": "true"}), ("x" * 257, {}), ("a.b", {})],
)
def test_names_that_cannot_be(sns: Any, name: str, given: dict[str, str]) -> None:
    """Recorded: test_create_topic_name_constraints."""
    assert error(sns.create_topic, Name=name, Attributes=given) == (
        "InvalidParameter", "Invalid parameter: Topic Name",
    )  # fmt: skip


def test_tags(sns: Any) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    sns.create_topic(Name="t", Tags=tags)
    assert error(sns.create_topic, Name="t", Tags=[{"Key": "a", "Value": "c"}])[0] == "InvalidParameter"
    assert sns.list_tags_for_resource(ResourceArn=ARN)["Tags"] == tags
    sns.tag_resource(ResourceArn=ARN, Tags=[{"Key": "c", "Value": "d"}])
    sns.untag_resource(ResourceArn=ARN, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=ARN)["Tags"] == [{"Key": "c", "Value": "d"}]


def test_permissions(sns: Any) -> None:
    """Recorded: test_add_permission_errors, test_topic_remove_permission."""
    sns.create_topic(Name="t")
    given: dict[str, Any] = {"TopicArn": ARN, "Label": "one", "AWSAccountId": ["444455556666"]}
    sns.add_permission(**given, ActionName=["Publish"])
    statement = json.loads(sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["Policy"])["Statement"][1]
    assert statement == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "SNS:Publish",
        "Resource": ARN,
    }
    assert (
        error(sns.add_permission, **given, ActionName=["Publish"])[1]
        == "Invalid parameter: Statement already exists"
    )
    assert error(sns.add_permission, **{**given, "Label": "x"}, ActionName=["Invalid"])[1] == (
        "Invalid parameter: Policy statement action out of service scope!"
    )
    sns.remove_permission(TopicArn=ARN, Label="one")
    assert len(json.loads(sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["Policy"])["Statement"]) == 1


def test_subscriptions(sns: Any, queue: Callable[..., Queue]) -> None:
    """Recorded: test_subscribe_idempotency, test_not_found_error_on_set_subscription_attributes."""
    sns.create_topic(Name="t")
    one = queue()
    asked = {"TopicArn": ARN, "Protocol": "sqs", "Endpoint": one.arn}
    arn = sns.subscribe(**asked, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    assert arn.startswith(f"{ARN}:")
    assert sns.subscribe(**asked)["SubscriptionArn"] == arn
    assert error(sns.subscribe, **asked, Attributes={"RawMessageDelivery": "false"})[1] == (
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"] == {
        "ConfirmationWasAuthenticated": "true",
        "Endpoint": one.arn,
        "Owner": "111122223333",
        "PendingConfirmation": "false",
        "Protocol": "sqs",
        "RawMessageDelivery": "true",
        "SubscriptionArn": arn,
        "SubscriptionPrincipal": "arn:aws:iam::111122223333:root",
        "TopicArn": ARN,
    }
    listed = [
        {
            "SubscriptionArn": arn,
            "Owner": "111122223333",
            "Protocol": "sqs",
            "Endpoint": one.arn,
            "TopicArn": ARN,
        }
    ]
    assert sns.list_subscriptions()["Subscriptions"] == listed
    assert sns.list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"] == listed
    assert sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["SubscriptionsConfirmed"] == "1"
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert sns.get_topic_attributes(TopicArn=ARN)["Attributes"]["SubscriptionsDeleted"] == "1"
    given = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    assert error(sns.set_subscription_attributes, SubscriptionArn=arn, **given) == (
        "NotFound", "Subscription does not exist",
    )  # fmt: skip


def test_arns_that_cannot_be(sns: Any) -> None:
    """Recorded: test_unsubscribe_wrong_arn_format, test_subscribe_sqs_queue_url."""
    for arn, said in (
        ("x", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:111122223333",
            "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5",
        ),
        (ARN, "SubscriptionId"),
    ):
        assert error(sns.unsubscribe, SubscriptionArn=arn)[1] == f"Invalid parameter: {said}"
    sns.create_topic(Name="t")
    asked = {"TopicArn": ARN, "Protocol": "sqs", "Endpoint": "http://127.0.0.1:4566/111122223333/q"}
    assert error(sns.subscribe, **asked)[1] == "Invalid parameter: SQS endpoint ARN"
    assert error(sns.subscribe, **{**asked, "Protocol": "pigeon"})[0] == "InvalidParameter"
    code, message = error(sns.subscribe, **{**asked, "Protocol": "https"})
    assert (code, "the protocol https" in message) == ("NotImplemented", True)


def test_a_deleted_topic_has_no_subscriptions(sns: Any, queue: Callable[..., Queue]) -> None:
    sns.create_topic(Name="t")
    sns.subscribe(TopicArn=ARN, Protocol="sqs", Endpoint=queue().arn)
    sns.delete_topic(TopicArn=ARN)
    sns.create_topic(Name="t")
    assert sns.list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"] == []
