"""Messages of a queue as the event of a function, and what its answer says of them
(https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson

Params = dict[str, Any]


def record_of(message: Params, arn: str, region: str) -> Params:
    """Return a message as an element of `Records`."""
    attributes = message.get("MessageAttributes") or {}
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(value: Params) -> Params:
    shown: Params = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        shown["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        shown["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return shown


def passes(record: Params, patterns: Sequence[Any]) -> bool:
    """Tell whether a record matches a filter; all do where there is none. A body that is JSON is matched as what it means."""
    if not patterns:
        return True
    document = {**record, "body": _meaning(record["body"])}
    return any(pattern.matches(document) for pattern in patterns)


def _meaning(body: str) -> Any:
    try:
        found = orjson.loads(body)
    except ValueError:
        return body
    return found if isinstance(found, dict | list) else body


def failures(payload: bytes, ids: Sequence[str]) -> set[str]:
    """Return which messages an answer of a function that reports them says have failed; all where it makes no sense."""
    everything = set(ids)
    try:
        said = orjson.loads(payload)
    except ValueError:
        return everything
    if said is None or said == {} or said == "":
        return set()
    listed = said.get("batchItemFailures", []) if isinstance(said, dict) else None
    if listed is None or listed == []:
        return set() if isinstance(said, dict) else everything
    if not isinstance(listed, list):
        return everything
    found = {one.get("itemIdentifier") if isinstance(one, dict) else None for one in listed}
    return {str(one) for one in found} if found <= everything else everything
