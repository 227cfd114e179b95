"""The life of a tuning job (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeHyperParameterTuningJob.html)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.tuning.lab import Lab, categorical, tuning_request


def test_from_its_creation_to_its_best_training_job(lab: Lab, sm: Any, role: str) -> None:
    arn = sm.create_hyper_parameter_tuning_job(**tuning_request(role))["HyperParameterTuningJobArn"]
    assert arn.endswith(":hyper-parameter-tuning-job/t")
    first = lab.describe()
    assert first["HyperParameterTuningJobStatus"] == "InProgress"
    assert first["TrainingJobStatusCounters"]["InProgress"] == 0
    lab.turn()
    assert lab.describe()["TrainingJobStatusCounters"]["InProgress"] == 1
    assert lab.describe()["ObjectiveStatusCounters"]["Pending"] == 1
    found = lab.finish()
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"] == {
        "Completed": 4, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0,
    }  # fmt: skip
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    assert found["HyperParameterTuningEndTime"] >= found["CreationTime"]
    assert found["ConsumedResources"]["RuntimeInSeconds"] > 0
    values = [float(one["x"]) for one in lab.started.values()]
    best = found["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {
        "Type": "Minimize", "MetricName": "loss", "Value": min(values),
    }  # fmt: skip
    assert (best["ObjectiveStatus"], best["TrainingJobStatus"]) == ("Succeeded", "Completed")
    assert float(best["TunedHyperParameters"]["x"]) == min(values)
    assert "OverallBestTrainingJob" not in found


def test_its_training_jobs_are_named_after_it_and_know_it(lab: Lab, sm: Any, role: str) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    sm.create_hyper_parameter_tuning_job(**tuning_request(role), Tags=tags)
    found = lab.finish()
    names = [one["TrainingJobName"] for one in lab.children()]
    assert [re.fullmatch(r"t-(\d{3})-[0-9a-f]{8}", name)[1] for name in names] == ["001", "002", "003", "004"]  # type: ignore[index]
    job = sm.describe_training_job(TrainingJobName=names[0])
    assert job["TuningJobArn"] == found["HyperParameterTuningJobArn"]
    assert job["HyperParameters"]["_tuning_objective_metric"] == "loss"
    assert (job["HyperParameters"]["fixed"], set(job["HyperParameters"])) == (
        "1",
        {"fixed", "x", "_tuning_objective_metric"},
    )
    # HyperparameterTuner.attach of the SDK takes it out of the definition, and fails where it is not there.
    assert found["TrainingJobDefinition"]["StaticHyperParameters"] == {
        "fixed": "1",
        "_tuning_objective_metric": "loss",
    }
    assert sm.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == tags


def test_the_hyperparameters_of_a_script_are_in_json(lab: Lab, sm: Any, role: str) -> None:
    """AWS shows `{'_tuning_objective_metric': '"average test loss"', 'batch-size': '"256"', 'epochs': '2', 'sagemaker_program':
    …}` of a training job of the SDK's PyTorch estimator, and `'_tuning_objective_metric': 'validation:auc'` of a built-in
    algorithm's. Categories are what the request says: the SDK has put those of a script into JSON (as_json_range)."""
    static = {"sagemaker_program": '"train.py"', "epochs": "2"}
    ranges = {"CategoricalParameterRanges": [categorical("batch-size", '"256"')]}
    request = tuning_request(role, ranges=ranges, most=1, definition={"StaticHyperParameters": static})
    found = lab.run(request, lambda values: [1.0])
    told = {**static, "_tuning_objective_metric": '"loss"'}
    assert found["TrainingJobDefinition"]["StaticHyperParameters"] == told
    best = found["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"batch-size": '"256"'}
    job = sm.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert job["HyperParameters"] == {**told, "batch-size": '"256"'}


def test_instances_in_the_form_that_sdks_send(lab: Lab, sm: Any, role: str) -> None:
    configs = [
        {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 7}
        for kind in ("ml.m5.large", "ml.m5.xlarge")
    ]
    for name, wanted in {
        "one": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 7},
        "several": {"InstanceConfigs": configs, "AllocationStrategy": "Prioritized"},
    }.items():
        request = tuning_request(
            role, name, most=1, definition={"HyperParameterTuningResourceConfig": wanted}
        )
        del request["TrainingJobDefinition"]["ResourceConfig"]
        found = lab.run(request)["TrainingJobDefinition"]
        assert (found["HyperParameterTuningResourceConfig"], found["ResourceConfig"]) == (wanted, configs[0])
        job = sm.describe_training_job(TrainingJobName=lab.children(name)[0]["TrainingJobName"])
        assert job["ResourceConfig"] == configs[0]


def test_spot_training_checkpoints_and_retries_are_passed_on(lab: Lab, sm: Any, role: str) -> None:
    asked = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 200},
        "CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "Environment": {"A": "b"},
    }
    lab.run(tuning_request(role, most=1, definition=asked))
    job = sm.describe_training_job(TrainingJobName=lab.children()[0]["TrainingJobName"])
    assert {name: job[name] for name in asked} == asked


