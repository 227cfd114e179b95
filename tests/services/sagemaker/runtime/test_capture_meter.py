"""What is kept of invocations: captured records in S3, metrics in CloudWatch."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.loop import Controllers
from clary.services.sagemaker.runtime import background, capture
from clary.store.api import Busy
from tests.inprocess import Loop
from tests.services.sagemaker.farm import Farm, make_config
from tests.support.turns import turn

CONFIG = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://captured/some/where",
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
}


@pytest.fixture
def serve(sm: Any, client: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> Any:
    """`serve(**changes of the capture configuration)`: an endpoint `e` that captures."""

    def make(**changes: Any) -> Any:
        client("s3").create_bucket(Bucket="captured")
        make_config(sm, role, "plain")
        variant = {
            "VariantName": "A",
            "ModelName": "m",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sm.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig={**CONFIG, **changes}
        )
        sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
        turn(controllers, clock, 2, 0.1)
        farm.bring_up()
        turn(controllers, clock, 2, 0.1)
        return client("sagemaker-runtime")

    return make


@pytest.fixture
def lines(client: Any, platform: Platform, loop: Loop) -> Any:
    """Store what was captured; its records in order, and the keys they lie under."""

    def read() -> tuple[list[dict[str, Any]], list[str]]:
        loop.run(background.of(platform).capture.flush())
        s3 = client("s3")
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="captured").get("Contents", [])]
        texts = [s3.get_object(Bucket="captured", Key=key)["Body"].read() for key in keys]
        return [json.loads(line) for text in texts for line in text.splitlines()], keys

    return read


def test_a_record_has_both_sides_and_its_metadata(serve: Any, lines: Any, clock: FakeClock) -> None:
    # contracts 16
    serve().invoke_endpoint(
        EndpointName="e", Body=b"1,2\n", ContentType="text/csv", CustomAttributes="k=v", InferenceId="abc"
    )
    (record,), (key,) = lines()
    assert record["captureData"] == {
        "endpointInput": {
            "observedContentType": "text/csv",
            "mode": "INPUT",
            "data": "1,2\n",
            "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "text/csv",
            "mode": "OUTPUT",
            "data": "1,2\n",
            "encoding": "CSV",
        },
    }
    metadata = record["eventMetadata"]
    assert (metadata["customAttributes"], metadata["inferenceId"]) == (["k=v"], "abc")
    assert record["eventVersion"] == "0"
    assert key.startswith("some/where/e/A/2")
    assert key.endswith(".jsonl")
    folders = key.removeprefix("some/where/e/A/").split("/")
    assert metadata["inferenceTime"].startswith(f"{folders[0]}-{folders[1]}-{folders[2]}T{folders[3]}:")


def test_what_is_no_text_is_base64(serve: Any, lines: Any) -> None:
    runtime = serve(CaptureContentTypeHeader={"CsvContentTypes": ["text/mine"]})
    for content_type in ("application/x-npy", "text/csv", "text/mine; charset=utf-8"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"\x00\xff", ContentType=content_type)
    records, _ = lines()
    sides = [record["captureData"]["endpointInput"] for record in records]
    assert [side["encoding"] for side in sides] == ["BASE64", "BASE64", "CSV"]
    assert base64.b64decode(sides[0]["data"]) == b"\x00\xff"


def test_only_what_was_asked_for_is_kept(serve: Any, lines: Any) -> None:
    serve(CaptureOptions=[{"CaptureMode": "Output"}]).invoke_endpoint(EndpointName="e", Body=b"x")
    (record,), _ = lines()
    assert list(record["captureData"]) == ["endpointOutput"]


def test_errors_are_not_captured(serve: Any, lines: Any, farm: Farm) -> None:
    runtime = serve()
    (worker,) = farm.workers.values()
    worker.reply = lambda head, body: (500, {}, b"wrong")
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert lines() == ([], [])


def test_a_sample_is_a_sample(serve: Any, lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    points = iter([0.10, 0.29, 0.31, 0.99])
    monkeypatch.setattr(capture.random, "random", lambda: next(points))
    runtime = serve(InitialSamplingPercentage=30)
    for n in range(4):
        runtime.invoke_endpoint(EndpointName="e", Body=str(n).encode(), ContentType="text/csv")
    records, _ = lines()
    assert [record["captureData"]["endpointInput"]["data"] for record in records] == ["0", "1"]


def test_capture_that_is_off_keeps_nothing(serve: Any, lines: Any, sm: Any) -> None:
    serve(EnableCapture=False).invoke_endpoint(EndpointName="e", Body=b"x")
    assert lines() == ([], [])
    shown = sm.describe_endpoint(EndpointName="e")["DataCaptureConfig"]
    assert (shown["CaptureStatus"], shown["CurrentSamplingPercentage"]) == ("Stopped", 100)


def test_a_bucket_that_is_gone_takes_nothing_else_with_it(
    serve: Any, client: Any, platform: Platform, loop: Loop
) -> None:
    runtime = serve()
    client("s3").delete_bucket(Bucket="captured")
    runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    loop.run(background.of(platform).capture.flush())
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"y")["Body"].read() == b"y"


@pytest.fixture
def stuck(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Until it is undone, the store cannot be had for writing."""

    async def run(work: Any, *, write: bool) -> Any:
        if write:
            raise Busy("somebody else has held it for too long")
        return await read(work, write=False)

    def submit(work: Any) -> Any:
        raise Busy("somebody else has held it for too long")

    read = platform.store.run
    monkeypatch.setattr(platform.store, "run", run)
    monkeypatch.setattr(platform.store, "submit", submit)
    return monkeypatch


