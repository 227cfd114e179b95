"""Streams of events: frames as botocore reads them, errors as the last frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel import AwsError
from clary.wire import eventstream, load
from clary.wire.exchange import Codec

VALUES = st.one_of(
    st.text(max_size=50), st.booleans(), st.binary(max_size=50), st.integers(-(2**63), 2**63 - 1)
)


@given(st.dictionaries(st.text(min_size=1, max_size=20), VALUES, max_size=5), st.binary(max_size=200))
def test_a_frame_is_read_back(headers: dict[str, Any], payload: bytes) -> None:
    data = eventstream.encode(headers, payload)
    decoded = eventstream.decode(data + b"more")
    assert decoded is not None
    frame, length = decoded
    assert (dict(frame.headers), frame.payload, length) == (headers, payload, len(data))


def test_botocore_reads_every_type_of_header() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(
        eventstream.encode({"a": True, "b": 5, "c": 2**40, "d": b"x", "e": "é", "f": 1.5}, b"payload")
    )
    (event,) = list(buffer)
    assert event.headers == {"a": True, "b": 5, "c": 2**40, "d": b"x", "e": "é", "f": 1500}
    assert event.payload == b"payload"


def test_ids_among_the_headers() -> None:
    one = uuid4()
    decoded = eventstream.decode(eventstream.encode({"id": one}))
    assert decoded is not None
    assert decoded[0].headers["id"] == one


def test_a_frame_that_is_not_all_there_is_waited_for() -> None:
    data = eventstream.encode({"a": "b"}, b"payload")
    assert all(eventstream.decode(data[:size]) is None for size in range(len(data)))


@pytest.mark.parametrize("at", [0, 5, 9, 13, -8, -1])
def test_a_broken_frame_is_refused(at: int) -> None:
    data = bytearray(eventstream.encode({"name": "value"}, b"payload"))
    data[at] ^= 0xFF
    with pytest.raises(eventstream.BadFrame):
        eventstream.decode(bytes(data))


# ------------------------------------------------------------------------------------------------------ rendered


def frames(service: str, operation: str, result: dict[str, Any]) -> list[Any]:
    model = load(service)
    response = Codec(model.operations[operation], model.protocols[0]).render(result, "request-id")
    assert dict(response.headers)["content-type"] == "application/vnd.amazon.eventstream"
    buffer = EventStreamBuffer()
    buffer.add_data(asyncio.run(gathered(response.body)))
    return list(buffer)


async def gathered(body: Any) -> bytes:
    return b"".join([part async for part in body])


async def parts(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        if isinstance(item, Exception):
            raise item
        yield item


def test_a_response_stream() -> None:
    # clients.md 2.4: PayloadPart with :event-type, :content-type, :message-type and a binary payload
    body = parts({"PayloadPart": {"Bytes": b"one"}}, {"PayloadPart": {"Bytes": b"two"}})
    found = frames(
        "sagemaker-runtime", "InvokeEndpointWithResponseStream", {"Body": body, "ContentType": "text/plain"}
    )
    assert [event.payload for event in found] == [b"one", b"two"]
    assert found[0].headers == {
        ":message-type": "event",
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
    }


def test_the_content_type_of_the_body_is_a_header_of_its_own() -> None:
    operation = load("sagemaker-runtime").operations["InvokeEndpointWithResponseStream"]
    response = Codec(operation, "rest-json").render({"Body": [], "ContentType": "text/plain"}, "r")
    assert dict(response.headers)["x-amzn-sagemaker-content-type"] == "text/plain"


def test_a_modelled_error_is_an_exception_of_the_stream() -> None:
    error = AwsError("ModelStreamError", "boom", members={"ErrorCode": "ModelInvocationTimeExceeded"})
    body = parts({"PayloadPart": {"Bytes": b"one"}}, error)
    *_, last = frames("sagemaker-runtime", "InvokeEndpointWithResponseStream", {"Body": body})
    assert last.headers[":message-type"] == "exception"
    assert last.headers[":exception-type"] == "ModelStreamError"
    assert last.payload == b'{"Message":"boom","ErrorCode":"ModelInvocationTimeExceeded"}'


def test_any_other_error_is_an_error_of_the_stream() -> None:
    body = parts(AwsError("Nobody", "knows"))
    (last,) = frames("sagemaker-runtime", "InvokeEndpointWithResponseStream", {"Body": body})
    assert last.headers == {":message-type": "error", ":error-code": "Nobody", ":error-message": "knows"}


def test_an_rpc_stream_says_its_other_members_first() -> None:
    events = [
        {"SubscribeToShardEvent": {"Records": [], "ContinuationSequenceNumber": "1", "MillisBehindLatest": 0}}
    ]
    first, second = frames("kinesis", "SubscribeToShard", {"EventStream": events})
    assert first.headers[":event-type"] == "initial-response"
    assert first.payload == b"{}"
    assert second.payload == b'{"Records":[],"ContinuationSequenceNumber":"1","MillisBehindLatest":0}'


def test_xml_events() -> None:
    stats = {"Stats": {"Details": {"BytesScanned": 1, "BytesReturned": 2}}}
    found = frames(
        "s3", "SelectObjectContent", {"Payload": [{"Records": {"Payload": b"a,b"}}, stats, {"End": {}}]}
    )
    assert [event.headers[":event-type"] for event in found] == ["Records", "Stats", "End"]
    assert found[1].headers[":content-type"] == "text/xml"
    assert b"<BytesScanned>1</BytesScanned>" in found[1].payload
    assert found[2].payload == b""
