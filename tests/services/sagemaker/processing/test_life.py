"""Processing jobs: their files, their outcome, their metrics, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.api import Exit
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import processing_request
from tests.support.turns import turn

ARN = "arn:aws:sagemaker:us-east-1:111122223333:processing-job/p"


@pytest.fixture
def running(
    sm: Any, client: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> str:
    # A job's metrics are published as its role.
    client("iam").attach_role_policy(
        RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    sm.create_processing_job(**processing_request(role))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.advance(run, steps=(("Running", clock.now()),))
    return run


def described(sm: Any, name: str = "p") -> dict[str, Any]:
    return sm.describe_processing_job(ProcessingJobName=name)


def test_the_configuration_lies_where_the_contract_says(running: str, runs: FakeExecutor) -> None:
    # contracts 7: /opt/ml/config, the request with its defaults, the real ARN, absent members as null
    spec = runs.specs[running]
    config = json.loads(spec.files["config/processingjobconfig.json"])
    assert config["ProcessingJobArn"] == ARN
    assert config["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert config["NetworkConfig"] is None
    resources = [json.loads(host.files["config/resourceconfig.json"]) for host in spec.hosts]
    assert [(r["current_host"], r["hosts"]) for r in resources] == [
        ("algo-1", ["algo-1", "algo-2"]),
        ("algo-2", ["algo-1", "algo-2"]),
    ]
    (given,) = spec.inputs
    assert (given.path, given.kind, given.sharded) == ("processing/input", "prefix", True)
    assert spec.command == ("python3", "x.py")


def test_a_job_completes_with_its_message_and_log(
    running: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    runs.write(running, "of one\n")
    runs.write(running, "of two\n", host="algo-2")
    turn(controllers, clock, 2)
    runs.finish(running, message="m" * 2000)
    turn(controllers, clock, 2)
    job = described(sm)
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ExitMessage"] == "m" * 1024  # contracts 7: the first 1 KB
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    group = "/aws/sagemaker/ProcessingJobs"
    streams = client("logs").describe_log_streams(logGroupName=group, logStreamNamePrefix="p/")["logStreams"]
    assert [stream["logStreamName"].split("/")[1][:6] for stream in streams] == ["algo-1", "algo-2"]
    assert runs.specs == {}


def test_a_message_that_is_not_utf8_fails_the_job(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html: "the job fails and returns a ClientError"."""
    runs.set(running, phase="exited", exits=(Exit("algo-1", 0), Exit("algo-2", 0)), message_unreadable=True)
    turn(controllers, clock, 2)
    job = described(sm)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert "ExitMessage" not in job


def test_one_host_that_fails_fails_the_job(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.set(running, phase="exited", exits=(Exit("algo-1", 0), Exit("algo-2", 3)), failure="bad row")
    turn(controllers, clock, 2)
    job = described(sm)
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == (
        "Failed",
        "AlgorithmError: bad row, exit code: 3",
    )


def test_a_stopped_job_is_stopped_once(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    turn(controllers, clock)
    sm.stop_processing_job(ProcessingJobName="p")
    turn(controllers, clock, 3)
    assert described(sm)["ProcessingJobStatus"] == "Stopping"
    assert [run for run, _ in runs.stops] == [running]
    runs.finish(running, code=-15, reason="stopped")
    turn(controllers, clock, 2)
    assert described(sm)["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="because the processing job is in status Stopped"):
        sm.stop_processing_job(ProcessingJobName="p")


def test_a_job_that_uploads_is_stopped_as_well(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.advance(running, "uploading")
    sm.stop_processing_job(ProcessingJobName="p")
    turn(controllers, clock, 3)
    assert [run for run, _ in runs.stops] == [running]
    runs.finish(running, code=0, reason="stopped")
    turn(controllers, clock, 2)
    assert described(sm)["ProcessingJobStatus"] == "Stopped"


def test_the_metrics_an_analyser_leaves_are_stored(
    running: str, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # contracts 17.6: lines of /opt/ml/output/metrics/cloudwatch
    line = {
        "MetricName": "feature_baseline_drift_age",
        "Timestamp": clock.now(),
        "Value": 0.4,
        "Dimensions": [{"Name": "Endpoint", "Value": "e"}],
    }
    runs.put_file(running, "output/metrics/cloudwatch", json.dumps(line).encode() + b"\nno metric\n")
    runs.finish(running)
    turn(controllers, clock, 2)
    assert described(sm)["ProcessingJobStatus"] == "Completed"
    (metric,) = client("cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert metric["MetricName"] == "feature_baseline_drift_age"


@pytest.mark.parametrize(
    "line",
    [
        {"Dimensions": ["Endpoint"]},
        {"Dimensions": 1},
        {"Dimensions": [{"Name": 1, "Value": "e"}]},
        {"Namespace": []},
        {"MetricName": {}},
        {"Value": "1"},
        {"Value": None, "StatisticValues": {"SampleCount": "1", "Sum": 1, "Minimum": 1, "Maximum": 1}},
        {"Timestamp": {}},
        {"Timestamp": "9999-99-99"},
        {"Unit": 3},
        {"Namespace": "AWS/SageMaker"},
    ],
    ids=json.dumps,
)
def test_a_line_that_is_no_metric_is_left_out(
    running: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    line: dict[str, Any],
) -> None:
    # PutMetricData: "the AWS/ prefix is reserved"; the members' types are its model's.
    good = {"MetricName": "good", "Value": 0.4, "Dimensions": []}
    text = "\n".join(json.dumps(one) for one in ({**good, "MetricName": "bad", **line}, [], 3, good))
    runs.put_file(running, "output/metrics/cloudwatch", text.encode())
    runs.finish(running)
    turn(controllers, clock, 2)
    assert described(sm)["ProcessingJobStatus"] == "Completed"
    assert [metric["MetricName"] for metric in client("cloudwatch").list_metrics()["Metrics"]] == ["good"]


def test_an_ended_job_can_be_deleted(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    with pytest.raises(sm.exceptions.ResourceInUse):
        sm.delete_processing_job(ProcessingJobName="p")
    runs.finish(running)
    turn(controllers, clock, 2)
    sm.delete_processing_job(ProcessingJobName="p")
    with pytest.raises(ClientError, match="Could not find requested job with name: p"):
        described(sm)


def test_what_the_application_moves_itself_is_left_to_it(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    request = processing_request(role)
    request["ProcessingInputs"][0]["AppManaged"] = True
    request["ProcessingOutputConfig"]["Outputs"][0]["AppManaged"] = True
    sm.create_processing_job(**request)
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert (spec.inputs, spec.outputs) == ((), ())
