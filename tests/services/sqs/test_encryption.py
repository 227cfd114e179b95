"""Bodies are encrypted where the attributes say so. Source: "Encryption at rest in Amazon SQS" (Developer Guide); recorded:
test_sse_queue_attributes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.home import Home
from tests.services.sqs.conftest import Make, attributes, error

SECRET = "a secret of hush-4711"
Bodies = Callable[..., list[str]]


def stored(platform: Platform) -> bytes:
    """All bytes of the files that messages are in."""
    return b"".join(path.read_bytes() for path in Home.at(platform.settings.home).path.glob("*.db*"))


def test_by_default_with_a_key_of_the_service(
    sqs: Any, make: Make, bodies: Bodies, platform: Platform
) -> None:
    url = make("q")
    for body in ("", "x" * 70_000, "y" * (64 << 10)):
        sqs.send_message(QueueUrl=url, MessageBody=SECRET + body)
    assert attributes(sqs, url)["SqsManagedSseEnabled"] == "true"
    assert SECRET.encode() not in stored(platform)
    assert sorted(map(len, bodies(url))) == sorted(len(SECRET) + length for length in (0, 70_000, 64 << 10))


def test_without_encryption_and_afterwards_with(
    sqs: Any, make: Make, bodies: Bodies, platform: Platform
) -> None:
    url = make("q", SqsManagedSseEnabled="false")
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    assert SECRET.encode() in stored(platform)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    sqs.send_message(QueueUrl=url, MessageBody="other")
    assert sorted(bodies(url)) == sorted([SECRET, "other"])


@pytest.fixture
def key(client: Callable[..., Any]) -> str:
    return client("kms").create_key()["KeyMetadata"]["Arn"]


def test_with_a_key_of_kms(
    sqs: Any, make: Make, bodies: Bodies, platform: Platform, key: str, client: Any
) -> None:
    url = make("q", KmsMasterKeyId=key)
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    assert attributes(sqs, url)["SqsManagedSseEnabled"] == "false"
    assert attributes(sqs, url)["KmsDataKeyReusePeriodSeconds"] == "300"
    assert SECRET.encode() not in stored(platform)
    assert bodies(url) == [SECRET]


def test_the_managed_key(sqs: Any, make: Make, bodies: Bodies, client: Any) -> None:
    url = make("q", KmsMasterKeyId="alias/aws/sqs")
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    assert bodies(url) == [SECRET]
    assert client("kms").describe_key(KeyId="alias/aws/sqs")["KeyMetadata"]["KeyManager"] == "AWS"


def test_a_data_key_is_used_for_its_period(
    sqs: Any, make: Make, bodies: Bodies, key: str, client: Any, clock: FakeClock
) -> None:
    """KmsDataKeyReusePeriodSeconds: "the length of time … before calling AWS KMS again"."""
    url = make("q", KmsMasterKeyId=key, KmsDataKeyReusePeriodSeconds="60", VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="first")
    assert bodies(url) == ["first"]
    client("kms").disable_key(KeyId=key)
    sqs.send_message(QueueUrl=url, MessageBody="second")
    clock.advance(61)
    said = error(sqs.send_message, QueueUrl=url, MessageBody="third")
    assert said["Code"] == "KmsDisabled"
    assert error(sqs.receive_message, QueueUrl=url)["Code"] == "KmsDisabled"
    client("kms").enable_key(KeyId=key)
    assert sorted(bodies(url)) == ["first", "second"]


def test_who_may_not_use_the_key(sqs: Any, make: Make, key: str, client: Any, clock: FakeClock) -> None:
    url = make("q", KmsMasterKeyId=key)
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    iam = client("iam")
    iam.create_user(UserName="u")
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
    made = iam.create_access_key(UserName="u")["AccessKey"]
    other = client("sqs", key=made["AccessKeyId"], secret=made["SecretAccessKey"])
    for call in (
        lambda: other.send_message(QueueUrl=url, MessageBody="x"),
        lambda: other.receive_message(QueueUrl=url),
    ):
        with pytest.raises(ClientError, match="KmsAccessDenied"):
            call()
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == SECRET


def test_a_key_that_is_not_there(sqs: Any, make: Make) -> None:
    url = make("q", KmsMasterKeyId="12345678-1234-1234-1234-123456789012")
    assert error(sqs.send_message, QueueUrl=url, MessageBody="x")["Code"] == "KmsNotFound"
    both = {"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"}
    assert error(sqs.set_queue_attributes, QueueUrl=url, Attributes=both)["Code"] == "InvalidAttributeName"


def test_a_dead_letter_is_opened_by_what_it_was_sent_with(
    sqs: Any, make: Make, bodies: Bodies, key: str, arn: Callable[[str], str], platform: Platform
) -> None:
    dead = make("dead")
    policy = json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})
    url = make("q", KmsMasterKeyId=key, RedrivePolicy=policy, VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody=SECRET)
    assert (bodies(url), bodies(url)) == ([SECRET], [])
    platform.extras.pop("sqs:data-keys")
    assert bodies(dead) == [SECRET]
