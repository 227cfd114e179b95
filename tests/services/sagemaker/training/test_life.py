"""Training jobs from CreateTrainingJob to their end, with an executor that does what the test says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


@pytest.fixture
def running(sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> str:
    """The run of a job whose program has started."""
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    now = clock.now()
    runs.advance(run, steps=(("Downloading", now), ("Running", now + 1)))
    return run


def test_the_run_finds_the_documented_files(running: str, runs: FakeExecutor) -> None:
    spec = runs.specs[running]
    assert json.loads(spec.files["input/config/hyperparameters.json"]) == {"num_round": "3"}
    channels = json.loads(spec.files["input/config/inputdataconfig.json"])
    assert channels == {
        "train": {
            "ContentType": "text/csv",
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
        }
    }
    (host,) = spec.hosts
    resources = json.loads(host.files["input/config/resourceconfig.json"])
    assert resources["current_host"] == "algo-1"
    assert resources["hosts"] == ["algo-1"]
    assert resources["network_interface_name"] == "eth0"
    assert resources["current_group_name"] == "homogeneousCluster"


def test_a_job_completes_with_its_artifact_and_transitions(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    turn(controllers, clock, 2)
    runs.finish(running, ended=clock.now(), steps=(*runs.inspect(running).steps, ("Uploading", clock.now())))
    turn(controllers, clock, 2)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://bucket/out/job-1/output/model.tar.gz"
    names = [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    assert names == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("StartTime" in e and e["StatusMessage"] for e in job["SecondaryStatusTransitions"])
    starts = [entry["StartTime"] for entry in job["SecondaryStatusTransitions"]]
    assert starts == sorted(starts)
    assert job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def test_logs_and_metrics_arrive_while_the_job_runs(
    running: str, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.write(
        running,
        "[0]\ttrain-rmse:2.5\tvalidation-rmse:9\n[1]\ttrain-rmse:1.25\tvalidation-rmse:8.5e-1\n[2]\ttr",
    )
    turn(controllers, clock, 2)
    logs = client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job-1/")["logStreams"]
    assert stream["logStreamName"].startswith("job-1/algo-1-")
    events = logs.get_log_events(
        logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
    )["events"]
    # The log driver's #011 for a tab is what users' regular expressions expect.
    assert [event["message"] for event in events] == [
        "[0]#011train-rmse:2.5#011validation-rmse:9",
        "[1]#011train-rmse:1.25#011validation-rmse:8.5e-1",
    ]
    metrics = sm.describe_training_job(TrainingJobName="job-1")["FinalMetricDataList"]
    assert [(m["MetricName"], m["Value"]) for m in metrics] == [
        ("train:rmse", 1.25),
        ("validation:rmse", 0.85),
    ]
    found = client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs")["Metrics"]
    assert found[0]["Dimensions"] == [{"Name": "TrainingJobName", "Value": "job-1"}]


def test_a_line_is_stored_once_although_the_same_step_runs_twice(
    running: str, client: Any, platform: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.write(running, "only once\n")
    with platform.store.read() as tx:
        stale = tx.get("sagemaker:TrainingJob", "111122223333/us-east-1", "job-1")
    controllers.step(stale)
    controllers.step(stale)  # a second controller with the same, now stale, record
    turn(controllers, clock, 2)
    found = client("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", filterPattern="once")
    assert len(found["events"]) == 1


def test_a_failing_script_gives_algorithm_error_with_its_text(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.finish(running, code=7, failure="deliberate failure 4711")
    turn(controllers, clock, 2)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: deliberate failure 4711, exit code: 7"


def test_a_long_reason_is_cut_where_the_model_says(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # botocore's FailureReason has at most 1024 characters, and the exit code is among them.
    runs.finish(running, code=7, failure="x" * 1024)
    turn(controllers, clock, 2)
    reason = sm.describe_training_job(TrainingJobName="job-1")["FailureReason"]
    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: xxx")
    assert reason.endswith("xxx, exit code: 7")


def test_exit_code_2_of_a_built_in_algorithm_is_the_customers_error(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.finish(running, code=2, failure="Hyperparameter num_round is required")
    turn(controllers, clock, 2)
    reason = sm.describe_training_job(TrainingJobName="job-1")["FailureReason"]
    assert reason == "ClientError: Hyperparameter num_round is required, exit code: 2"


@pytest.mark.parametrize(
    "script",
    [
        {"HyperParameters": {"sagemaker_program": '"train.py"'}},
        {"Environment": {"SAGEMAKER_PROGRAM": "train.py"}},
    ],
)
def test_exit_code_2_of_a_script_in_the_same_image_is_not(
    script: dict[str, Any],
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    # A script's failure is an AlgorithmError: https://github.com/aws/amazon-sagemaker-examples/issues/1705
    sm.create_training_job(**{**training_request(role), **script})
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.finish(run, code=2, failure="usage: train.py")
    turn(controllers, clock, 2)
    reason = sm.describe_training_job(TrainingJobName="job-1")["FailureReason"]
    assert reason == "AlgorithmError: usage: train.py, exit code: 2"


def test_a_failed_jobs_last_message_is_no_reason(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # What SDKs print of a job that failed: https://github.com/aws/amazon-sagemaker-examples/issues/3444
    runs.finish(running, code=1, failure="boom")
    turn(controllers, clock, 2)
    job = sm.describe_training_job(TrainingJobName="job-1")
    last = job["SecondaryStatusTransitions"][-1]
    assert (last["Status"], last["StatusMessage"]) == ("Failed", "Training job failed")
    assert job["FailureReason"] == "AlgorithmError: boom, exit code: 1"


def test_missing_data_fails_the_job(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    detail = 'Data download failed:No S3 objects found under S3 URL "s3://bucket/train" given in input data source.'
    runs.finish(running, code=0, reason="download", detail=detail)
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["FailureReason"] == f"ClientError: {detail}"


def test_the_deadline_stops_a_job(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.finish(running, code=-15, reason="deadline")
    turn(controllers, clock, 2)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_stopped_job_keeps_its_model_artifacts(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    turn(controllers, clock)
    sm.stop_training_job(TrainingJobName="job-1")
    turn(controllers, clock, 2)
    assert [run for run, _ in runs.stops] == [running]
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Stopping"
    runs.finish(running, code=0, reason="stopped")
    turn(controllers, clock, 2)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("/job-1/output/model.tar.gz")


def test_a_job_that_uploads_is_stopped_as_well(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.advance(running, "uploading")
    turn(controllers, clock)
    sm.stop_training_job(TrainingJobName="job-1")
    turn(controllers, clock, 3)
    assert [run for run, _ in runs.stops] == [running]
    runs.finish(running, code=0, reason="stopped")
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Stopped"


def test_a_lost_run_fails_as_amazons_own_fault(
    running: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.advance(running, "lost")
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["FailureReason"].startswith(
        "InternalServerError"
    )


def test_without_capacity_a_job_waits(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 3)
    assert sm.describe_training_job(TrainingJobName="job-1")["SecondaryStatus"] == "Pending"
    runs.full = False
    turn(controllers, clock, 2)
    assert len(runs.specs) == 1


def test_what_a_program_writes_for_tensorboard_goes_to_s3(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # Estimator.latest_job_tensorboard_artifacts_path() looks below <S3OutputPath>/<job>/tensorboard-output.
    sm.create_training_job(
        **training_request(role, TensorBoardOutputConfig={"S3OutputPath": "s3://bucket/tb/"})
    )
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    (output,) = [output for output in spec.outputs if output.when == "continuous"]
    assert (output.path, output.target) == ("output/tensorboard", "s3://bucket/tb/job-1/tensorboard-output")


def test_an_uploads_failure_is_told_once(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.finish(run, reason="upload", detail="ClientError: Artifact upload failed:AccessDenied")
    turn(controllers, clock, 2)
    reason = sm.describe_training_job(TrainingJobName="job-1")["FailureReason"]
    assert reason == "ClientError: Artifact upload failed:AccessDenied"
