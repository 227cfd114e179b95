"""Executions: the order of steps, branches, failures, stops and retries.

AWS's own words and values are those of the SageMaker SDK's integration tests (tests/integ/sagemaker/workflow) and of
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.pipeline_bench import (
    Bench,
    condition,
    fail,
    get,
    processing,
    training,
)

OUTPUT = get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
MSE = {
    "Std:JsonGet": {
        "PropertyFile": get("Steps.Split.PropertyFiles.Report"),
        "Path": "mse[0].value",
    }
}
FAILED = "Step failure: One or multiple steps failed."


def test_a_step_begins_when_what_it_uses_is_there(bench: Bench) -> None:
    arn = bench.start(processing("Split", bench.role), training("Train", bench.role, OUTPUT))
    bench.turn()
    assert bench.statuses(arn) == {"Split": "Executing"}
    bench.end("Split")
    assert bench.statuses(arn) == {"Split": "Succeeded", "Train": "Executing"}
    steps = bench.steps(arn)
    job = steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert job.startswith(f"pipelines-{arn[-12:]}-Train-")
    source = bench.sm.describe_training_job(TrainingJobName=job)["InputDataConfig"][0]["DataSource"]
    assert source["S3DataSource"]["S3Uri"] == "s3://bucket/made"
    bench.end("Train")
    assert bench.status(arn) == "Succeeded"
    assert all(one["EndTime"] >= one["StartTime"] for one in bench.steps(arn).values())


def test_what_a_pipeline_creates_is_tagged_with_the_execution(bench: Bench) -> None:
    # sagemaker.lineage.artifact.ModelArtifact.pipeline_execution_arn() reads this tag
    arn = bench.start(training("Train", bench.role))
    bench.turn()
    job = bench.steps(arn)["Train"]["Metadata"]["TrainingJob"]["Arn"]
    assert bench.sm.list_tags(ResourceArn=job)["Tags"] == [
        {"Key": "sagemaker:pipeline-execution-arn", "Value": arn}
    ]


def test_steps_without_dependencies_run_together_up_to_a_number(bench: Bench) -> None:
    steps = [training(name, bench.role) for name in ("A", "B", "C")]
    arn = bench.start(*steps, ParallelismConfiguration={"MaxParallelExecutionSteps": 2})
    bench.turn()
    assert bench.statuses(arn) == {"A": "Executing", "B": "Executing"}
    bench.sm.update_pipeline_execution(
        PipelineExecutionArn=arn, ParallelismConfiguration={"MaxParallelExecutionSteps": 3}
    )
    bench.turn()
    assert bench.statuses(arn)["C"] == "Executing"


@pytest.mark.parametrize(
    ("most", "ran", "outcome"), [("5", "Yes", "True"), ("4.5", "Yes", "True"), ("4", "No", "False")]
)
def test_a_condition_reads_a_property_file_and_decides_what_runs(
    bench: Bench, most: str, ran: str, outcome: str
) -> None:
    held = {"Type": "LessThanOrEqualTo", "LeftValue": MSE, "RightValue": get("Parameters.Most")}
    gate = condition("Gate", 1, 1, [training("Yes", bench.role)], [training("No", bench.role)])
    gate["Arguments"]["Conditions"] = [held]
    parameters = [{"Name": "Most", "Type": "Float", "DefaultValue": 1.5}]
    arn = bench.start(
        processing("Split", bench.role), gate, given={"Most": most}, members={"Parameters": parameters}
    )
    bench.turn()
    bench.end("Split")
    assert bench.statuses(arn) == {"Split": "Succeeded", "Gate": "Succeeded", ran: "Executing"}
    assert bench.steps(arn)["Gate"]["Metadata"] == {"Condition": {"Outcome": outcome}}
    bench.end(ran)
    assert bench.status(arn) == "Succeeded"


def test_a_fail_step_fails_the_execution(bench: Bench) -> None:
    # test_fail_steps.py of the SDK
    message = {"Std:Join": {"On": ": ", "Values": ["xxx == yyy returns", get("Steps.Cond.Outcome")]}}
    arn = bench.start(condition("Cond", 3, 1, [], []), fail("Stop", message))
    bench.turn()
    assert bench.statuses(arn) == {"Cond": "Succeeded", "Stop": "Failed"}
    step = bench.steps(arn)["Stop"]
    assert step["FailureReason"] == step["Metadata"]["Fail"]["ErrorMessage"] == "xxx == yyy returns: false"
    shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (shown["PipelineExecutionStatus"], shown["FailureReason"]) == ("Failed", FAILED)
    (one,) = bench.sm.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"]
    assert one["PipelineExecutionFailureReason"] == FAILED


def test_a_fail_step_without_a_message(bench: Bench) -> None:
    arn = bench.start({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": ""}})
    bench.turn()
    step = bench.steps(arn)["Stop"]
    assert "FailureReason" not in step
    assert step["Metadata"] == {"Fail": {"ErrorMessage": ""}}


def test_after_a_failure_nothing_begins_and_what_runs_goes_on(bench: Bench) -> None:
    arn = bench.start(
        *(training(name, bench.role) for name in ("Bad", "Good")),
        training("After", bench.role, DependsOn=["Good"]),
    )
    bench.turn()
    bench.end("Bad", code=1)
    assert bench.statuses(arn) == {"Bad": "Failed", "Good": "Executing"}
    assert bench.status(arn) == "Executing"
    bench.end("Good")
    assert bench.statuses(arn) == {"Bad": "Failed", "Good": "Succeeded"}
    assert bench.status(arn) == "Failed"
    job = bench.steps(arn)["Bad"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    reason = bench.sm.describe_training_job(TrainingJobName=job)["FailureReason"]
    # "ClientError: AlgorithmError: …" (test_step_decorator.py in the integration tests of the SDK)
    assert bench.steps(arn)["Bad"]["FailureReason"] == f"ClientError: {reason}"


def test_a_request_that_is_refused_fails_the_step_in_awss_words(bench: Bench) -> None:
    arn = bench.start(training("Train", "arn:aws:iam::111122223333:role/nobody"))
    bench.turn()
    step = bench.steps(arn)["Train"]
    assert (step["StepStatus"], step["AttemptCount"], step["Metadata"]) == ("Failed", 1, {})
    assert step["FailureReason"].startswith(
        "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: "
    )
    assert bench.status(arn) == "Failed"


def test_a_step_outside_waits_for_the_branch_that_is_taken(bench: Bench) -> None:
    gate = condition("Gate", 1, 1, [training("Yes", bench.role)], [training("No", bench.role)])
    arn = bench.start(gate, training("After", bench.role, DependsOn=["Gate"]))
    bench.turn()
    assert bench.statuses(arn) == {"Gate": "Succeeded", "Yes": "Executing"}
    bench.end("Yes")
    assert bench.statuses(arn) == {"Gate": "Succeeded", "Yes": "Succeeded", "After": "Executing"}


class TestStop:
    def test_the_jobs_are_stopped_first(self, bench: Bench) -> None:
        arn = bench.start(training("A", bench.role), training("B", bench.role, DependsOn=["A"]))
        bench.turn()
        run = bench.job("A")
        bench.runs.advance(run, steps=(("Running", bench.clock.now()),))
        bench.turn()
        bench.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
        assert bench.status(arn) == "Stopping"
        bench.turn()
        assert bench.statuses(arn) == {"A": "Stopping"}
        assert [one for one, _ in bench.runs.stops] == [run]
        bench.runs.finish(run, 143, reason="stopped")
        bench.turn(8)
        assert bench.statuses(arn) == {"A": "Stopped"}
        assert bench.status(arn) == "Stopped"

    def test_one_that_has_ended_cannot_be_stopped(self, bench: Bench) -> None:
        arn = bench.start(fail("Stop"))
        bench.turn()
        with pytest.raises(ClientError, match="cannot be stopped, since its status is Failed"):
            bench.sm.stop_pipeline_execution(PipelineExecutionArn=arn)

    def test_a_role_that_is_gone_is_told_while_its_job_goes_on(
        self, bench: Bench, client: Callable[..., Any]
    ) -> None:
        arn = bench.start(training("A", bench.role))
        bench.turn()
        run = bench.job("A")
        for policy in client("iam").list_attached_role_policies(RoleName="Jobs")["AttachedPolicies"]:
            client("iam").detach_role_policy(RoleName="Jobs", PolicyArn=policy["PolicyArn"])
        client("iam").delete_role(RoleName="Jobs")
        bench.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
        bench.turn()
        step = bench.steps(arn)["A"]
        assert step["StepStatus"] == "Stopping"
        assert step["FailureReason"].startswith(
            "ClientError: Failed to invoke sagemaker:StopTrainingJob. Error Details: "
        )
        assert "sts:AssumeRole" in step["FailureReason"]
        bench.runs.finish(run)
        bench.turn(8)
        step = bench.steps(arn)["A"]
        assert (step["StepStatus"], step.get("FailureReason")) == ("Succeeded", None)
        assert bench.status(arn) == "Stopped"

    def test_before_a_step_has_begun(self, bench: Bench) -> None:
        arn = bench.start(training("A", bench.role))
        bench.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
        bench.turn()
        assert (bench.statuses(arn), bench.status(arn)) == ({}, "Stopped")


class TestRetry:
    def test_what_has_succeeded_is_kept(self, bench: Bench) -> None:
        arn = bench.start(training("A", bench.role), training("B", bench.role, DependsOn=["A"]))
        bench.turn()
        bench.end("A")
        bench.end("B", code=1)
        first = bench.steps(arn)
        assert bench.status(arn) == "Failed"
        bench.sm.retry_pipeline_execution(PipelineExecutionArn=arn)
        bench.turn()
        steps = bench.steps(arn)
        assert steps["A"] == first["A"]
        assert (steps["B"]["StepStatus"], steps["B"]["AttemptCount"]) == ("Executing", 2)
        assert steps["B"]["Metadata"] != first["B"]["Metadata"]
        bench.end("B")
        shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert (shown["PipelineExecutionStatus"], shown.get("FailureReason")) == ("Succeeded", None)

    @pytest.mark.parametrize("ended", [False, True])
    def test_only_what_has_failed_or_was_stopped(self, bench: Bench, ended: bool) -> None:
        arn = bench.start(training("A", bench.role))
        bench.turn()
        if ended:
            bench.end("A")
        with pytest.raises(ClientError, match="cannot be retried, since its status is"):
            bench.sm.retry_pipeline_execution(PipelineExecutionArn=arn)

    def test_with_one_token_once(self, bench: Bench) -> None:
        arn = bench.start(fail("Stop"))
        token: dict[str, Any] = {"PipelineExecutionArn": arn, "ClientRequestToken": "t" * 32}
        bench.turn()
        bench.sm.retry_pipeline_execution(**token)
        bench.turn()
        assert bench.status(arn) == "Failed"
        bench.sm.retry_pipeline_execution(**token)
        assert bench.status(arn) == "Failed"
