"""The demo as a sequence of steps, which are shown while they run, timed, and stopped at the first failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clary.cli.demo.report import Step, Transition
from clary.cli.screen import Screen


class StepFailed(Exception):
    """A step failed. The message is what AWS's API said; `log` says where to read more."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: 1 column, 2 columns."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass
class Progress:
    """A step in progress. `detail` goes into the report; `tell` shows what is happening now."""

    screen: Screen
    title: str
    detail: str = ""
    transitions: tuple[Transition, ...] = ()
    started: float = field(default_factory=time.monotonic)

    def tell(self, text: str) -> None:
        """Show what is happening now, in place of the last text."""
        seconds = time.monotonic() - self.started
        self.screen.over(f"  {self.screen.paint('·', 'cyan')} {self.title}  {text}  {seconds:4.1f} s")


class Journey:
    """Runs steps and records how long each took. `now` is a monotonic clock in seconds."""

    def __init__(self, screen: Screen, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self.screen = screen
        self.steps: list[Step] = []
        self.current = ""
        self._total = total
        self._now = now
        self._began = now()

    @contextmanager
    def step(self, title: str) -> Iterator[Progress]:
        """Run a step as a context: show its progress, then whether it succeeded or failed."""
        self.current = f"step {len(self.steps) + 1} of {self._total} ({title})"
        start = self._now() - self._began
        progress = Progress(self.screen, title)
        progress.tell("")
        try:
            yield progress
        except BaseException:
            self._end(progress, start, "Failed")
            raise
        self._end(progress, start, "Completed")

    def _end(self, progress: Progress, start: float, status: str) -> None:
        end = self._now() - self._began
        self.steps.append(Step(progress.title, start, end, status, progress.detail, progress.transitions))
        mark = self.screen.paint("✓", "green") if status == "Completed" else self.screen.paint("✗", "red")
        place = self.screen.paint(f"{len(self.steps)}/{self._total}", "dim")
        seconds = self.screen.paint(f"{end - start:5.1f} s", "dim")
        self.screen.line(f"  {mark} {place} {progress.title.ljust(30)} {seconds}  {progress.detail}")

    @property
    def seconds(self) -> float:
        """Return how long all steps have taken."""
        return self._now() - self._began
