"""The life of a tuning job: training jobs that are made one after the other, and what they tell.

    count the training jobs that have ended -> judge -> stop some, or make the next ones -> wait

A training job that ends wakes its tuning job (wake.py). New training jobs are made in the transaction that writes the step:
either both are there or none. So a step that is repeated makes none twice, and the points come from the records alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from clary.kernel import AwsError
from clary.plane import Call, Record, Step, World
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import children, completion, studies, warm_start, watching
from clary.services.sagemaker.tuning.completion import Verdict
from clary.services.sagemaker.tuning.noun import STATES, hyper_parameter_tuning_job
from clary.services.sagemaker.tuning.studies import Study
from clary.services.sagemaker.tuning.tally import Tally, better_of

_AT_ONCE = 10  # training jobs that one step makes: others wait for the store meanwhile
_SOON = 0.01
_UNHEARD = 60.0  # seconds until a look by itself: what wakes is a hint
_WATCH = 0.5  # seconds between looks at the values of running training jobs

_MAKE, _STOP = "CreateTrainingJob", "StopTrainingJob"


@sagemaker.controller(hyper_parameter_tuning_job)
def move(tuner: Record, world: World) -> Step:
    """Move one tuning job one step."""
    if tuner.status in STATES.final:
        return Step()
    tally = Tally.of(tuner)
    study = studies.study_of(tuner, tally, world)
    with study.lock:
        turn = Turn(tuner, world, tally, study)
        turn.count()
        return turn.decide()


@dataclass(slots=True)
class Turn:
    """One step of a tuning job, while it is made."""

    tuner: Record
    world: World
    tally: Tally
    study: Study
    calls: list[Call] = field(default_factory=list)
    alive: dict[str, Record] = field(default_factory=dict)
    """The training jobs that go on."""
    has_counted: bool = False
    """Whether training jobs have ended since the last step."""

    def count(self) -> None:
        """Take in what the training jobs have come to since the last step."""
        with self.world.platform.store.read() as tx:
            found = children.named(tx, self.tuner, self.tally.running)
        for name, child in found.items():
            number = children.number_in(name)
            if child is None:
                self.study.lose(number)
            else:
                self.study.follow(child)
            if child is None or child.status in children.FINAL:
                self.has_counted = True
                self.tally.end(name, child, self.study.definition(number))
            else:
                self.alive[name] = child

    def decide(self) -> Step:
        """Return the step: end, make the next training jobs, or wait."""
        most = self.tuner.private["most"]
        verdict = completion.judge(self.tuner, self.tally, most, self.world.now)
        if verdict and not self.tally.running:
            return self._end(verdict)
        if verdict and verdict.at_once:
            self._stop(list(self.alive))
        elif self.tuner.private.get("watches"):
            self._stop(watching.unpromising(self.tuner, self.study, self.alive))
        if not verdict:
            refusal = self._refusal() if self.tuner.private.get("attempts") else None
            if refusal:
                return self._refused(refusal)
            self._make(most)
        return self._step()

    def _make(self, most: int) -> None:
        limits = self.tuner.spec["HyperParameterTuningJobConfig"]["ResourceLimits"]
        room = limits["MaxParallelTrainingJobs"] - len(self.tally.running)
        for _ in range(min(room, most - self.tally.launched, _AT_ONCE)):
            name, request = self._next()
            self.calls.append(Call("sagemaker", _MAKE, request))
            self.tally.begin(name)

    def _next(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the next training job and the request for it."""
        number = self.tally.launched + 1
        name = children.name_of(self.tuner, number, self.world.ids.hex(8))
        point = self.study.propose(number)
        return name, self.study.definition(number).request(name, point, self.tuner.private.get("tags") or [])

    def _stop(self, names: list[str]) -> None:
        """Ask training jobs to stop, each once. One that has just ended is no obstacle."""
        for name in names:
            if name not in self.tally.stopped and self.alive[name].status == "InProgress":
                self.calls.append(Call("sagemaker", _STOP, {"TrainingJobName": name}, optional=True))
                self.tally.stopped.append(name)

    def _step(self) -> Step:
        waits = completion.deadline(self.tuner) - self.world.now
        soon = _WATCH if self.tuner.private.get("watches") and self.tally.running else _UNHEARD
        if sum(call.operation == _MAKE for call in self.calls) == _AT_ONCE:
            soon = _SOON
        after = min(soon, waits) if waits > 0 else soon
        if not self.calls and not self.has_counted:
            return Step(after=after)
        return Step(set=self._shown(), private=self.tally.private(), calls=tuple(self.calls), after=after)

    def _end(self, verdict: Verdict) -> Step:
        studies.forget(self.tuner)
        ended = {"HyperParameterTuningEndTime": self.world.now, "FailureReason": verdict.reason}
        return Step(verdict.status, {**self._shown(), **ended}, private=self.tally.private())

    def _shown(self) -> dict[str, Any]:
        tuner, now = self.tuner, self.world.now
        shown = self.tally.observed() | {
            "TuningJobCompletionDetails": completion.details(tuner, self.tally, now),
            "ConsumedResources": {"RuntimeInSeconds": max(0, round(now - tuner.created))},
        }
        if "OverallBestTrainingJob" in tuner.observed or warm_start.is_identical(tuner.spec):
            own = self.tally.best and {**self.tally.best, "TuningJobName": tuner.id}
            shown["OverallBestTrainingJob"] = better_of(tuner.observed.get("OverallBestTrainingJob"), own)
        return shown

    # what cannot be made ----------------------------------------------------------------------------------------

    def _refusal(self) -> str | None:
        """Return why the next training job is refused, where the reason will not pass by itself: a role or data may have
        been deleted. The last step could not be written, so it is tried alone, and undone."""
        _, request = self._next()
        reason = None
        with suppress(_Undone), self.world.platform.transaction(write=True) as unit:
            try:
                self.world.call("sagemaker", _MAKE, request, unit)
            except AwsError as error:
                reason = error.message if error.senders_fault else None
            raise _Undone
        return reason

    def _refused(self, reason: str) -> Step:
        """Make no more training jobs; those that run are stopped, and then the tuning job has failed."""
        if not self.tally.running:
            return self._end(Verdict("Failed", reason))
        self._stop(list(self.alive))
        return self._step()


class _Undone(Exception):
    """Raised to undo a transaction."""
