"""Moves a run from state to state until everything in it waits.

engine.advance(limit)     enter states, wake what has waited long enough, begin branches, end the run
engine.tasks()            what must be done outside: the frames whose task is new
engine.task_…(frame, …)   what became of it
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from clary.services.stepfunctions.interpreter import branches, leaves, maps, tasks
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.definition import Definition, State
from clary.services.stepfunctions.interpreter.events import Journal, data, failure
from clary.services.stepfunctions.interpreter.outside import Outside
from clary.services.stepfunctions.interpreter.run import End, Facts, Frame, Run
from clary.services.stepfunctions.language import retries
from clary.services.stepfunctions.language.errors import (
    DATA_LIMIT,
    QUERY,
    RUNTIME,
    EvaluationError,
    StateError,
)
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.texts import dump

_HISTORY_FULL = "The execution reached the maximum number of history events (25000)."
_MOST_VARIABLES = 10 << 20  # "The total limit for all stored variables is 10MiB"
_ABORTED = ("Task", "Wait", "Map", "Parallel")
_READY = ("enter", "run")


class Engine:
    """A run, its definition and the world around it."""

    def __init__(self, run: Run, definition: Definition, facts: Facts, outside: Outside) -> None:
        self.run = run
        self.definition = definition
        self.facts = facts
        self.outside = outside
        self.journal = Journal(run, outside)
        self._is_late: Callable[[], bool] = lambda: False
        self._is_failing = False
        self._before: str | None = None

    # the run ---------------------------------------------------------------------------------------------------------

    def begin(self, input: Any, text: str) -> None:
        """Begin: the event ExecutionStarted, and the first state."""
        frame = self.run.add(0, 0, 0, self.definition.containers[0].start, input, 0)
        if self.definition.timeout is not None:
            self.run.deadline = self.outside.now() + self.definition.timeout
        details = {**data("input", text), "roleArn": self.facts.role}
        self.journal.add(frame, "ExecutionStarted", "executionStartedEventDetails", details, chained=False)

    def advance(self, limit: int = 5_000, is_late: Callable[[], bool] = lambda: False) -> bool:
        """Move until all waits or the run has ended; return False if there is more to do after `limit` steps, or when it
        is late."""
        run = self.run
        self._is_late = is_late
        now, business = self.outside.now(), self.outside.business()
        if run.deadline is not None and now >= run.deadline and run.end is None:
            self.time_out()
        ready = deque(frame.id for frame in run.frames.values() if self._is_ready(frame, business))
        while ready and run.end is None:
            if limit <= 0:
                return False
            frame = run.frames.get(ready.popleft())
            if frame is None:
                continue
            limit = self._go(frame, limit, ready)
        return True

    def _is_ready(self, frame: Frame, business: float) -> bool:
        return frame.phase in _READY or (frame.phase == "sleep" and (frame.until or 0.0) <= business)

    def _go(self, frame: Frame, limit: int, ready: deque[int]) -> int:
        """Move one frame until it waits, and put those that it begins or wakes into the line."""
        run = self.run
        while run.end is None and frame.id in run.frames and limit > 0:
            known = run.next_frame
            woken = self.step(frame)
            limit = 0 if self._is_late() else limit - 1
            ready.extend(range(known, run.next_frame))
            if woken:
                ready.append(woken)
            if frame.phase not in _READY:
                return limit
        if frame.id in run.frames:
            ready.appendleft(frame.id)
        return limit

    def step(self, frame: Frame) -> int:
        """Make one step. Return the id of another frame that can go on now, or 0."""
        self.run.has_moved = True
        state = self.definition.state(frame.container, frame.state)
        at = Data(self.run, self.facts, frame, state)
        try:
            if frame.phase == "enter":
                self.enter(frame, state)
            if frame.phase == "sleep":
                return self._slept(frame, at)
            return self._run(frame, at)
        except StateError as error:
            return self.failed(frame, error)

    def enter(self, frame: Frame, state: State) -> None:
        """Begin a state: its first event."""
        if self.journal.is_full:
            raise _Full(RUNTIME, _HISTORY_FULL)
        frame.entered_prev = frame.prev
        frame.entered = self.outside.now()
        frame.retries = {}
        text = frame.text if frame.text is not None else dump(frame.input)
        frame.text = None
        details = {"name": state.name, **data("input", text)}
        frame.entered_id = self.journal.add(
            frame, f"{state.kind}StateEntered", "stateEnteredEventDetails", details
        )

    def _run(self, frame: Frame, at: Data) -> int:
        kind = at.state.kind
        if kind == "Task":
            tasks.begin(self, at)
            return 0
        if kind == "Parallel":
            return branches.begin(self, at)
        if kind == "Map":
            return maps.begin(self, at)
        return leaves.KINDS[kind](self, at)

    def _slept(self, frame: Frame, at: Data) -> int:
        frame.until = None
        if frame.then == "retry":
            frame.phase = "run"
            return self._run(frame, at)
        return self.exit(frame, at, *at.output())

    # leaving a state -------------------------------------------------------------------------------------------------

    def exit(
        self, frame: Frame, at: Data, output: Any, assigned: dict[str, Any], next: str | None = None
    ) -> int:
        """Leave a state for the next one, or end the level. Return the id of a frame that can go on, or 0."""
        text = dump(output)
        details: dict[str, Any] = {"name": at.state.name, **data("output", text)}
        if assigned:
            self._assign(frame, at, assigned, details)
        self.journal.add(frame, f"{at.state.kind}StateExited", "stateExitedEventDetails", details)
        frame.task = frame.inside = None
        following = next or at.raw.get("Next")
        if following is None:
            return self._finished(frame, output, text)
        frame.state, frame.input, frame.text, frame.phase = following, output, text, "enter"
        return 0

    def _assign(self, frame: Frame, at: Data, assigned: dict[str, Any], details: dict[str, Any]) -> None:
        found = {name: dump(value) for name, value in assigned.items()}
        if sum(len(text.encode()) for text in found.values()) > MOST_BYTES:
            raise StateError(
                DATA_LIMIT, f"The variables that the state '{at.state.name}' assigns are too large."
            )
        frame.variables = {**frame.variables, **assigned}
        if len(dump(frame.variables)) > _MOST_VARIABLES:
            raise StateError(DATA_LIMIT, "The variables of the execution are larger than 10 MiB.")
        details["assignedVariables"] = found
        details["assignedVariablesDetails"] = {"truncated": False}

    def _finished(self, frame: Frame, output: Any, text: str) -> int:
        """End a level: the run, a branch or an iteration."""
        frame.phase = "over"
        if frame.parent:
            return self._branch_ended(frame, output)
        self.run.end = End("SUCCEEDED", output=text)
        self.journal.add(frame, "ExecutionSucceeded", "executionSucceededEventDetails", data("output", text))
        self.run.clear()
        return 0

    def _branch_ended(self, frame: Frame, output: Any) -> int:
        parent = self.run.frames[frame.parent]
        state = self.definition.state(parent.container, parent.state)
        at = Data(self.run, self.facts, parent, state)
        try:
            ended = branches.ended if state.kind == "Parallel" else maps.ended
            return ended(self, at, frame, output)
        except StateError as error:
            return self.failed(parent, error)

    # failing ---------------------------------------------------------------------------------------------------------

    def failed(self, frame: Frame, error: StateError) -> int:
        """Handle an error of a state: try again, go to a catcher, or fail the level. Return the id of a frame that can go on."""
        if isinstance(error, _Full):
            return self._end(frame, error)
        if not self._is_failing:
            self._before = dump(self.run.snapshot())
        self._is_failing = True
        try:
            return self._handled(frame, error)
        finally:
            self._is_failing = False

    def _handled(self, frame: Frame, error: StateError) -> int:
        state = self.definition.state(frame.container, frame.state)
        if isinstance(error, EvaluationError):
            error = self._explained(frame, state, error)
        self._abort_inside(frame)
        frame.task = None
        return self._retried(frame, state, error) or self._caught(frame, state, error)

    def _explained(self, frame: Frame, state: State, error: EvaluationError) -> StateError:
        cause = f"An error occurred while executing the state '{state.name}' (entered at the event id #{frame.entered_id}). {error.problem}"
        if error.error == QUERY:
            details = {"error": error.error, "cause": cause, "location": error.location, "state": state.name}
            self.journal.add(
                frame, "EvaluationFailed", "evaluationFailedEventDetails", details, prev=frame.entered_prev
            )
        return StateError(error.error, cause)

    def _retried(self, frame: Frame, state: State, error: StateError) -> int:
        retriers = state.raw.get("Retry", [])
        number = retries.handler(error.error, retriers, state.kind == "Task")
        if number is None:
            return 0
        retrier, used = retriers[number], frame.retries.get(str(number), 0)
        if used >= retries.most_attempts(retrier):
            return 0
        frame.retries = {**frame.retries, str(number): used + 1}
        wait = retries.delay(retrier, used, self.outside.random())
        frame.phase, frame.then, frame.until = "sleep", "retry", self.outside.business() + wait
        frame.inside = None
        return frame.id if wait <= 0 else -1

    def _caught(self, frame: Frame, state: State, error: StateError) -> int:
        if state.kind in ("Map", "Parallel") and error.error != RUNTIME:
            self.journal.add(frame, f"{state.kind}StateFailed")
        catchers = state.raw.get("Catch", [])
        number = retries.handler(error.error, catchers, state.kind == "Task")
        if number is None:
            return self._level_failed(frame, error)
        at = Data(self.run, self.facts, frame, state)
        try:
            output, assigned = at.caught(catchers[number], error)
        except StateError as second:
            if isinstance(second, EvaluationError):
                second = self._explained(frame, state, second)
            return self._level_failed(frame, second)
        self.exit(frame, at, output, assigned, catchers[number]["Next"])
        return frame.id

    def _level_failed(self, frame: Frame, error: StateError) -> int:
        if not frame.parent:
            return self._end(frame, error)
        parent = self.run.frames[frame.parent]
        if self.definition.state(parent.container, parent.state).kind == "Map":
            details = {"name": parent.state, "index": frame.index}
            self.journal.add(
                frame, "MapIterationFailed", "mapIterationFailedEventDetails", details, chained=False
            )
        if self.definition.state(frame.container, frame.state).kind == "Task":
            self.journal.add(frame, "TaskStateAborted", chained=False)
        parent.prev = frame.prev
        self.run.drop(frame)
        return self._handled(parent, error)

    def _abort_inside(self, frame: Frame) -> None:
        """End the branches or iterations that go on beside the one that failed."""
        if frame.inside is None:
            return
        is_map = self.definition.state(frame.container, frame.state).kind == "Map"
        for one in self.run.below(frame):
            if is_map and one.phase != "over":
                details = {"name": frame.state, "index": one.index}
                self.journal.add(
                    frame, "MapIterationAborted", "mapIterationAbortedEventDetails", details, chained=False
                )
            kind = self.definition.state(one.container, one.state).kind
            if kind in _ABORTED and one.phase not in ("over", "enter"):
                self.journal.add(frame, f"{kind}StateAborted", chained=False)
            self.run.drop(one)

    def _end(self, frame: Frame, error: StateError) -> int:
        while frame.parent:
            prev, frame = frame.prev, self.run.frames[frame.parent]
            frame.prev = prev
        self.run.end = End("FAILED", error=error.error, cause=error.cause, before=self._before)
        details = failure(error.error, error.cause)
        self.journal.add(frame, "ExecutionFailed", "executionFailedEventDetails", details)
        self.run.clear()
        return 0

    # what comes from outside -----------------------------------------------------------------------------------------

    def time_out(self) -> None:
        """End the run, whose TimeoutSeconds are over."""
        self._cut("TIMED_OUT", "ExecutionTimedOut", "executionTimedOutEventDetails", "States.Timeout", None)

    def abort(self, error: str | None, cause: str | None) -> None:
        """End the run because StopExecution asked for it."""
        self._cut("ABORTED", "ExecutionAborted", "executionAbortedEventDetails", error, cause)

    def _cut(self, status: str, kind: str, member: str, error: str | None, cause: str | None) -> None:
        frame = next(iter(self.run.frames.values()))
        self.run.end = End(status, error=error, cause=cause, before=dump(self.run.snapshot()))
        self.journal.add(frame, kind, member, failure(error, cause), prev=0)
        self.run.clear()

    def wakes_at(self) -> tuple[float | None, float | None]:
        """Return when the run is to be looked at again: in machine time, and in business time."""
        run = self.run
        sleeps = [
            frame.until for frame in run.frames.values() if frame.phase == "sleep" and frame.until is not None
        ]
        ends = [
            moment
            for frame in run.frames.values()
            if frame.phase == "task" and frame.task
            for moment in (frame.task.get("deadline"), frame.task.get("beat_deadline"))
            if moment is not None
        ]
        ends += [] if run.deadline is None else [run.deadline]
        return min(ends, default=None), min(sleeps, default=None)


class _Full(StateError):
    """There is no room for more events."""
