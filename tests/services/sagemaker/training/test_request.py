"""What CreateTrainingJob refuses, what its optional members do, and how ended jobs are deleted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.images import SKLEARN
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


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


def test_a_spot_job_without_capacity_ends_when_its_wait_is_over(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    stopping = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 200}
    sm.create_training_job(
        **training_request(role, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    )
    turn(controllers, clock, 2)
    clock.advance(200)
    turn(controllers, clock)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert "ModelArtifacts" not in job


def test_a_spot_job_that_waited_has_less_time_to_run(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    stopping = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 150}
    sm.create_training_job(
        **training_request(role, EnableManagedSpotTraining=True, StoppingCondition=stopping)
    )
    turn(controllers, clock)
    clock.advance(99)
    runs.full = False
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert spec.deadline == pytest.approx(50, abs=1)


def test_a_lost_run_is_tried_again_as_often_as_asked(
    sm: Any, client: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # API_RetryStrategy: jobs that fail with an InternalServerError are retried.
    sm.create_training_job(**training_request(role, RetryStrategy={"MaximumRetryAttempts": 1}))
    turn(controllers, clock, 2)
    (first,) = runs.specs
    runs.advance(first, steps=(("Running", clock.now()),))
    runs.write(first, "of the first\n")
    turn(controllers, clock, 2)
    runs.advance(first, "lost")
    turn(controllers, clock, 3)
    second = next(run for run in runs.specs if run != first)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "InProgress"
    assert "Restarting" in [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    runs.write(second, "of the second\n")
    runs.advance(second, steps=(("Running", clock.now()),))
    turn(controllers, clock, 2)
    runs.advance(second, "lost")
    turn(controllers, clock, 4)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["FailureReason"].startswith("InternalServerError")
    assert runs.specs == {}
    events = client("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs")["events"]
    assert [event["message"] for event in events] == ["of the first", "of the second"]


def test_a_program_that_failed_is_not_tried_again(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_training_job(**training_request(role, RetryStrategy={"MaximumRetryAttempts": 3}))
    turn(controllers, clock, 2)
    (run,) = runs.specs
    runs.finish(run, code=1)
    turn(controllers, clock, 2)
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "Failed"


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
