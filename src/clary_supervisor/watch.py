"""Waiting for programs to end, and ending them: deadline, stop wish, full disk, a host that failed.

Sleeps in poll(2) on the processes themselves; looks at the run folder every two seconds in case a wake-up was lost.
Counts seconds by clocks that cannot be set: a machine whose clock is set ahead has not run its programs for longer.
"""

from __future__ import annotations

import os
import select
import signal
import time

from . import proc
from .faults import Ended
from .folder import STOP, get_json
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from . import disk

_TICK = 2.0
_PEERS_GRACE = 30.0  # seconds that the other hosts get when one has failed


class Wakeup:
    """Signals TERM and USR1 end a poll, and do nothing else: the wish to stop is the stop file."""

    def __init__(self) -> None:
        self.fd, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def drain(self) -> None:
        try:
            while os.read(self.fd, 512):
                pass
        except BlockingIOError:
            pass


class Ending:
    """Programs are being ended: why, and when KILL follows (time.monotonic)."""

    def __init__(self, reason: str, detail: str, kill_at: float) -> None:
        self.reason = reason
        self.detail = detail
        self.kill_at = kill_at


class Watch:
    """Watches the programs of one run from their start to the end of the last. `deadline`: seconds that they may run."""

    def __init__(
        self,
        run: str,
        programs: list[Program],
        wakeup: Wakeup,
        *,
        deadline: float | None,
        grace: float,
        trouble: Callable[[], BaseException | None],
        beside: Sequence[Program] = (),
    ) -> None:
        self._run = run
        self._programs = programs
        self._wakeup = wakeup
        self._deadline = deadline
        self._grace = grace
        self._trouble = trouble
        self._beside = beside  # programs whose end is not the run's
        self._told: set[str] = set()  # hosts that have had TERM
        self.ending: Ending | None = None

    def wait(self, space: disk.Space) -> None:
        """Return when every program has ended. Raise Ended (start) or Lost."""
        poller = select.poll()
        poller.register(self._wakeup.fd, select.POLLIN)
        watched = [fd for program in self._programs if (fd := program.watched()) is not None]
        for fd in watched:
            poller.register(fd, select.POLLIN)
        while self._look(space):
            for fd, _ in poller.poll(self._pause() * 1000):
                if fd != self._wakeup.fd:
                    poller.unregister(fd)
            self._wakeup.drain()
        for fd in watched:
            os.close(fd)

    def _look(self, space: disk.Space) -> bool:
        for program in [*self._programs, *self._beside]:
            program.check()
        living = [program for program in self._programs if program.running]
        if living:
            self._decide(space)
            self._press(living)
        return bool(living)

    def _pause(self) -> float:
        """Seconds until there is something to do by the clock."""
        if not self.ending:
            return min(_TICK, max(0.0, self._left()))
        untold = any(program.running and program.host not in self._told for program in self._programs)
        return 0.02 if untold else min(_TICK, max(0.01, self.ending.kill_at - time.monotonic()))

    def _left(self) -> float:
        """Seconds until the deadline."""
        if self._deadline is None:
            return float("inf")
        return self._deadline - max(proc.age(program.who) for program in self._programs if program.who)

    def _decide(self, space: disk.Space) -> None:
        """Begin to end the programs where there is cause; a stop wish may shorten an ending under way."""
        stop = get_json(f"{self._run}/{STOP}")
        if stop:
            self._end("stopped", "", self._grace if stop.get("grace") is None else stop["grace"])
        if self.ending:
            return
        if self._left() <= 0:
            self._end("deadline", "", self._grace)
        elif any(program.code for program in self._programs):
            self._end("", "", _PEERS_GRACE)
        elif space.full():
            self._end("disk", space.detail, 0.0)
        elif (trouble := self._trouble()) is not None:
            reason = trouble.reason if isinstance(trouble, Ended) else "download"
            self._end(reason, str(getattr(trouble, "detail", trouble)), _PEERS_GRACE)

    def _end(self, reason: str, detail: str, grace: float) -> None:
        kill_at = time.monotonic() + grace
        if self.ending is None:
            self.ending = Ending(reason, detail, kill_at)
        self.ending.kill_at = min(self.ending.kill_at, kill_at)

    def _press(self, living: list[Program]) -> None:
        if not self.ending:
            return
        late = time.monotonic() >= self.ending.kill_at
        for program in living:
            if late:
                program.kill()
            elif program.host not in self._told and program.terminate():
                self._told.add(program.host)


def stop_wished(run: str) -> bool:
    return os.path.exists(f"{run}/{STOP}")


def refuse_if_stopped(run: str) -> None:
    """Raise Ended when the run is no longer wanted."""
    if stop_wished(run):
        raise Ended("stopped")
