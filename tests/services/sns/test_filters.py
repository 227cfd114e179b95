"""Filter policies. Source: "Amazon SNS subscription filter policies" (Developer Guide); recorded/sns/test_sns_filter_policy.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.services.sns.filter_policies import Wrong, matches_attributes, matches_body, parse
from tests.services.sns.conftest import Queue, error


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ("rugby", text("rugby"), text("football")),
        ({"prefix": "bas"}, text("baseball"), text("football")),
        ({"suffix": "ball"}, text("baseball"), text("rugby")),
        ({"equals-ignore-case": "Tennis"}, text("tENNIS"), text("tenni")),
        ({"anything-but": ["rugby", "tennis"]}, text("football"), text("rugby")),
        ({"anything-but": {"prefix": "order-"}}, text("data"), text("order-1")),
        ({"cidr": "10.0.0.0/24"}, text("10.0.0.255"), text("10.1.1.0")),
        ({"cidr": "2001:db8::/64"}, text("2001:db8::1"), text("fe80::1")),
        (100, number("100.0"), number("101")),
        ({"numeric": ["=", 3.015]}, number("3.015"), text("3.015")),
        ({"numeric": [">", 0, "<=", 150]}, number("1.5e2"), number("0")),
        ({"anything-but": [100, 500]}, number("101"), number("500")),
        ({"exists": True}, text("x"), None),
        ({"exists": False}, None, text("x")),
        ("queue1", {"DataType": "String.Array", "StringValue": '["queue0", "queue1"]'}, text('["queue1"]')),
        (True, {"DataType": "String.Array", "StringValue": "[true]"}, {"DataType": "String.Array", "StringValue": "[1]"}),
        ({"anything-but": "x"}, text("y"), None),
        # "because it contains a value that isn't": one of an array is enough (string value matching, Developer Guide)
        ({"anything-but": ["a", "b"]}, {"DataType": "String.Array", "StringValue": '["a", "c"]'}, {"DataType": "String.Array", "StringValue": '["a", "b"]'}),
        ({"exists": True}, {"DataType": "Binary", "BinaryValue": b"x"}, None),
    ],
)  # fmt: skip
def test_attributes(condition: Any, yes: Any, no: Any) -> None:
    policy = parse(json.dumps({"key": [condition]}), body=False)
    for attribute, expected in ((yes, True), (no, False)):
        given = {} if attribute is None else {"key": attribute}
        assert matches_attributes(policy, given) is expected


def test_all_keys_and_any_value() -> None:
    policy = parse('{"a": ["1", "2"], "b": ["3"]}', body=False)
    assert matches_attributes(policy, {"a": text("2"), "b": text("3"), "c": text("4")})
    assert not matches_attributes(policy, {"a": text("2")})


@pytest.mark.parametrize(
    ("policy", "yes", "no"),
    [
        ({"object": {"nested": {"test": ["string.value"]}}}, {"object": {"nested": {"test": "string.value"}}}, {"object": {"nested": {}}}),
        ({"headers": {"route-to": ["queue1"]}}, {"headers": {"route-to": ["queue0", "queue1"]}}, {"headers": {"route-to": ["queue0"]}}),
        ({"a": {"b": ["x"]}}, {"a": [{"b": "y"}, {"b": "x"}]}, {"a": [{"b": "y"}]}),
        ({"a": [None]}, {"a": None}, {"a": "null"}),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, {"a": "y"}),
        ({"s": ["z"], "$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"s": "z", "a": "x"}, {"a": "x"}),
        ({"a": {"b": [{"exists": False}]}}, {"c": 1}, {"a": {"b": 1}}),
    ],
)  # fmt: skip
def test_bodies(policy: Any, yes: Any, no: Any) -> None:
    """Recorded: test_filter_policy_on_message_body_dot_attribute, test_filter_policy_on_message_body_array_attributes."""
    checked = parse(json.dumps(policy), body=True)
    assert matches_body(checked, json.dumps(yes))
    assert not matches_body(checked, json.dumps(no))
    assert not matches_body(checked, "no JSON")


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('{"key": [["value"]]}', "Match value must be String, number, true, false, or null"),
        ('{"key": [{"wrong-operator": true}]}', "Unrecognized match type wrong-operator"),
        ('{"key": [{"suffix": "value", "prefix": "value2"}]}', "Only one key allowed in match expression"),
        ('{"key": [{"cidr": "bad-filter"}]}', "Malformed CIDR, one '/' required"),
        ('{"key": [{"cidr": "bad-filter/64"}]}', "Nonstandard IP address: bad-filter"),
        ('{"key": [{"cidr": "10.0.0.0/bad-filter"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"key": [{"cidr": ["bad-filter"]}]}', "prefix match pattern must be a string"),
        ('{"key": []}', "Empty arrays are not allowed"),
        ('{"key": [{"suffix": 100}]}', "suffix match pattern must be a string"),
        ('{"key": {"suffix": "value"}}', '"suffix" must be an object or an array'),
        ('{"key_a": "value_one"}', '"key_a" must be an object or an array'),
        ('{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}', "Filter policy can not have more than 5 keys"),
        (json.dumps({"a": list(range(151))}), "Filter policy is too complex"),
        (json.dumps({"a": {"b": {"c": list(range(10))}}, "d": list(range(6))}), "Filter policy is too complex"),
        ("invalid", "failed to parse JSON."),
        ("[" * 100_000, "failed to parse JSON."),
        ('{"key": [{"wildcard": "a*"}]}', "Unrecognized match type wildcard"),
        ('{"key": [{"anything-but": {"wildcard": "a*"}}]}', "Unsupported anything-but pattern: wildcard"),
        ('{"key": [{"numeric": ["<", 1e10]}]}', "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ('{"key": [1e10]}', "Value must be between -1.0E9 and 1.0E9, inclusive"),
    ],
)  # fmt: skip
def test_policies_that_cannot_be(policy: str, said: str) -> None:
    """Recorded: test_validate_policy, test_validate_policy_string_operators, test_policy_complexity."""
    with pytest.raises(Wrong) as caught:
        parse(policy, body=True)
    assert str(caught.value).partition("\n at [Source: ")[0] == said


def test_a_subscription_with_a_filter(
    sns: Any, queue: Callable[..., Queue], received: Callable[[Queue], list[dict[str, Any]]]
) -> None:
    """Recorded: test_subscribe_sqs_queue, test_set_subscription_filter_policy_scope."""
    topic = sns.create_topic(Name="t")["TopicArn"]
    one = queue()
    policy = '{"attr1": [{"numeric": [">", 0, "<=", 100]}]}'
    asked = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": one.arn}
    given = {"FilterPolicy": policy, "RawMessageDelivery": "true"}
    arn = sns.subscribe(**asked, Attributes=given)["SubscriptionArn"]
    for message, value in (("yes", "99.12"), ("no", "101")):
        sns.publish(TopicArn=topic, Message=message, MessageAttributes={"attr1": number(value)})
    assert [got["Body"] for got in received(one)] == ["yes"]
    said = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (said["FilterPolicy"], said["FilterPolicyScope"]) == (policy, "MessageAttributes")

    def set_(name: str, value: str) -> None:
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    set_("FilterPolicyScope", "MessageBody")
    set_("FilterPolicy", '{"a": {"b": ["c"]}}')
    for message in ('{"a": {"b": "c"}}', '{"a": {"b": "d"}}'):
        sns.publish(TopicArn=topic, Message=message)
    assert [got["Body"] for got in received(one)] == ['{"a": {"b": "c"}}']
    set_("FilterPolicy", "{}")
    assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    bad = {"SubscriptionArn": arn, "AttributeName": "FilterPolicyScope", "AttributeValue": "RandomValue"}
    assert error(sns.set_subscription_attributes, **bad)[1] == (
        "Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or"
        " MessageAttributes"
    )
    bad = {
        "SubscriptionArn": arn,
        "AttributeName": "FilterPolicy",
        "AttributeValue": '{"key_a": "value_one"}',
    }
    assert error(sns.set_subscription_attributes, **bad)[1] == (
        'Invalid parameter: FilterPolicy: "key_a" must be an object or an array\n at [Source: (String)"{"key_a": "value_one"}";'
        " line: 1, column: 12]"
    )
