"""Retry policies of steps (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.services.sagemaker.pipeline_bench import Bench, training


def policy(kind: str, **members: Any) -> dict[str, Any]:
    return {"RetryPolicies": [{"ExceptionType": [kind], "IntervalSeconds": 60, "BackoffRate": 2, **members}]}


def lose(bench: Bench) -> None:
    """Let the platform lose the job that runs: InternalServerError."""
    bench.runs.set(bench.job("Train"), phase="lost")
    bench.turn()


def test_a_job_that_was_lost_is_tried_again_after_growing_pauses(
    bench: Bench, move: Callable[[float], None]
) -> None:
    arn = bench.start(training("Train", bench.role, **policy("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=2)))
    bench.turn()
    for attempt, pause in ((2, 60), (3, 120)):
        lose(bench)
        step = bench.steps(arn)["Train"]
        assert (step["StepStatus"], step["AttemptCount"]) == ("Starting", attempt)
        move(pause - 30)
        bench.turn()
        assert bench.statuses(arn) == {"Train": "Starting"}
        move(30)
        bench.turn()
        assert bench.statuses(arn) == {"Train": "Executing"}
    lose(bench)
    step = bench.steps(arn)["Train"]
    assert (step["StepStatus"], step["AttemptCount"]) == ("Failed", 3)
    assert step["FailureReason"].startswith("InternalServerError: ")
    assert bench.status(arn) == "Failed"
    assert len(bench.sm.list_training_jobs()["TrainingJobSummaries"]) == 3


def test_without_a_policy_the_reason_says_that_there_is_none(bench: Bench) -> None:
    arn = bench.start(training("Train", bench.role))
    bench.turn()
    lose(bench)
    reason = bench.steps(arn)["Train"]["FailureReason"]
    assert reason.endswith(
        f"Retry not appropriate on execution of step with PipelineExecutionArn {arn} and StepId Train. No retry policy "
        "configured for the exception type SAGEMAKER_JOB_INTERNAL_ERROR."
    )


def test_a_policy_for_another_failure_does_not_help(bench: Bench) -> None:
    arn = bench.start(training("Train", bench.role, **policy("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=2)))
    bench.turn()
    bench.end("Train", code=1)
    step = bench.steps(arn)["Train"]
    assert (step["StepStatus"], step["AttemptCount"]) == ("Failed", 1)


def test_a_policy_that_expires(bench: Bench, move: Callable[[float], None]) -> None:
    arn = bench.start(
        training("Train", bench.role, **policy("SageMaker.JOB_INTERNAL_ERROR", ExpireAfterMin=2))
    )
    bench.turn()
    lose(bench)
    move(61)
    bench.turn()
    lose(bench)
    assert bench.statuses(arn) == {"Train": "Failed"}


def test_a_limit_is_waited_out(bench: Bench, move: Callable[[float], None]) -> None:
    many = {"ResourceConfig": {"InstanceCount": 101, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}}
    arn = bench.start(
        training("Train", bench.role, Arguments=many, **policy("SageMaker.RESOURCE_LIMIT", MaxAttempts=1))
    )
    bench.turn()
    assert bench.statuses(arn) == {"Train": "Starting"}
    move(61)
    bench.turn()
    step = bench.steps(arn)["Train"]
    assert (step["StepStatus"], step["AttemptCount"]) == ("Failed", 2)
    assert "account-level service limit" in step["FailureReason"]


def test_a_wait_for_the_next_attempt_can_be_stopped(bench: Bench) -> None:
    arn = bench.start(training("Train", bench.role, **policy("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=2)))
    bench.turn()
    lose(bench)
    bench.sm.stop_pipeline_execution(PipelineExecutionArn=arn)
    bench.turn()
    assert (bench.status(arn), bench.statuses(arn)) == ("Stopped", {"Train": "Stopped"})
