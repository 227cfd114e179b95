"""A process may die at any moment: the history has no gap, nothing happens twice that has a name."""

from __future__ import annotations

from typing import Any

import pytest

from clary.plane import Platform
from clary.services.stepfunctions.executions.life import turn as turns
from clary.services.stepfunctions.executions.life.calls import Calls
from clary.services.stepfunctions.integrations import calls
from tests.services.stepfunctions.bench import Bench, passes, single


class Died(BaseException):
    """The process ended here."""


def die_in(bench: Bench, platform: Platform) -> None:
    """Let the controllers look, and forget what their process knew when it dies."""
    with pytest.raises(Died):
        bench.settle()
    platform.extras["stepfunctions.calls"] = Calls()
    with platform.store.write() as tx:
        tx.end_leases(["stepfunctions:Execution"])


def whole(bench: Bench, arn: str) -> None:
    """Check that the events are numbered without a gap and follow earlier ones."""
    chain = bench.chain(arn)
    assert [number for number, _, _ in chain] == list(range(1, len(chain) + 1))
    assert all(prev < number for number, prev, _ in chain)


def test_death_before_the_commit(bench: Bench, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = bench.start({**passes(3)})
    ended = turns.Turn._ended

    def die(self: Any) -> Any:
        monkeypatch.setattr(turns.Turn, "_ended", ended)
        raise Died

    monkeypatch.setattr(turns.Turn, "_ended", die)
    die_in(bench, platform)
    assert bench.end(arn)["status"] == "SUCCEEDED"
    assert len(bench.types(arn)) == 8
    whole(bench, arn)


def test_death_after_the_call_and_before_its_result(
    bench: Bench, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second call of StartExecution has the same name, so one child is begun."""
    inner = bench.machine(passes(1), name="inner")
    resource = "arn:aws:states:::states:startExecution"
    arn = bench.start(
        single({"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": inner, "Input": {}}})
    )
    wait = Calls.wait

    def die(self: Any, keys: Any, seconds: float) -> bool:
        assert wait(self, keys, 10)
        monkeypatch.setattr(Calls, "wait", wait)
        raise Died

    monkeypatch.setattr(Calls, "wait", die)
    die_in(bench, platform)
    assert bench.types(arn)[-1] == "TaskStarted"
    assert bench.end(arn)["status"] == "SUCCEEDED"
    assert len(bench.sfn.list_executions(stateMachineArn=inner)["executions"]) == 1
    whole(bench, arn)


def test_a_job_that_the_first_call_began_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """ResourceInUse is no error where the job's parent is the execution; where it is another's, it is one."""
    from clary.kernel import AwsError
    from clary.services.stepfunctions.integrations.targets import Target

    said: list[str] = []

    def call(service: str, operation: str, request: dict[str, Any], role: str) -> dict[str, Any]:
        said.append(operation)
        if operation == "CreateTrainingJob":
            raise AwsError("ResourceInUse", "taken")
        return {"TrainingJobArn": "arn:job"}

    target = Target("sagemaker", "CreateTrainingJob", False, "SageMaker")
    monkeypatch.setattr(calls, "target_of", lambda platform, resource: target)
    monkeypatch.setattr(calls, "request_of", lambda platform, target, arguments: dict(arguments))
    monkeypatch.setattr(calls, "result_of", lambda platform, target, answer: answer)
    monkeypatch.setattr(
        calls, "failure_of", lambda platform, target, error: ("SageMaker.ResourceInUse", "taken")
    )
    task = {
        "family": "service", "arn": "arn:aws:states:::sagemaker:createTrainingJob.sync", "type": "sagemaker", "role": None,
        "resource": "createTrainingJob.sync", "pattern": "sync", "arguments": {"TrainingJobName": "j"}, "attempt": 3, "frame": 1,
    }  # fmt: skip
    platform: Any = None
    own = calls.Caller(
        platform, call, "role", "arn:e", lambda kind, id: (kind, id) == ("sagemaker:TrainingJob", "j")
    )
    assert calls.make(own, task).child == {"named": {"TrainingJobName": "j"}, "arn": "arn:job"}
    assert said == ["CreateTrainingJob", "DescribeTrainingJob"]
    other = calls.Caller(platform, call, "role", "arn:e")
    assert calls.make(other, task).error == "SageMaker.ResourceInUse"


def test_a_map_survives_deaths(bench: Bench, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Death at each commit of an inline Map whose iterations call and wait."""
    inner = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 1, "Next": "T"},
            "T": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets",
                "Parameters": {},
                "End": True,
            },
        },
    }
    arn = bench.start(single({"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 2}), [1, 2, 3])
    commit = turns.Turn._commit
    dead: set[int] = set()

    def die(self: Any) -> None:
        commit(self)
        if self.version not in dead:
            dead.add(self.version)
            raise Died

    monkeypatch.setattr(turns.Turn, "_commit", die)
    for _ in range(60):
        try:
            bench.settle(1)
        except Died:
            platform.extras["stepfunctions.calls"] = Calls()
            with platform.store.write() as tx:
                tx.end_leases(["stepfunctions:Execution"])
        if bench.sfn.describe_execution(executionArn=arn)["status"] != "RUNNING":
            break
        bench.clock.advance(0.5)
    assert bench.end(arn)["status"] == "SUCCEEDED"
    assert bench.types(arn).count("TaskSucceeded") == 3
    whole(bench, arn)
    assert len(dead) > 3
