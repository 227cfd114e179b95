"""CBOR that cannot be read, and the corners of what can."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.parsing import parsed, put_metric_data, signed


def cbor_request(body: bytes) -> Request:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    return Request("POST", path, "", signed("monitoring", smithy_protocol="rpc-v2-cbor"), body)


def test_cbor() -> None:
    moment = cbor2.CBORTag(1, 1_700_000_000.5)
    body = cbor2.dumps(
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Timestamp": moment, "Value": 1.5}]}
    )
    assert parsed(cbor_request(body))["MetricData"] == [
        {"MetricName": "m", "Timestamp": 1_700_000_000.5, "Value": 1.5}
    ]


@pytest.mark.parametrize(
    "tagged",
    [
        cbor2.CBORTag(0, "2026-01-01T00:00:00Z"),
        cbor2.CBORTag(4, [-2, 5]),
        cbor2.CBORTag(30, [1, 3]),
        cbor2.CBORTag(35, "(a+)+b"),
        cbor2.CBORTag(36, "a: b"),
        cbor2.CBORTag(37, b"0123456789abcdef"),
        cbor2.CBORTag(258, [1]),
    ],
)
def test_cbor_that_the_protocol_does_not_use_is_refused(tagged: cbor2.CBORTag) -> None:
    # https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html: timestamps have tag 1, integers 2 and 3
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(cbor2.dumps({"Namespace": "n", "Unknown": tagged})))
    assert caught.value.code == "SerializationException"


def test_cbor_maps_have_text_for_keys() -> None:
    colliding = {number * (2**61 - 1): 0 for number in range(1, 1000)}  # all of one hash
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(cbor2.dumps({"Unknown": colliding})))
    assert caught.value.code == "SerializationException"


def test_cbor_that_is_too_large_is_refused() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(cbor_request(b"\x9a" + (3 << 20).to_bytes(4, "big") + b"\xa0" * (3 << 20)))
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLarge", 413)


@pytest.mark.parametrize(
    "body", [b"\xff", b"\xa1", b"\x9f" * 100_000, cbor2.dumps({"Namespace": 5}), cbor2.dumps([])]
)
def test_cbor_that_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        parsed(cbor_request(body))


@pytest.mark.parametrize("number", [2**70, -(2**70)], ids=["large", "small"])
def test_a_large_integer_is_a_float_where_a_float_is_wanted(number: int) -> None:
    """Smithy's Double: nothing beyond the protocol's parser has to do with integers of any size."""
    body = cbor2.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": number}]})
    value = parsed(cbor_request(body))["MetricData"][0]["Value"]
    assert (type(value), value) == (float, float(number))


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("Value", 10**400, "NUMBER_VALUE cannot be converted to Double"),
        ("Timestamp", 10**30, "NUMBER_VALUE cannot be converted to Timestamp"),
        ("Timestamp", float("nan"), "NUMBER_VALUE cannot be converted to Timestamp"),
        ("Timestamp", float("inf"), "NUMBER_VALUE cannot be converted to Timestamp"),
    ],
)
def test_what_no_float_and_no_moment_can_hold(member: str, value: Any, sentence: str) -> None:
    body = cbor2.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m", member: value}]})
    with pytest.raises(AwsError, match=sentence):
        parsed(cbor_request(body))


def test_a_moment_beyond_all_time_is_none() -> None:
    with pytest.raises(AwsError, match="NUMBER_VALUE cannot be converted to Timestamp"):
        parsed(put_metric_data(b'{"MetricData": [{"MetricName": "m", "Timestamp": 1e300}]}'))
