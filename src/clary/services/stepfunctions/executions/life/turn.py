"""One look at a running execution: move it until it waits, write what has happened, make its calls, and again.

    take what became of tasks -> move -> begin tasks -> commit -> make calls -> wait a moment for them

A call is made after the commit that says so, so that a process that dies in between makes the same call again. Its
result is in no table before the commit that tells of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from clary.plane import Record, Step, World
from clary.plane.signals import DUE
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.life import logs, outcomes
from clary.services.stepfunctions.executions.life.calls import Key, calls_of
from clary.services.stepfunctions.executions.life.facts import definition_of, facts_of
from clary.services.stepfunctions.executions.life.outside import Around
from clary.services.stepfunctions.executions.noun import RUNNING
from clary.services.stepfunctions.integrations import calls
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.interpreter import tasks
from clary.services.stepfunctions.interpreter.engine import Engine
from clary.services.stepfunctions.interpreter.run import Frame, Run
from clary.services.stepfunctions.language.texts import dump, load
from clary.services.stepfunctions.maps import wait as map_waits
from clary.store.api import Tx

_AT_ONCE = 2_000  # transitions in one commit
_LONGEST = 2.0  # seconds of a look, so that its lease lasts and others have a turn
_PATIENCE = 0.25  # seconds that a look waits for calls; most take less
_AGAIN, _LATER = 0.1, 30.0  # seconds until a look when calls could not start, and when they go on


class Turn:
    """A look at one execution."""

    def __init__(self, record: Record, world: World) -> None:
        self.record = record
        self.world = world
        self.calls = calls_of(world.platform)
        with world.platform.store.read() as tx:
            self.row = runs.load(tx, record.arn)
            self.reports = runs.tasks(tx, record.arn)
            definition = definition_of(tx, record)
        self.version = self.row.version
        run = Run() if self.row.state is None else Run.of(load_state(self.row.state))
        around = Around(world.platform, record.scope, record.spec["stateMachineArn"])
        self.engine = Engine(run, definition, facts_of(record, self.row.input), around)
        self.run = run
        self.new: list[Frame] = []
        self.children: list[str] = []
        self.looked: set[Key] = set()

    def go(self) -> Step:
        """Move until nothing can go on now."""
        began = time.monotonic()
        if self.row.state is None:
            self.engine.begin(self.engine.facts.execution["Input"], self.row.input)
        if self._is_orphan():
            self.engine.abort(None, None)
            return self._ended()
        while True:
            is_done = self._move(began + _LONGEST)
            if self.run.end is not None:
                return self._ended()
            self._commit()
            if time.monotonic() - began > _LONGEST:
                return Step(after=0)
            is_started = self._call()
            if not is_done or self._is_answered():
                continue
            return self._waits(is_started)

    def _waits(self, is_started: bool) -> Step:
        """Return the decision to wait: for a moment, for a report, for a call. A call that this process loses with its life is
        made again by the look that comes some time later in any case."""
        machine, business = self.engine.wakes_at()
        moments = [] if machine is None else [max(0.0, machine - self.world.platform.clock.now())]
        if self._calling():
            moments.append(_LATER if is_started else _AGAIN)
        return Step(after=min(moments, default=None), until=business)

    def _is_orphan(self) -> bool:
        """Return whether this is a child of a Map Run that has ended before it."""
        if ":mapRun:" not in self.record.parent:
            return False
        with self.world.platform.store.read() as tx:
            found = tx.by_arn(self.record.parent)
        return found is None or found.status != RUNNING

    # moving ----------------------------------------------------------------------------------------------------------

    def _move(self, until: float) -> bool:
        outcomes.take(self.engine, self._answer, self.reports, self._look)
        is_done = self.engine.advance(_AT_ONCE, lambda: time.monotonic() > until)
        if self.run.end is None:
            for frame in list(self.run.frames.values()):
                if frame.phase == "task" and frame.task and frame.task["stage"] == "new":
                    self._begin(frame)
        return is_done

    def _begin(self, frame: Frame) -> None:
        """Begin a task: from the next commit on it is to be called, or waits for a worker."""
        assert frame.task is not None
        task = frame.task
        if task["family"] in ("activity", "mapRun"):
            task["stage"] = "waiting"
            if task["family"] == "mapRun":
                tasks.started(self.engine, frame)
        else:
            task["stage"] = "calling"
            tasks.started(self.engine, frame)
        if task.get("token") or task["family"] == "mapRun":
            self.new.append(frame)

    def _key(self, frame: Frame) -> Key:
        return self.record.arn, frame.id, (frame.task or {})["attempt"]

    def _answer(self, frame: Frame) -> Outcome | None:
        outcome = self.calls.take(self._key(frame))
        if outcome is not None and outcome.child is not None:
            self.children.append(outcome.child["arn"])
        return outcome

    def _look(self, frame: Frame) -> Outcome | None:
        """Look at a child, once in this turn: its change wakes the execution."""
        task = frame.task or {}
        if self._key(frame) in self.looked:
            return None
        self.looked.add(self._key(frame))
        if task["family"] == "mapRun":
            return map_waits.outcome(self.world, task)
        return calls.look(self._caller(), task)

    # writing ---------------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Write what has happened. Raise Stale if somebody else has moved this execution."""
        if not self.run.has_moved and not self.run.events and not self.children and not self.new:
            return
        with self.world.platform.transaction(write=True) as unit:
            self._write_tasks(unit.tx)
            state = dump(self.run.snapshot())
            runs.save(unit.tx, self.record.arn, self.version, state, self.run.events)
            logs.write(self.world, self.record, self.run.events, unit)
            for frame in self.new:
                unit.notify(topic_of((frame.task or {})["arn"]))
        self.version += 1
        # What a look after this commit finds about a child is told by no change that came before it.
        self.looked -= {key for key in self.looked if self.children}
        self.run.events, self.new, self.children = [], [], []
        self.run.has_moved = False

    def _write_tasks(self, tx: Tx) -> None:
        for frame in self.new:
            assert frame.task is not None
            if frame.task["family"] == "mapRun":
                map_waits.begin(tx, self.record, frame.task, self.engine.definition, self.world.now)
                continue
            text = dump(frame.task["arguments"])
            runs.add_task(tx, self.record.scope, self.record.arn, frame.id, frame.task, text, self.world.now)
        for child in self.children:
            runs.add_child(tx, child, self.record.arn)
        waiting = {(frame.task or {}).get("token") for frame in self.run.frames.values()}
        runs.drop_tasks(tx, [token for token in self.reports if token not in waiting])

    def _ended(self) -> Step:
        end = self.run.end
        assert end is not None
        events, version = self.run.events, self.version
        now = self.world.platform.clock.now()
        orphans = self.run.orphans or None
        self.calls.forget(self.record.arn)
        return Step(
            end.status,
            {"stopDate": now, "error": end.error, "cause": end.cause},
            private={"orphans": orphans},
            after=0 if orphans else None,
            writes=(lambda tx: end_in(tx, self.record.arn, version, end.before, events, end.output),),
            calls=logs.calls(self.record, events),
        )

    # calling ---------------------------------------------------------------------------------------------------------

    def _caller(self) -> calls.Caller:
        return caller_of(self.world, self.record)

    def _calling(self) -> list[Frame]:
        return [
            frame
            for frame in self.run.frames.values()
            if frame.phase == "task" and frame.task and frame.task["stage"] == "calling"
        ]

    def _call(self) -> bool:
        """Start the calls that nobody makes yet; return False if there are too many."""
        started = [self._start(frame) for frame in self._calling()]
        return all(started)

    def _start(self, frame: Frame) -> bool:
        caller, task = self._caller(), dict(frame.task or {})
        return self.calls.start(
            self._key(frame), lambda: calls.make(caller, task), waker(self.world, self.record)
        )

    def _is_answered(self) -> bool:
        keys = [self._key(frame) for frame in self._calling()]
        waiting = any(
            (frame.task or {}).get("child") and self._key(frame) not in self.looked
            for frame in self.run.frames.values()
            if frame.phase == "task"
        )
        return waiting or (bool(keys) and self.calls.wait(keys, _PATIENCE))


