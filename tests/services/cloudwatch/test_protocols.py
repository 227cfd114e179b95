"""The three protocols that CloudWatch speaks, byte by byte where no installed SDK speaks them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.wire.parse import cbor as read_cbor
from clary.wire.serialize import cbor as write_cbor
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess


def send(
    app: InProcess, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    request = AWSRequest("POST", ENDPOINT + path, headers=headers, data=body)
    SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "monitoring", "us-east-1").add_auth(request)
    status, got, data = app.request("POST", ENDPOINT + path, dict(request.headers.items()), body)
    return status, {name.lower(): value for name, value in got}, data


def query(app: InProcess, action: str, **params: Any) -> tuple[int, dict[str, str], bytes]:
    body = urlencode({"Action": action, "Version": "2010-08-01", **params}).encode()
    return send(app, "/", {"Content-Type": "application/x-www-form-urlencoded"}, body)


def cbor(app: InProcess, operation: str, params: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    headers = {
        "Content-Type": "application/cbor",
        "smithy-protocol": "rpc-v2-cbor",
        "Accept": "application/cbor",
    }
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    status, got, data = send(app, path, headers, write_cbor.dumps(params))
    return status, got, read_cbor.loads(data) if data else None


class TestQuery:
    def test_data_in_and_statistics_out(self, app: InProcess, minute: int) -> None:
        member = "MetricData.member.1."
        data = {member + "MetricName": "m", member + "Value": "41", member + "Timestamp": str(minute)}
        status, _, body = query(app, "PutMetricData", Namespace="N", **data)
        assert status == 200, body
        times = {"StartTime": str(minute), "EndTime": str(minute + 60), "Period": "60"}
        status, got, body = query(
            app,
            "GetMetricStatistics",
            Namespace="N",
            MetricName="m",
            **times,
            **{"Statistics.member.1": "Sum"},
        )
        assert (status, got["content-type"]) == (200, "text/xml")
        assert b"<Sum>41.0</Sum>" in body
        assert b'xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"' in body

    def test_empty_lists_are_empty_elements(self, app: InProcess) -> None:
        """Recorded: test_basic_operations_multiple_protocols[query]."""
        _, _, body = query(app, "DescribeAlarms")
        for member in (b"CompositeAlarms", b"LogAlarms", b"MetricAlarms"):
            assert b"<" + member + b"/>" in body or b"<" + member + b"></" + member + b">" in body

    def test_an_error(self, app: InProcess, minute: int) -> None:
        status, _, body = query(app, "SetAlarmState", AlarmName="no", StateValue="OK", StateReason="x")
        assert status == 404
        assert b"<Code>ResourceNotFound</Code>" in body


class TestCbor:
    def test_data_in_and_out(self, app: InProcess, minute: int) -> None:
        datum = {"MetricName": "m", "Value": 23.0, "Timestamp": float(minute)}
        status, _, answer = cbor(app, "PutMetricData", {"Namespace": "N", "MetricData": [datum]})
        assert status == 200, answer
        metric = {"Namespace": "N", "MetricName": "m"}
        asked = {"Id": "part", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        params = {
            "MetricDataQueries": [asked],
            "StartTime": float(minute),
            "EndTime": float(minute + 60),
        }
        status, got, answer = cbor(app, "GetMetricData", params)
        assert (status, got["smithy-protocol"]) == (200, "rpc-v2-cbor")
        assert answer["MetricDataResults"][0]["Values"] == [23.0]

    def test_an_error(self, app: InProcess) -> None:
        """Recorded: test_exception_serializing_with_no_shape_in_spec[smithy-rpc-v2-cbor]."""
        params = {"AlarmName": "no", "StateValue": "OK", "StateReason": "x"}
        status, got, answer = cbor(app, "SetAlarmState", params)
        assert status == 404
        assert answer["__type"] == "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound"
        assert "message" not in answer
        assert got["x-amzn-query-error"] == "ResourceNotFound;Sender"


@pytest.mark.parametrize("value", ["INVALID"])
def test_a_broken_rule_in_json(app: InProcess, value: str) -> None:
    """Recorded: test_exception_serializing_with_no_shape_in_spec[json]: ValidationException in the body, and
    ValidationError in the header for those who know the Query protocol's codes."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.SetAlarmState",
    }
    body = b'{"AlarmName": "a", "StateValue": "%s", "StateReason": "x"}' % value.encode()
    status, got, data = send(app, "/", headers, body)
    assert status == 400
    assert json.loads(data) == {
        "__type": "com.amazon.coral.validate#ValidationException",
        "message": f"1 validation error detected: Value '{value}' at 'stateValue' failed to satisfy constraint: Member "
        "must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    }
    assert got["x-amzn-query-error"] == "ValidationError;Sender"
