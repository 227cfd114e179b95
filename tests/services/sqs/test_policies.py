"""Queue policies. Source: "Basic examples of Amazon SQS policies", and "Cross-account permissions don't apply to this action" on the
pages of the API reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sqs.conftest import Make


@pytest.fixture
def stranger(platform: Any, client: Callable[..., Any]) -> Any:
    """The root user of another account."""
    from tests.security.matrix.callers import strangers

    made = {caller.name: caller for caller in strangers(platform, lambda *a, **k: client(a[0]))}
    found = next(caller for name, caller in made.items() if caller.key)
    return client("sqs", key=found.key, secret=found.secret, token=found.token)


def allow(sqs: Any, url: str, actions: str | list[str]) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions,
        "Resource": "arn:aws:sqs:us-east-1:111122223333:q",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def test_another_account(sqs: Any, make: Make, stranger: Any) -> None:
    url = make("q")
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.send_message(QueueUrl=url, MessageBody="x")
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.send_message(QueueUrl=url + "none", MessageBody="x")
    allow(sqs, url, "sqs:SendMessage")
    stranger.send_message(QueueUrl=url, MessageBody="x")
    stranger.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}])
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.receive_message(QueueUrl=url)
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 2


def test_what_a_policy_cannot_give(sqs: Any, make: Make, stranger: Any) -> None:
    url = make("q")
    allow(sqs, url, "sqs:*")
    assert stranger.get_queue_url(QueueName="q", QueueOwnerAWSAccountId="111122223333")["QueueUrl"] == url
    stranger.purge_queue(QueueUrl=url)
    for call in (
        lambda: stranger.delete_queue(QueueUrl=url),
        lambda: stranger.tag_queue(QueueUrl=url, Tags={"a": "b"}),
        lambda: stranger.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"}),
        lambda: stranger.list_queue_tags(QueueUrl=url),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
