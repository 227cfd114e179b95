"""Batches. Recorded: test_send_message_batch_with_oversized_contents, test_send_batch_message_size, test_invalid_batch_id,
test_delete_message_batch_with_too_large_batch."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sqs.conftest import Make, error


def entries(*bodies: str) -> list[dict[str, Any]]:
    return [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]


def test_ten_messages_are_sent_hidden_and_deleted(sqs: Any, make: Make) -> None:
    url = make("q")
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries(*"abcdefghij"))
    assert [one["Id"] for one in sent["Successful"]] == list("0123456789")
    assert "Failed" not in sent
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(one["MessageId"] for one in got) == sorted(one["MessageId"] for one in sent["Successful"])
    handles = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(got)]
    bad = {"Id": "bad", "ReceiptHandle": "x"}
    hidden = [{**one, "VisibilityTimeout": 60} for one in [*handles[:3], bad]]
    said = sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)
    assert [one["Id"] for one in said["Successful"]] == ["0", "1", "2"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in said["Failed"]] == [
        ("bad", "ReceiptHandleIsInvalid", True)
    ]
    said = sqs.delete_message_batch(QueueUrl=url, Entries=[*handles[:9], bad])
    assert len(said["Successful"]) == 9
    assert [one["Id"] for one in said["Failed"]] == ["bad"]


def test_what_is_too_long_for_a_queue_fails_alone(sqs: Any, make: Make) -> None:
    url = make("q", MaximumMessageSize="1024")
    said = sqs.send_message_batch(QueueUrl=url, Entries=entries("a" * 1025, "a" * 1024))
    assert [one["Id"] for one in said["Successful"]] == ["1"]
    assert said["Failed"] == [
        {
            "Id": "0",
            "Code": "InvalidParameterValue",
            "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
            "SenderFault": True,
        }
    ]


def test_a_batch_that_is_too_long(sqs: Any, make: Make) -> None:
    half = "a" * (1 << 19)
    said = error(sqs.send_message_batch, QueueUrl=make("q"), Entries=entries(half, half + "b"))
    assert (said["Code"], said["QueryErrorCode"], said["Message"]) == (
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    )


@pytest.mark.parametrize(
    "operation", ["send_message_batch", "delete_message_batch", "change_message_visibility_batch"]
)
@pytest.mark.parametrize(
    ("ids", "code", "message"),
    [
        ([], "EmptyBatchRequest", "There should be at least one"),
        (range(20), "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 20."),
        (["invalid:id"], "InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters"),
        ([""], "InvalidBatchEntryId", "A batch entry id can only contain"),
        (["x" * 81], "InvalidBatchEntryId", "It can be at most 80 letters long."),
        (["a", "a"], "BatchEntryIdsNotDistinct", "Id a repeated."),
    ],
)  # fmt: skip
def test_batches_that_cannot_be(
    sqs: Any, make: Make, operation: str, ids: Any, code: str, message: str
) -> None:
    more = {"send_message_batch": {"MessageBody": "x"}}.get(operation, {"ReceiptHandle": "x"})
    if operation.startswith("change"):
        more = {**more, "VisibilityTimeout": 1}
    with pytest.raises(ClientError, match=message) as caught:
        getattr(sqs, operation)(QueueUrl=make("q"), Entries=[{"Id": str(id), **more} for id in ids])
    assert caught.value.response["Error"]["Code"] == f"AWS.SimpleQueueService.{code}"