def test_no_more_of_them_run_at_once_than_asked(lab: Lab, sm: Any, role: str) -> None:
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, most=7, parallel=3))
    most = 0
    while lab.describe()["HyperParameterTuningJobStatus"] == "InProgress":
        most = max(most, lab.describe()["TrainingJobStatusCounters"]["InProgress"])
        lab.turn()
    assert (most, len(lab.started)) == (3, 7)


def test_a_training_job_that_fails_is_counted_and_the_others_go_on(lab: Lab, role: str) -> None:
    found = lab.run(
        tuning_request(role, most=6), lambda values: 1 if len(lab.started) % 2 else [float(values["x"])]
    )
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["NonRetryableError"] == 3
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 3}
    failed = [one for one in lab.children() if one["TrainingJobStatus"] == "Failed"]
    assert {one["ObjectiveStatus"] for one in failed} == {"Failed"}
    assert failed[0]["FailureReason"].startswith("AlgorithmError")


def test_all_of_a_few_training_jobs_fail(lab: Lab, role: str) -> None:
    # The sentence is AWS's, as users report it for tuning jobs with fewer than five training jobs.
    found = lab.run(tuning_request(role, most=3), lambda values: 1)
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"] == (
        "All training jobs failed. Please take a look at the training jobs failures to get more details."
    )


def test_none_of_the_first_five_succeeds(lab: Lab, role: str) -> None:
    # https://github.com/aws/amazon-sagemaker-examples/issues/2437
    found = lab.run(tuning_request(role, most=50, parallel=4), lambda values: 1)
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert 5 <= found["TrainingJobStatusCounters"]["NonRetryableError"] <= 8


def test_an_objective_that_never_appears(lab: Lab, role: str) -> None:
    found = lab.run(tuning_request(role, most=50), lambda values: [])
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("No objective metrics found after running 5 training jobs.")
    assert found["TrainingJobStatusCounters"]["Completed"] == 5
    assert found["ObjectiveStatusCounters"]["Failed"] == 5


def test_stopping_it_stops_its_training_jobs(lab: Lab, sm: Any, role: str) -> None:
    lab.program = lambda values: [1.0] * 100
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, parallel=2))
    for _ in range(6):
        lab.turn()
    sm.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="t")
    assert lab.describe()["HyperParameterTuningJobStatus"] == "Stopping"
    found = lab.finish()
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    assert len(lab.started) == 2
    with pytest.raises(ClientError, match="Stopped"):
        sm.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="t")


def test_it_is_deleted_and_its_training_jobs_stay(lab: Lab, sm: Any, role: str) -> None:
    request = tuning_request(role, most=2)
    sm.create_hyper_parameter_tuning_job(**request)
    with pytest.raises(sm.exceptions.ResourceInUse):
        sm.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="t")
    # https://github.com/aws/amazon-sagemaker-examples/issues/2440
    with pytest.raises(sm.exceptions.ResourceInUse, match="with the name, t, already exists"):
        sm.create_hyper_parameter_tuning_job(**request)
    lab.finish()
    names = [one["TrainingJobName"] for one in lab.children()]
    sm.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="t")
    with pytest.raises(sm.exceptions.ResourceNotFound):
        lab.describe()
    assert sm.describe_training_job(TrainingJobName=names[0])["TrainingJobStatus"] == "Completed"
    # One of the same name has training jobs of its own.
    lab.run(request)
    again = [one["TrainingJobName"] for one in lab.children()]
    assert len(again) == 2
    assert not set(again) & set(names)


def test_a_training_job_that_is_stopped_or_deleted_by_a_user(lab: Lab, sm: Any, role: str) -> None:
    lab.program = lambda values: [1.0] * 30
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, most=3))
    for _ in range(4):
        lab.turn()
    (first,) = [one["TrainingJobName"] for one in lab.children()]
    sm.stop_training_job(TrainingJobName=first)
    lab.program = lambda values: [2.0]
    for _ in range(6):
        lab.turn()
    sm.delete_training_job(TrainingJobName=first)
    found = lab.finish()
    assert found["TrainingJobStatusCounters"]["Stopped"] == 1
    assert found["TrainingJobStatusCounters"]["Completed"] == 2
    assert len(lab.children()) == 2


def test_what_training_jobs_need_is_deleted_meanwhile(lab: Lab, sm: Any, stored: Any, role: str) -> None:
    lab.program = lambda values: [1.0] * 5
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, most=3))
    for _ in range(2):
        lab.turn()
    stored.delete_object(Bucket="bucket", Key="train/a.csv")
    found = lab.finish()
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert "No S3 objects found" in found["FailureReason"]
    assert found["TrainingJobStatusCounters"]["Completed"] == 1
