"""SageMaker's own integration (https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.runs.fake import FakeExecutor
from tests.services.stepfunctions.bench import Bench, details, single
from tests.support.sagemaker_requests import training_request

SYNC = "arn:aws:states:::sagemaker:createTrainingJob.sync"


@pytest.fixture
def job(bench: Bench, client: Callable[..., Any]) -> dict[str, Any]:
    """A request that SageMaker accepts, with a role that both services may take."""
    s3, iam = client("s3"), client("iam")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="train/a.csv", Body=b"1,2\n")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["states.amazonaws.com", "sagemaker.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.update_assume_role_policy(RoleName="Flows", PolicyDocument=json.dumps(trust))
    return training_request(bench.role)


def begun(bench: Bench, job: dict[str, Any], **more: Any) -> str:
    arn = bench.start(single({"Type": "Task", "Resource": SYNC, "Parameters": job, **more}))
    bench.until(arn, lambda _: "TaskSubmitted" in bench.types(arn))
    return arn


def test_a_job_that_completes(bench: Bench, job: dict[str, Any], runs: FakeExecutor) -> None:
    arn = begun(bench, job)
    bench.until(arn, lambda _: bool(runs.runs()))
    (run,) = runs.runs()
    runs.advance(run)
    runs.finish(run)
    bench.clock.advance(1)
    end = bench.end(arn)
    assert end["status"] == "SUCCEEDED", end
    assert (end["output"]["TrainingJobName"], end["output"]["TrainingJobStatus"]) == (
        job["TrainingJobName"],
        "Completed",
    )
    submitted = json.loads(details(bench.events(arn)[4])["output"])
    assert submitted["TrainingJobArn"].endswith(f"training-job/{job['TrainingJobName']}")
    assert submitted["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_a_job_that_fails(bench: Bench, job: dict[str, Any], runs: FakeExecutor) -> None:
    arn = begun(bench, job)
    bench.until(arn, lambda _: bool(runs.runs()))
    (run,) = runs.runs()
    runs.advance(run)
    runs.finish(run, code=1)
    bench.clock.advance(1)
    end = bench.end(arn)
    assert end["error"] == "States.TaskFailed"
    assert json.loads(end["cause"])["TrainingJobStatus"] == "Failed"


def test_a_job_that_is_given_up_is_stopped(
    bench: Bench, job: dict[str, Any], sfn: Any, client: Callable[..., Any]
) -> None:
    arn = begun(bench, job, TimeoutSeconds=60)
    bench.clock.advance(60)
    assert bench.end(arn)["error"] == "States.Timeout"
    bench.settle()
    shown = client("sagemaker").describe_training_job(TrainingJobName=job["TrainingJobName"])
    assert shown["TrainingJobStatus"] in ("Stopping", "Stopped")


def test_a_request_that_is_refused(bench: Bench, job: dict[str, Any]) -> None:
    job["RoleArn"] = "arn:aws:iam::111122223333:role/Nope"
    end = bench.run(single({"Type": "Task", "Resource": SYNC, "Parameters": job}))
    assert end["error"].startswith("SageMaker.")
    assert "Could not assume role" in end["cause"]
    assert bench.types(end["executionArn"])[-2:] == ["TaskSubmitFailed", "ExecutionFailed"]
