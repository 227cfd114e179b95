"""Batch transform jobs as the control plane sees them; what the agent does is tested with the programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.images import XGBOOST
from tests.support.sagemaker_requests import transform_request
from tests.support.turns import turn


@pytest.fixture
def model(sm: Any, role: str) -> str:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {"A": "model"}}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    return "m"


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
    capture = {"DestinationS3Uri": "s3://bucket/captured", "GenerateInferenceId": True}
    sm.create_transform_job(**transform_request(DataCaptureConfig=capture))
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert [(o.path, o.target) for o in spec.outputs] == [
        ("processing/transform/output", "s3://bucket/out"),
        ("processing/transform/capture", "s3://bucket/captured"),
    ]
    assert json.loads(spec.files["config/transformjobconfig.json"])["DataCaptureConfig"] == capture


def test_more_instances_than_a_job_may_have_are_beyond_a_limit(model: str, sm: Any) -> None:
    # API_CreateTransformJob names the error
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 101}
    with pytest.raises(
        sm.exceptions.ResourceLimitExceeded, match="'Maximum number of instances per transform job' is 100"
    ):
        sm.create_transform_job(**transform_request(TransformResources=resources))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"MaxPayloadInMB": 101}, "cannot exceed 100 MB"),
        ({"MaxPayloadInMB": 51, "MaxConcurrentTransforms": 2}, "cannot exceed 100 MB"),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformOutput": {"S3OutputPath": "s3://b/o", "Accept": "application/json"},
            },
            "Accept and ContentType must be the same",
        ),
        (
            {"ModelName": "nobody"},
            'Could not find model "arn:aws:sagemaker:us-east-1:111122223333:model/nobody"',
        ),
    ],
)
def test_what_makes_no_sense_is_refused(model: str, sm: Any, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError) as caught:
        sm.create_transform_job(**transform_request(**changes))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert said in caught.value.response["Error"]["Message"]


def test_places_that_are_no_s3_uris_are_not_offered(model: str, sm: Any) -> None:
    for changes in (
        {"TransformOutput": {"S3OutputPath": "https://bucket/out"}},
        {"DataCaptureConfig": {"DestinationS3Uri": "https://bucket/captured"}},
    ):
        with pytest.raises(ClientError, match="NotImplemented"):
            sm.create_transform_job(**transform_request(**changes))


def test_augmented_manifests_are_not_offered(model: str, sm: Any) -> None:
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://bucket/m"}
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.create_transform_job(**transform_request(TransformInput={"DataSource": {"S3DataSource": source}}))
