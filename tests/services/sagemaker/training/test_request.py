"""What CreateTrainingJob refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.images import SKLEARN
from tests.support.sagemaker_requests import training_request


def refusal(sm: Any, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        sm.create_training_job(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def changed(role: str, member: str, **changes: Any) -> dict[str, Any]:
    request = training_request(role)
    return {**request, member: {**request[member], **changes}}


def test_members_that_the_model_made_optional_are_still_needed(sm: Any, role: str) -> None:
    for member in ("StoppingCondition", "ResourceConfig", "AlgorithmSpecification"):
        said = member[0].lower() + member[1:]
        request = training_request(role)
        del request[member]
        code, message = refusal(sm, request)
        assert code == "ValidationException"
        assert message == (
            f"1 validation error detected: Value null at '{said}' failed to satisfy constraint: Member must not be null"
        )


def test_a_cluster_of_no_instances_is_refused(sm: Any, role: str) -> None:
    _, message = refusal(sm, changed(role, "ResourceConfig", InstanceCount=0))
    assert "Value '0' at 'resourceConfig.instanceCount'" in message
    assert "greater than or equal to 1" in message


def test_a_broken_metric_expression_is_refused(sm: Any, role: str) -> None:
    for regex, said in [
        ("loss=(", "is not valid"),
        ("loss=", "has no group"),
        ("(?<=loss=)x", "has no group"),
        ("(?<=a*)(b)", "look-behind requires fixed-width pattern"),
        ("(a){99999999999}", "is not valid"),
        # What makes Python's engine work for seconds before it has seen any text.
        ("(?i)(?=x)" + "[\x01-\U0010ffff]" * 90 + "(y)", "is not valid: it is too complex"),
    ]:
        definition = [{"Name": "loss", "Regex": regex}]
        request = changed(role, "AlgorithmSpecification", TrainingImage=SKLEARN, MetricDefinitions=definition)
        assert said in refusal(sm, request)[1]


def test_an_algorithm_has_its_own_metrics(sm: Any, role: str) -> None:
    # AWS's answer, in script mode too: https://github.com/awslabs/mlspace/pull/52
    definition = [{"Name": "loss", "Regex": "loss=(.*)"}]
    assert refusal(sm, changed(role, "AlgorithmSpecification", MetricDefinitions=definition)) == (
        "ValidationException",
        "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request without "
        "specifying metric definitions.",
    )


def test_more_instances_than_a_job_may_have_are_beyond_a_limit(sm: Any, role: str) -> None:
    # API_CreateTrainingJob names the error; the sentence is AWS's for its quota of this name.
    sm.create_training_job(**changed(role, "ResourceConfig", InstanceCount=100))
    assert refusal(sm, changed(role, "ResourceConfig", InstanceCount=2**31 - 1)) == (
        "ResourceLimitExceeded",
        "The account-level service limit 'Maximum number of instances per training job' is 100 Instances, with current "
        "utilization of 0 Instances and a request delta of 2147483647 Instances.",
    )


def test_no_job_runs_longer_than_28_days(sm: Any, role: str) -> None:
    # API_StoppingCondition: "The maximum value is 28 days."
    assert refusal(sm, training_request(role, StoppingCondition={"MaxRuntimeInSeconds": 2419201})) == (
        "ValidationException",
        "1 validation error detected: Value '2419201' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy "
        "constraint: Member must have value less than or equal to 2419200",
    )
    sm.create_training_job(**training_request(role, StoppingCondition={"MaxRuntimeInSeconds": 2419200}))


def test_places_that_are_no_s3_uris_are_not_offered(sm: Any, role: str) -> None:
    # AWS's pattern is (https|s3)://…; a job that was taken would fail over what it cannot read or write.
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "https://bucket/train"}}
    for member, given in {
        "InputDataConfig": [{"ChannelName": "train", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "https://bucket/out"},
        "CheckpointConfig": {"S3Uri": "https://bucket/c"},
    }.items():
        code, message = refusal(sm, training_request(role, **{member: given}))
        assert code == "NotImplemented"
        assert f"CreateTrainingJob with {member} outside of S3" in message
    hyperparameters = {"S3Uri": "https://elsewhere/x"}  # a program may use it as it likes
    sm.create_training_job(**training_request(role, HyperParameters=hyperparameters))


@pytest.mark.parametrize("path", ["/tmp/x", "/opt/ml/../x", "/opt/mlx", "/opt/ml/a\0b"])
def test_checkpoints_stay_below_opt_ml(sm: Any, role: str, path: str) -> None:
    config = {"S3Uri": "s3://bucket/c", "LocalPath": path}
    _, message = refusal(sm, training_request(role, CheckpointConfig=config))
    assert message == f"LocalPath {path} of CheckpointConfig must be below /opt/ml."


def test_spot_needs_a_wait_at_least_as_long_as_the_runtime(sm: Any, role: str) -> None:
    stopping = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 50}
    _, message = refusal(
        sm, training_request(role, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    )
    assert message == "MaxWaitTimeInSeconds must be present and greater than or equal to MaxRuntimeInSeconds."
    _, message = refusal(sm, training_request(role, StoppingCondition=stopping))
    assert "can only be set when EnableManagedSpotTraining is true" in message


def test_tag_keys_are_unique_and_not_awss(sm: Any, role: str) -> None:
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    assert "Duplicate tag keys" in refusal(sm, training_request(role, Tags=twice))[1]
    assert (
        "aws: prefixed tag key names"
        in refusal(sm, training_request(role, Tags=[{"Key": "aws:x", "Value": ""}]))[1]
    )


def test_a_manifest_cannot_be_streamed_as_files(sm: Any, role: str) -> None:
    channel = {
        "ChannelName": "train",
        "InputMode": "FastFile",
        "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://bucket/m"}},
    }
    assert "FastFile" in refusal(sm, training_request(role, InputDataConfig=[channel]))[1]


def test_a_foreign_algorithm_is_not_offered(sm: Any, role: str) -> None:
    algorithm = {"AlgorithmName": "mine", "TrainingInputMode": "File"}
    code, message = refusal(sm, training_request(role, AlgorithmSpecification=algorithm))
    assert (code, "AlgorithmName" in message) == ("NotImplemented", True)


def test_an_image_nobody_knows_is_refused_and_nothing_is_created(sm: Any, role: str) -> None:
    image = {"TrainingImage": "1.dkr.ecr.us-east-1.amazonaws.com/mystery:1", "TrainingInputMode": "File"}
    with pytest.raises(ClientError, match="not found"):
        sm.create_training_job(**training_request(role, AlgorithmSpecification=image))
    assert sm.list_training_jobs()["TrainingJobSummaries"] == []
