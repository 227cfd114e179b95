"""Training jobs as the API shows them: describe, lists, tags, names."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_create_answers_the_arn_and_describe_echoes_the_request(sm: Any, role: str) -> None:
    arn = sm.create_training_job(**training_request(role))["TrainingJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1"
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "InProgress"
    assert job["SecondaryStatus"] == "Starting"
    assert job["HyperParameters"] == {"num_round": "3"}
    assert job["OutputDataConfig"]["KmsKeyId"] == ""


def test_the_algorithms_own_metrics_are_defined(sm: Any, role: str) -> None:
    # contracts: the SDK sends no MetricDefinitions for a built-in algorithm; the platform knows them.
    sm.create_training_job(**training_request(role))
    definitions = sm.describe_training_job(TrainingJobName="job-1")["AlgorithmSpecification"][
        "MetricDefinitions"
    ]
    assert {"train:rmse", "validation:rmse"} <= {definition["Name"] for definition in definitions}


def test_a_taken_name_is_in_use(sm: Any, role: str) -> None:
    sm.create_training_job(**training_request(role))
    with pytest.raises(ClientError) as caught:
        sm.create_training_job(**training_request(role))
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    assert "already exists" in caught.value.response["Error"]["Message"]


def test_describing_nothing_is_aws_sentence(sm: Any) -> None:
    with pytest.raises(ClientError) as caught:
        sm.describe_training_job(TrainingJobName="nobody")
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Requested resource not found.",
    }


def test_a_bad_name_is_refused_in_aws_words(sm: Any, role: str) -> None:
    with pytest.raises(ClientError) as caught:
        sm.create_training_job(**training_request(role, name="bad_name!"))
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(
        "1 validation error detected: Value 'bad_name!' at 'trainingJobName' failed to satisfy"
    )


def test_lists_page_filter_and_sort(sm: Any, role: str, clock: FakeClock) -> None:
    for n in range(7):
        sm.create_training_job(**training_request(role, name=f"job-{n}"))
        clock.advance(1)
    pages = sm.get_paginator("list_training_jobs").paginate(PaginationConfig={"PageSize": 3})
    names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    assert names == [f"job-{n}" for n in range(7)]
    found = sm.list_training_jobs(NameContains="JOB-3", SortBy="Name", SortOrder="Descending")
    assert [job["TrainingJobName"] for job in found["TrainingJobSummaries"]] == ["job-3"]
    assert sm.list_training_jobs(StatusEquals="Completed")["TrainingJobSummaries"] == []


def test_a_forged_token_is_refused(sm: Any) -> None:
    with pytest.raises(ClientError, match="token"):
        sm.list_training_jobs(NextToken="Zm9yZ2Vk" * 8)


def test_tags_live_with_the_resource(sm: Any, role: str) -> None:
    arn = sm.create_training_job(**training_request(role, Tags=[{"Key": "flow", "Value": "1"}]))[
        "TrainingJobArn"
    ]
    sm.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])
    sm.delete_tags(ResourceArn=arn, TagKeys=["flow"])
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_only_an_ended_job_can_be_deleted(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # API_DeleteTrainingJob: only jobs in a terminal state, else ResourceInUse.
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    with pytest.raises(sm.exceptions.ResourceInUse):
        sm.delete_training_job(TrainingJobName="job-1")
    (run,) = runs.specs
    runs.finish(run)
    turn(controllers, clock, 1)
    sm.delete_training_job(TrainingJobName="job-1")
    assert runs.specs == {}
    with pytest.raises(ClientError, match="Requested resource not found"):
        sm.describe_training_job(TrainingJobName="job-1")
    sm.create_training_job(**training_request(role))


def test_stopping_what_has_ended_is_refused_in_aws_words(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # Recorded by users: https://github.com/awslabs/benchmark-ai/issues/928
    sm.create_training_job(**training_request(role))
    sm.stop_training_job(TrainingJobName="job-1")
    turn(controllers, clock, 2)
    with pytest.raises(ClientError) as caught:
        sm.stop_training_job(TrainingJobName="job-1")
    assert caught.value.response["Error"]["Message"] == (
        "The request was rejected because the training job is in status Stopped."
    )


def test_how_long_instances_stay_warm_can_be_changed(sm: Any, role: str) -> None:
    sm.create_training_job(**training_request(role))
    sm.update_training_job(TrainingJobName="job-1", ResourceConfig={"KeepAlivePeriodInSeconds": 60})
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 60
    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.update_training_job(TrainingJobName="job-1", RemoteDebugConfig={"EnableRemoteDebug": True})
