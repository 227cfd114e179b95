"""Batch transform jobs as the control plane sees them; what the agent does is tested with the programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import transform_request
from tests.support.turns import turn


@pytest.fixture
def running(model: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> str:
    sm.create_transform_job(**transform_request(Environment={"A": "job"}, BatchStrategy="SingleRecord"))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.advance(run, steps=(("Running", clock.now()),))
    return run


def described(sm: Any) -> dict[str, Any]:
    return sm.describe_transform_job(TransformJobName="t")


def test_the_agent_gets_the_request_the_model_and_its_share(running: str, runs: FakeExecutor) -> None:
    spec = runs.specs[running]
    config = json.loads(spec.files["config/transformjobconfig.json"])
    assert config["BatchStrategy"] == "SingleRecord"
    assert config["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert config["ServeCommand"][0] == "python3"
    assert (spec.env["A"], spec.env["SAGEMAKER_BATCH"]) == ("job", "true")
    weights, data = spec.inputs
    assert (weights.kind, weights.source) == ("model", "s3://bucket/model.tar.gz")
    assert (data.source, data.sharded) == ("s3://bucket/in/", True)


def test_a_job_completes(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    turn(controllers, clock)
    runs.finish(running)
    turn(controllers, clock, 2)
    job = described(sm)
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformStartTime"] <= job["TransformEndTime"]
    assert runs.specs == {}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("ClientError: 400 of model", "ClientError: See job logs for more information"),
        (
            "Bad HTTP status received from algorithm: 500",
            "AlgorithmError: See job logs for more information",
        ),
        (
            "a.csv: ClientError: Too much data for max payload size: a record is larger than …",
            "ClientError: See job logs for more information",
        ),
        (
            "a.csv: Bad HTTP status received from algorithm: 500\n\nMessage:\nClientError: 404",
            "AlgorithmError: See job logs for more information",
        ),
        ("the model's server ended", "AlgorithmError: the model's server ended"),
    ],
)
def test_whose_mistake_a_failure_was(
    running: str,
    sm: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    failure: str,
    reason: str,
) -> None:
    runs.finish(running, code=1, failure=failure)
    turn(controllers, clock, 2)
    assert (described(sm)["TransformJobStatus"], described(sm)["FailureReason"]) == ("Failed", reason)


def test_a_stopped_job_is_stopped(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.stop_transform_job(TransformJobName="t")
    turn(controllers, clock)
    runs.finish(running, code=-15, reason="stopped")
    turn(controllers, clock, 2)
    assert described(sm)["TransformJobStatus"] == "Stopped"


def test_a_model_that_is_gone_before_the_job_begins_fails_it(
    model: str, sm: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_transform_job(**transform_request())
    sm.delete_model(ModelName="m")
    turn(controllers, clock, 2)
    assert described(sm)["FailureReason"] == "ClientError: Could not find model m."


def test_captured_manifests_go_to_their_own_place(
    model: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    capture = {
        "DestinationS3Uri": "s3://bucket/captured",
        "GenerateInferenceId": True,
        "KmsKeyId": "alias/captured",
    }
    sm.create_transform_job(**transform_request(DataCaptureConfig=capture))
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert [(o.path, o.target, o.kms_key) for o in spec.outputs] == [
        ("processing/transform/output", "s3://bucket/out", ""),
        ("processing/transform/capture", "s3://bucket/captured", "alias/captured"),
    ]
    assert json.loads(spec.files["config/transformjobconfig.json"])["DataCaptureConfig"] == capture


def test_answers_are_encrypted_under_the_key_of_the_output(
    model: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    request = transform_request()
    request["TransformOutput"] = {**request["TransformOutput"], "KmsKeyId": "alias/out"}
    sm.create_transform_job(**request)
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert [o.kms_key for o in spec.outputs] == ["alias/out"]
