"""The demo as a sequence of steps: shown while they run, timed, and stopped at the first that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clary.cli.report import Step, Transition
from clary.cli.screen import Screen


class StepFailed(Exception):
    """A step did not do its work. The message says what AWS's API said; `log` where more can be read."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


def counted(count: int, noun: str) -> str:
    """A number of things, in words: 1 column, 2 columns."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@dataclass
class Progress:
    """One step as it goes. `detail` is kept for the report; `tell` shows what happens now."""

    screen: Screen
    title: str
    detail: str = ""
    transitions: tuple[Transition, ...] = ()
    started: float = field(default_factory=time.monotonic)

    def tell(self, text: str) -> None:
        """Show what happens now, over what was shown before."""
        seconds = time.monotonic() - self.started
        self.screen.over(f"  {self.screen.paint('·', 'cyan')} {self.title}  {text}  {seconds:4.1f} s")


class Journey:
    """Runs steps and remembers how long each took. `now` is a monotonic clock in seconds."""

    def __init__(self, screen: Screen, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self.screen = screen
        self.steps: list[Step] = []
        self.current = ""
        self._total = total
        self._now = now
        self._began = now()

    @contextmanager
    def step(self, title: str) -> Iterator[Progress]:
        """One step: shown as it goes, ticked off when done, marked when it fails."""
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
        """How long the journey has taken."""
        return self._now() - self._began
