"""What goes on beside the requests: deleted queues, retention, purges, metrics ("Available CloudWatch metrics for Amazon SQS")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform, revise
from clary.services.sqs import sweep
from clary.services.sqs.names import QUEUE
from tests.inprocess import Loop
from tests.services.sqs.conftest import Make


def ids(platform: Platform) -> list[str]:
    with platform.store.read() as tx:
        return [record.private["queue"] for record in tx.list(QUEUE.kind, None)]


def held(platform: Platform, queue: str) -> int:
    with platform.records.read() as tx:
        return sum(tx.counts(queue, 0))


def test_messages_of_a_deleted_queue_go(
    sqs: Any, make: Make, platform: Platform, loop: Loop, move: Callable[[float], None]
) -> None:
    url = make("q")
    (queue,) = ids(platform)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=url)
    loop.run(sweep.sweep_once(platform))
    assert held(platform, queue) == 1, "the minute in which messages may still arrive"
    move(61)
    loop.run(sweep.sweep_once(platform))
    assert held(platform, queue) == 0
    with platform.records.read() as tx:
        assert tx.last(queue) == 0
    with platform.store.read() as tx:
        assert tx.sql("select count(*) from sqs_deleted_queue") == [(0,)]


def test_old_messages_and_unfinished_purges(
    sqs: Any, make: Make, platform: Platform, loop: Loop, move: Callable[[float], None]
) -> None:
    url = make("q", MessageRetentionPeriod="60")
    (queue,) = ids(platform)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    move(61)
    loop.run(sweep.sweep_once(platform))
    assert held(platform, queue) == 0
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    with platform.store.write() as tx:
        (record,) = tx.list(QUEUE.kind, None)
        tx.update(revise(record, private={"purging": 2}))
    loop.run(sweep.sweep_once(platform))
    assert held(platform, queue) == 1
    with platform.store.read() as tx:
        (record,) = tx.list(QUEUE.kind, None)
    assert "purging" not in record.private


def test_metrics(
    sqs: Any, make: Make, platform: Platform, loop: Loop, client: Callable[..., Any], clock: FakeClock
) -> None:
    url = make("q")
    sqs.send_message(QueueUrl=url, MessageBody="12345")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": id, "MessageBody": "x"} for id in "abc"])
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    clock.advance(20)
    loop.run(sweep.flush(platform))
    loop.run(sweep.sweep_once(platform))

    def found(metric: str) -> tuple[float, float]:
        said = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SQS", MetricName=metric, Dimensions=[{"Name": "QueueName", "Value": "q"}],
            StartTime=clock.now() - 3600, EndTime=clock.now() + 60, Period=3600, Statistics=["Sum", "SampleCount"],
        )  # fmt: skip
        points = said["Datapoints"]
        return sum(one["Sum"] for one in points), sum(one["SampleCount"] for one in points)

    assert found("NumberOfMessagesSent") == (4, 2)
    assert found("SentMessageSize") == (8, 4)
    assert found("NumberOfMessagesReceived") == (1, 1)
    assert found("NumberOfMessagesDeleted") == (1, 1)
    assert found("ApproximateNumberOfMessagesVisible") == (3, 1)
    assert found("ApproximateAgeOfOldestMessage") == (20, 1)
