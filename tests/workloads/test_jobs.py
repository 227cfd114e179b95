"""The life of a job, with the words of another service than those that are here: AWS Glue's job runs
(https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Call, Document, Platform, Record, States, Step, World, revise
from clary.runs.api import Host, RunSpec, RunState
from clary.runs.fake import FakeExecutor
from clary.workloads.jobs import CannotStart, End, Lifecycle, Stage, runs_of
from clary.workloads.log_journal import Log

ROLE = "arn:aws:iam::111122223333:role/Glue"
RUN = "jobRun-jr_1-111122223333-us-east-1-f4240"
AGAIN = f"{RUN}-r1"
STATES = States(
    "JobRunState",
    start="RUNNING",
    stop="STOPPING",
    final=("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"),
    busy=("RUNNING", "STOPPING"),
)


def spec(job: Record, world: World) -> tuple[RunSpec, str]:
    if job.spec.get("late"):
        raise CannotStart(End("TIMEOUT", {"ErrorMessage": "waited too long"}))
    return RunSpec(("etl",), hosts=(Host("driver"),)), ROLE


def end(job: Record, world: World, state: RunState) -> End:
    if state.phase == "lost":
        return End("FAILED", {"ErrorMessage": "lost"})
    if job.status == "STOPPING":
        return End("STOPPED")
    bill = Call("cloudwatch", "PutMetricData", {"Namespace": "Glue", "MetricData": []})
    return End("FAILED" if state.exit_code else "SUCCEEDED", {"CompletedOn": state.ended}, (bill,))


def progress(job: Record, world: World, stage: Stage, state: RunState) -> Mapping[str, Any]:
    return {"Shown": [*job.observed.get("Shown", []), stage]}


LIFE = Lifecycle(
    states=STATES,
    spec=spec,
    log=lambda job: Log("/aws-glue/jobs/output", {"driver": job.id}),
    end=end,
    progress=progress,
    retries=lambda job: job.spec.get("MaxRetries", 0),
    grace=7.0,
)


@dataclass
class Bench:
    """A job of Glue's, and what its controller does with it."""

    platform: Platform
    runs: FakeExecutor
    clock: FakeClock
    job: Record
    calls: list[Call] = field(default_factory=list)

    def turn(self) -> Step:
        """Let the controller look at the job once, and keep what it decides."""
        world = World(self.platform, self.clock.now(), self.job, "glue.amazonaws.com")
        step = LIFE.move(self.job, world)
        status = step.status or self.job.status
        self.job = revise(self.job, observed=step.set, private=step.private, status=status)
        self.calls += step.calls
        return step

    def lines(self) -> list[str]:
        puts = [call.params for call in self.calls if call.operation == "PutLogEvents"]
        return [event["message"] for put in puts for event in put["logEvents"]]


@pytest.fixture
def bench(platform: Platform, runs: FakeExecutor, clock: FakeClock) -> Bench:
    job = Record(
        kind="glue:JobRun",
        scope="111122223333/us-east-1",
        id="jr_1",
        arn="arn:aws:glue:us-east-1:111122223333:jobRun/jr_1",
        status="RUNNING",
        doc=Document().over({}),
        created=1000.0,
    )
    return Bench(platform, runs, clock, job)


def test_a_job_from_its_start_to_its_end(bench: Bench) -> None:
    assert bench.turn() == Step(private={"run": RUN}, after=0.05)
    assert bench.runs.specs[RUN].env["AWS_REGION"] == "us-east-1"
    assert "/_clary/credentials/" in bench.runs.specs[RUN].credentials_uri
    bench.runs.advance(RUN)
    bench.runs.write(RUN, "one\n", "driver")
    bench.turn()
    assert bench.job.observed["Shown"] == ["running"]
    bench.runs.write(RUN, "two", "driver")
    bench.runs.finish(RUN, ended=2000.0)
    step = bench.turn()
    assert (step.status, step.set, step.after) == ("SUCCEEDED", {"CompletedOn": 2000.0}, 1.0)
    assert step.calls[-1].params["Namespace"] == "Glue"
    assert bench.lines() == ["one", "two"]
    assert {call.params.get("logGroupName") for call in bench.calls[:-1]} == {"/aws-glue/jobs/output"}
    assert bench.turn() == Step()
    assert bench.runs.runs() == []


def test_a_step_that_was_not_written_starts_nothing_a_second_time(bench: Bench) -> None:
    before = bench.job
    bench.turn()
    bench.job = before
    bench.turn()
    assert bench.runs.runs() == [RUN]