def test_what_cannot_be_stored_now_is_stored_later(
    serve: Any, lines: Any, client: Any, platform: Platform, loop: Loop, clock: FakeClock, request: Any
) -> None:
    runtime = serve()
    state = background.of(platform)
    runtime.invoke_endpoint(EndpointName="e", Body=b"first")
    stuck = request.getfixturevalue("stuck")
    loop.run(state.capture.flush())
    with pytest.raises(Busy):
        loop.run(state.meter.flush())
    stuck.undo()
    runtime.invoke_endpoint(EndpointName="e", Body=b"second")
    loop.run(state.meter.flush())
    records, _ = lines()
    assert [base64.b64decode(record["captureData"]["endpointInput"]["data"]) for record in records] == [
        b"first",
        b"second",
    ]
    (point,) = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "A"}],
        StartTime=clock.now() - 600,
        EndTime=clock.now() + 600,
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 2


def test_invocations_are_counted(
    in_service: str, client: Any, farm: Farm, platform: Platform, loop: Loop, clock: FakeClock
) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    runtime = client("sagemaker-runtime")
    (worker,) = farm.workers.values()
    for status in (200, 200, 404, 500):
        worker.reply = lambda head, body, status=status: (status, {}, b"")
        if status == 200:
            runtime.invoke_endpoint(EndpointName="e", Body=b"x")
        else:
            with pytest.raises(runtime.exceptions.ModelError):
                runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    loop.run(background.of(platform).meter.flush())
    cloudwatch = client("cloudwatch")

    def total(name: str, statistic: str = "Sum") -> float:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            Dimensions=[
                {"Name": "EndpointName", "Value": "e"},
                {"Name": "VariantName", "Value": "A"},
            ],
            StartTime=clock.now() - 600,
            EndTime=clock.now() + 600,
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(point[statistic] for point in points)

    assert total("Invocations") == 4
    assert (total("Invocation4XXErrors"), total("Invocation5XXErrors")) == (1, 1)
    assert total("InvocationModelErrors") == 2
    assert total("ModelLatency", "SampleCount") == 4
    assert total("ModelLatency") > 0


def test_captured_records_lie_under_the_key_of_the_configuration(
    serve: Any, lines: Any, client: Any, role: str
) -> None:
    """KmsKeyId of DataCaptureConfig (API reference); the model's role writes, and must be allowed to use the key."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    runtime = serve(KmsKeyId=key)
    runtime.invoke_endpoint(EndpointName="e", Body=b"1,2\n", ContentType="text/csv")
    assert lines() == ([], []), "the role may not use the key yet"
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": key}
    client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyName="kms",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    runtime.invoke_endpoint(EndpointName="e", Body=b"3,4\n", ContentType="text/csv")
    records, (name,) = lines()
    assert [record["captureData"]["endpointInput"]["data"] for record in records] == ["3,4\n"]
    found = client("s3").head_object(Bucket="captured", Key=name)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
