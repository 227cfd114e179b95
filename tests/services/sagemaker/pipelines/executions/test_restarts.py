"""A process that dies at any point of a pipeline: nothing is lost, and nothing is done twice.

A controller that dies is one whose decision is not written; a consumer that dies is one whose transaction is undone. Both are
tried at every point, by chance from a fixed seed. tests/recovery kills real processes.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from clary.plane import Record, Step, World
from clary.server.loop import Controllers
from tests.services.sagemaker.pipeline_bench import (
    Bench,
    condition,
    get,
    model,
    processing,
    register,
    training,
)

OUTPUT = get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")


def steps(bench: Bench) -> list[dict[str, Any]]:
    role = bench.role
    inside = [model("Create", role), register("Register", DependsOn=["Create"])]
    return [
        processing("Split", role),
        training("TrainA", role, OUTPUT),
        training("TrainB", role, OUTPUT),
        training("TrainC", role, DependsOn=["TrainA"]),
        condition("Gate", 1, 1, inside, [training("No", role)], DependsOn=["TrainB", "TrainC"]),
        processing("Report", role, "report", DependsOn=["Gate"]),
    ]


class Dying(Controllers):
    """Controllers that die after half of what they do, before it is written: others find the leases ended."""

    chance = random.Random(0)

    def _write(self, record: Record, step: Step, world: World) -> None:
        if self.chance.random() < 0.5:
            self._release()
        else:
            super()._write(record, step, world)


def outcome(bench: Bench, arn: str) -> dict[str, Any]:
    """Return all that an execution has come to, but for what is different by nature: names and times."""
    return {
        name: (one["StepStatus"], one["AttemptCount"], sorted(one["Metadata"]))
        for name, one in bench.steps(arn).items()
    }


def run(bench: Bench, name: str) -> str:
    """Run the pipeline to its end; the program of each job ends as soon as it is there."""
    arn = bench.start(*steps(bench), name=name)

    def over() -> bool:
        for job in [one for one in bench.runs.runs() if bench.runs.goes_on(one)]:
            bench.runs.finish(job)
        return bench.status(arn) in ("Succeeded", "Failed")

    bench.until(over, 600)
    return arn


@pytest.mark.parametrize("seed", range(3))
def test_every_decision_may_be_lost(bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = run(bench, "calm")
    assert bench.status(undisturbed) == "Succeeded", [
        one["FailureReason"] for one in bench.steps(undisturbed).values() if "FailureReason" in one
    ]
    monkeypatch.setattr(Dying, "chance", random.Random(seed))
    bench.controllers.__class__ = Dying
    started: Counter[str] = Counter()
    begin = bench.runs.start

    def start(run: str, spec: Any) -> bool:
        started[run] += run not in bench.runs.specs
        return begin(run, spec)

    monkeypatch.setattr(bench.runs, "start", start)
    disturbed = run(bench, "stormy")
    assert outcome(bench, disturbed) == outcome(bench, undisturbed)
    assert set(started.values()) == {1}
    assert len(started) == 5
    assert len(bench.sm.list_model_packages(ModelPackageGroupName="models")["ModelPackageSummaryList"]) == 2
    assert len(bench.sm.list_models()["Models"]) == 2


def test_a_step_that_ended_before_the_execution_was_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The execution makes a step, and before it can write that down the step has ended: it must look again."""
    write = bench.controllers._write

    def late(record: Record, step: Step, world: World) -> None:
        if record.kind == "sagemaker:PipelineExecution" and step.private.get("steps") == {"Gate": "Running"}:
            bench.turn(2)
        write(record, step, world)

    monkeypatch.setattr(bench.controllers, "_write", late)
    arn = bench.start(condition("Gate", 1, 1, [], []))
    bench.turn()
    assert bench.status(arn) == "Succeeded"


def test_a_job_that_is_over_before_a_later_controller_finds_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A controller is killed after it created a job and before it wrote that down. The job ends, and its change has woken the step in
    vain; the next controller finds a job that wakes nobody any more."""
    write, killed = bench.controllers._write, list[str]()

    def finished() -> bool:
        for job in [one for one in bench.runs.runs() if bench.runs.goes_on(one)]:
            bench.runs.finish(job)
        (job,) = bench.sm.list_training_jobs()["TrainingJobSummaries"]
        return job["TrainingJobStatus"] == "Completed"

    def write_or_die(record: Record, step: Step, world: World) -> None:
        if killed or not step.private.get("begun"):
            return write(record, step, world)
        killed.append(record.kind)
        bench.until(finished)
        bench.turn(2)  # the consumer has read the change of the job
        return bench.controllers._release()

    monkeypatch.setattr(bench.controllers, "_write", write_or_die)
    arn = bench.start(training("Train", bench.role))
    bench.until(lambda: bench.status(arn) == "Succeeded")
    assert killed == ["sagemaker:PipelineExecutionStep"]
    assert len(bench.runs.runs()) == 1
