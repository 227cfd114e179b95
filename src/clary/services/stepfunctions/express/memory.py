"""Runs an execution in memory, from its beginning to its end, in the thread that calls."""

from __future__ import annotations

from clary.plane import Record
from clary.plane.port import Plane
from clary.services.stepfunctions.executions.life import outcomes
from clary.services.stepfunctions.executions.life.calls import Calls, Key
from clary.services.stepfunctions.executions.life.facts import facts_of
from clary.services.stepfunctions.executions.life.outside import Around
from clary.services.stepfunctions.integrations import calls
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.interpreter import tasks
from clary.services.stepfunctions.interpreter.definition import Definition
from clary.services.stepfunctions.interpreter.engine import Engine
from clary.services.stepfunctions.interpreter.run import End, Event, Frame, Run

_LONGEST = 300.0  # seconds: "Express workflows can run for up to five minutes"
_LOOK = 0.5  # seconds after which business time is looked at again


class Memory:
    """One express execution."""

    def __init__(
        self, platform: Plane, record: Record, definition: Definition, caller: calls.Caller, calls: Calls
    ) -> None:
        self.record = record
        self.run = Run()
        around = Around(platform, record.scope, record.spec["stateMachineArn"])
        self.engine = Engine(self.run, definition, facts_of(record, record.spec["input"]), around)
        self._caller = caller
        self._calls = calls

    def go(self) -> tuple[End, list[Event]]:
        """Run to the end; return it with all events."""
        self.engine.begin(self.engine.facts.execution["Input"], self.record.spec["input"])
        limit = self.engine.outside.now() + _LONGEST
        self.run.deadline = min(limit, self.run.deadline or limit)
        while self.run.end is None:
            outcomes.take(self.engine, self._answer, {}, lambda frame: None)
            if self.run.end is None and self.engine.advance() and self.run.end is None:
                self._wait()
        self._calls.forget(self.record.arn)
        return self.run.end, self.run.events

    def _key(self, frame: Frame) -> Key:
        return self.record.arn, frame.id, (frame.task or {})["attempt"]

    def _answer(self, frame: Frame) -> Outcome | None:
        return self._calls.take(self._key(frame))

    def _wait(self) -> None:
        """Make the calls of new tasks, and wait for an answer or a moment."""
        keys = [self._begun(frame) for frame in self.run.frames.values() if frame.phase == "task"]
        machine, business = self.engine.wakes_at()
        left = [
            moment - now()
            for moment, now in ((machine, self.engine.outside.now), (business, self.engine.outside.business))
            if moment is not None
        ]
        self._calls.wait(keys, max(0.0, min([_LOOK, *left])))

    def _begun(self, frame: Frame) -> Key:
        assert frame.task is not None
        if frame.task["stage"] == "new":
            frame.task["stage"] = "calling"
            tasks.started(self.engine, frame)
        task = dict(frame.task)
        self._calls.start(self._key(frame), lambda: calls.make(self._caller, task), lambda: True)
        return self._key(frame)