def load_state(text: str) -> dict[str, Any]:
    """Return a snapshot. It may be nested more deeply than what users send."""
    return load(text)


def end_in(tx: Tx, arn: str, version: int, before: str | None, events: list[Any], output: str | None) -> None:
    """Write the end of an execution into the tables."""
    runs.save(tx, arn, version, before, events, output)
    runs.settle(tx, arn)


def topic_of(activity: str) -> str:
    """Return what those wait for who ask for tasks of an activity."""
    import hashlib

    return f"stepfunctions:{hashlib.sha256(activity.encode()).hexdigest()[:32]}"


def caller_of(world: World, record: Record) -> calls.Caller:
    """Return as whom the tasks of an execution call."""

    def call(service: str, operation: str, request: dict[str, Any], role: str) -> dict[str, Any]:
        return world.call(service, operation, request, role=role, session=record.spec["name"])

    def has_begun(kind: str, id: str) -> bool:
        found = world.get(kind, id)
        return found is not None and found.parent == record.arn

    return calls.Caller(world.platform, call, record.spec["roleArn"], record.arn, has_begun)


def waker(world: World, record: Record) -> Callable[[], bool]:
    """Return what makes an execution due now, and says whether it runs still."""

    def wake() -> bool:
        with world.platform.transaction(write=True) as unit:
            unit.notify(DUE)
            return wake_in(unit.tx, record.kind, record.scope, record.id, world.platform.clock.now())

    return wake


def wake_in(tx: Tx, kind: str, scope: str, id: str, now: float) -> bool:
    """Make an execution due now: it is written again, so that a look that has not seen the news cannot put it to sleep. Return
    False for one that has ended."""
    record = tx.get(kind, scope, id)
    if record is None or record.status != RUNNING:
        return False
    tx.update(record.evolve(due=now))
    return True
