"""Runs one state, and remembers what became of an error."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.executions.life.outside import Around
from clary.services.stepfunctions.interpreter import branches, tasks
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.definition import State
from clary.services.stepfunctions.interpreter.engine import Engine
from clary.services.stepfunctions.interpreter.run import Frame
from clary.services.stepfunctions.language import retries
from clary.services.stepfunctions.language.errors import StateError


class Mocked(Around):
    """The world of a state whose task is mocked: every task can begin."""

    def refusal(self, resource: str, arguments: Any) -> str | None:
        return None


class Probe(Engine):
    """An engine that says how an error was handled."""

    error: StateError | None = None
    used: int = 0
    """How often each retrier was used before."""
    retried: int | None = None
    wait: float = 0.0
    caught: int | None = None

    def _retried(self, frame: Frame, state: State, error: StateError) -> int:
        self.error = error
        found = super()._retried(frame, state, error)
        if found:
            self.retried = retries.handler(error.error, state.raw["Retry"], state.kind == "Task")
            self.wait = (frame.until or 0.0) - self.outside.business()
        return found

    def _caught(self, frame: Frame, state: State, error: StateError) -> int:
        self.caught = retries.handler(error.error, state.raw.get("Catch", []), state.kind == "Task")
        return super()._caught(frame, state, error)

    def enter(self, frame: Frame, state: State) -> None:
        """Begin a state whose retriers were used before."""
        super().enter(frame, state)
        frame.retries = {
            str(number): self.used for number, _ in enumerate(state.raw.get("Retry", [])) if self.used
        }

    @property
    def status(self) -> str:
        """What TestState calls it."""
        if self.retried is not None:
            return "RETRIABLE"
        if self.run.end is not None and self.run.end.status == "FAILED":
            return "FAILED"
        return "SUCCEEDED" if self.caught is None else "CAUGHT_ERROR"

    def stand_in(self, frame: Frame, state: State, result: Any, error: StateError | None) -> None:
        """Run the state with a result or an error in the place of its work."""
        at = Data(self.run, self.facts, frame, state)
        self.enter(frame, state)
        try:
            if state.kind == "Task":
                tasks.begin(self, at)
                self._end_task(at, result, error)
            elif error is not None:
                raise error
            else:
                branches.succeed(self, at, result)
        except StateError as failed:
            self.failed(frame, failed)

    def _end_task(self, at: Data, result: Any, error: StateError | None) -> None:
        if error is None:
            tasks.succeeded(self, at, result)
        else:
            tasks.failed(self, at, error.error, error.cause)
