"""Endpoints that really serve, and fail as they do on AWS."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conftest import Bench
from tests.support.images import SKLEARN, XGBOOST
from tests.support.waiting import until

RAISING = "def model_fn(model_dir):\n    raise RuntimeError('no model today')\n"
MOODY = """
def model_fn(model_dir):
    return lambda data: data

def input_fn(data, content_type):
    return data.decode() if isinstance(data, bytes) else data

def predict_fn(data, model):
    if data == "boom":
        raise ValueError("cannot digest boom")
    return model(data)

def output_fn(prediction, accept):
    return prediction
"""


def scripted(bench: Bench, name: str, script: str) -> dict[str, object]:
    url = bench.pack(f"models/{name}.tar.gz", {"code/inference.py": script})
    variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    return {"Image": SKLEARN, "ModelDataUrl": url, "Environment": variables}


def test_an_endpoint_answers_and_leaves_nothing_behind(bench: Bench, model: str) -> None:
    shown = bench.deploy("real", Image=XGBOOST, ModelDataUrl=model)
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    answer = bench.runtime.invoke_endpoint(EndpointName="real", Body=b"3,1", ContentType="text/csv")
    assert 3 < float(answer["Body"].read()) < 9  # 2 * 3 + 1
    # aws/sagemaker-xgboost-container, issue 74: label_size is 1 or absent when serving, too.
    refused = (
        (b"x", "image/png", 415),
        (b"3,1", "text/csv;label_size=0", 415),
        (b"0:1 %d:2" % 2**31, "text/libsvm", 400),
    )
    for body, content_type, status in refused:
        with pytest.raises(bench.runtime.exceptions.ModelError) as caught:
            bench.runtime.invoke_endpoint(EndpointName="real", Body=body, ContentType=content_type)
        assert caught.value.response["OriginalStatusCode"] == status
    bench.remove_endpoint("real")
    runs = bench.live.home.path / "runs"
    until(lambda: not [path for path in runs.iterdir() if path.name.startswith("endpoint-real")])


def test_a_model_that_cannot_be_loaded_fails_the_endpoint_quickly(bench: Bench) -> None:
    began = time.monotonic()
    shown = bench.deploy("raising", **scripted(bench, "raising", RAISING))
    assert shown["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in shown["FailureReason"]
    assert time.monotonic() - began < 30
    events = bench.live.client("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/raising")
    assert any("no model today" in event["message"] for event in events["events"])
    bench.remove_endpoint("raising")


def test_model_data_that_is_gone_by_then_is_said_so(bench: Bench) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": bench.put("models/gone.tar.gz", b"for now")}
    bench.sm.create_model(ModelName="nothing", ExecutionRoleArn=bench.role, PrimaryContainer=container)
    bench.s3.delete_object(Bucket=bench.bucket, Key="models/gone.tar.gz")
    shown = bench.serve("nothing")
    assert shown["EndpointStatus"] == "Failed"
    assert shown["FailureReason"].startswith(
        'Failed to download model data for container "container_1" from URL'
    )
    bench.remove_endpoint("nothing")


def test_data_that_is_no_archive_is_said_so(bench: Bench) -> None:
    shown = bench.deploy("broken", Image=XGBOOST, ModelDataUrl=bench.put("models/broken.tar.gz", b"no tar"))
    assert shown["EndpointStatus"] == "Failed"
    assert "is a valid tar.gz archive" in shown["FailureReason"]
    bench.remove_endpoint("broken")


def test_what_a_model_raises_reaches_the_caller(bench: Bench) -> None:
    shown = bench.deploy("moody", **scripted(bench, "moody", MOODY))
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    invoke = bench.runtime.invoke_endpoint
    assert invoke(EndpointName="moody", Body=b"hello", ContentType="text/plain")["Body"].read() == b"hello"
    with pytest.raises(bench.runtime.exceptions.ModelError) as caught:
        invoke(EndpointName="moody", Body=b"boom", ContentType="text/plain")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 500
    assert "cannot digest boom" in response["OriginalMessage"]
    bench.remove_endpoint("moody")