def test_without_capacity_a_job_waits_and_says_so(bench: Bench) -> None:
    bench.runs.full = True
    assert bench.turn() == Step(set={"Shown": ["waiting"]}, after=0.5)
    bench.runs.full = False
    bench.turn()
    assert bench.job.private["run"] == RUN


def test_a_job_that_cannot_start_ends_without_a_run(bench: Bench) -> None:
    bench.job = revise(bench.job, spec={"late": True})
    assert bench.turn().status == "TIMEOUT"
    assert bench.job.observed["ErrorMessage"] == "waited too long"
    assert bench.runs.specs == {}


def test_a_run_is_told_to_stop_once(bench: Bench) -> None:
    bench.turn()
    bench.runs.advance(RUN)
    bench.job = bench.job.evolve(status="STOPPING")
    for _ in range(3):
        bench.turn()
    assert bench.runs.stops == [(RUN, 7.0)]
    bench.runs.finish(RUN, 143)
    assert bench.turn().status == "STOPPED"


def test_a_job_that_is_stopped_before_its_run_began_has_none(bench: Bench) -> None:
    bench.job = bench.job.evolve(status="STOPPING")
    assert bench.turn().status == "STOPPED"
    assert bench.runs.specs == {}


def test_a_run_that_is_gone_is_lost(bench: Bench) -> None:
    """Its folder was deleted: nobody knows how it ended, and it is not started again."""
    bench.turn()
    bench.runs.finish(RUN)
    bench.runs.forget(RUN)
    assert bench.turn().status == "FAILED"
    assert bench.job.observed["ErrorMessage"] == "lost"


def test_a_run_that_is_gone_is_followed_by_another_attempt(bench: Bench) -> None:
    """As one that was lost otherwise is, while the job has any left."""
    bench.job = revise(bench.job, spec={"MaxRetries": 1})
    bench.turn()
    bench.runs.finish(RUN)
    bench.runs.forget(RUN)
    bench.turn()
    assert bench.job.observed["Shown"] == ["restarting"]
    bench.turn()
    assert bench.runs.runs() == [AGAIN]
    bench.runs.finish(AGAIN)
    bench.runs.forget(AGAIN)
    assert bench.turn().status == "FAILED"


class TestAttempts:
    @pytest.fixture(autouse=True)
    def lost(self, bench: Bench) -> None:
        """A first attempt that wrote a line and was lost, of a job that may have two."""
        bench.job = revise(bench.job, spec={"MaxRetries": 1})
        bench.turn()
        bench.runs.write(RUN, "first\n", "driver")
        bench.runs.advance(RUN, "lost")

    def test_a_lost_run_is_followed_by_another_with_a_name_of_its_own(self, bench: Bench) -> None:
        bench.turn()
        assert bench.job.observed["Shown"] == ["restarting"]
        bench.turn()
        assert bench.runs.runs() == sorted([RUN, AGAIN])
        assert runs_of(bench.job) == [RUN, AGAIN]

    def test_its_log_goes_on_in_the_same_stream(self, bench: Bench) -> None:
        bench.turn()
        bench.turn()
        bench.runs.write(AGAIN, "second\n", "driver")
        bench.runs.finish(AGAIN)
        assert bench.turn().status == "SUCCEEDED"
        assert bench.lines() == ["first", "second"]

    def test_there_are_no_more_than_it_may_have(self, bench: Bench) -> None:
        bench.turn()
        bench.turn()
        bench.runs.advance(AGAIN, "lost")
        assert bench.turn().status == "FAILED"

    def test_a_job_that_was_told_to_stop_has_no_other(self, bench: Bench) -> None:
        bench.job = bench.job.evolve(status="STOPPING")
        assert bench.turn().status == "FAILED"

    def test_what_all_of_them_left_is_removed(self, bench: Bench) -> None:
        bench.turn()
        bench.turn()
        bench.runs.finish(AGAIN)
        bench.turn()
        bench.turn()
        assert bench.runs.runs() == []


def test_a_run_that_goes_on_after_its_job_has_ended_is_stopped(bench: Bench) -> None:
    """It was started by a step that was never written, while another step ended the job."""
    bench.turn()
    bench.runs.advance(RUN)
    bench.job = bench.job.evolve(status="STOPPED")
    assert bench.turn() == Step(after=1.0)
    assert bench.runs.stops == [(RUN, None)]
    bench.runs.finish(RUN)
    assert bench.turn() == Step()
    assert bench.runs.runs() == []
