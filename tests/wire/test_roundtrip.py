"""Real operations of each protocol there and back, through botocore's own serializer and parser."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.wire import Operation, Router, load
from clary.wire.exchange import Codec
from tests.support.routers import match
from tests.wire.shapes import comparable, plain, read_back, sent, signed_for, structure, value

SERVICES = (
    "sagemaker",
    "sagemaker-runtime",
    "sagemaker-featurestore-runtime",
    "sagemaker-metrics",
    "s3",
    "s3control",
    "iam",
    "sts",
    "sns",
    "sqs",
    "logs",
    "cloudwatch",
    "lambda",
    "ec2",
    "dynamodb",
    "kinesis",
    "events",
    "bedrock",
    "bedrock-runtime",
)
# Of two operations at one place the request cannot tell which was meant: the newer one is taken.
SHADOWED = {
    "GetBucketLifecycle",
    "PutBucketLifecycle",
    "GetBucketNotification",
    "PutBucketNotification",
    "ListDirectoryBuckets",
}
ROUTER = Router([load(name) for name in SERVICES])
CODECS = [
    (operation, protocol)
    for name in SERVICES
    for operation in load(name).operations.values()
    if operation.name not in SHADOWED
    for protocol in operation.service.protocols
    # botocore has forgotten the names of Query: tests/services/sqs/test_query_protocol.py
    if (name, protocol) != ("sqs", "query")
    # CreateBucket of S3 on Outposts names no account: nothing tells it from a request of S3.
    if (name, operation.name) != ("s3control", "CreateBucket")
]


def streams_events(operation: Operation) -> bool:
    return any(m.serialization.get("eventstream") for m in operation.input_members.values())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CODECS), st.integers(0, 2**32))
def test_a_serialised_request_parses_to_what_was_serialised(chosen: tuple[Operation, str], seed: int) -> None:
    operation, protocol = chosen
    if operation.input is None or streams_events(operation):
        return
    params = structure(operation.input, Random(seed), 0)
    request = sent(operation, protocol, params)
    exchange = match(ROUTER, request, signed_for(request))
    assert (exchange.operation, exchange.protocol) == (operation, protocol)
    assert comparable(operation.input, exchange.parse(request)) == comparable(operation.input, params)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CODECS), st.integers(0, 2**32))
def test_a_rendered_result_is_read_back(chosen: tuple[Operation, str], seed: int) -> None:
    operation, protocol = chosen
    if operation.output is None or operation.event_stream_out or operation.name == "GetBucketLocation":
        return  # GetBucketLocation's answer is the text of its root: test_rest.py
    result = structure(operation.output, Random(seed), 0)
    response = Codec(operation, protocol).render(result, "request-id")
    read = plain(operation.output, read_back(operation, protocol, 200, response.headers, response.body))
    expected = plain(operation.output, result)
    for name, member in operation.output_members.items():
        if member.serialization.get("location") == "statusCode" or name not in expected:
            read.pop(name, None)  # a status always is, and so is a payload's content type
            expected.pop(name, None)
    assert read == expected


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_checks_and_trims(service: str) -> None:
    random = Random(7)
    for operation in load(service).operations.values():
        if operation.output is not None and not operation.event_stream_out:
            result = value(operation.output, random)
            assert operation.trim({**result, "NoSuchMember": 1, "Nothing": None}) == operation.trim(result)
        assert callable(operation.check)
