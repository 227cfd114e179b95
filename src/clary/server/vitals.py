"""How much of some time a process could have worked. Knows no worker.

A process that waits for a processor, for the disk or for a debugger is held up by others; one that sleeps or
computes is not. Read from /proc (proc(5)).
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

_TICKS = os.sysconf("SC_CLK_TCK")
_WAITS_FOR_DISK, _TRACED, _RUNS = "D", "t", "R"


@dataclass(frozen=True, slots=True)
class Vitals:
    """A process at one moment: CPU seconds used so far, and the states of its threads."""

    cpu: float
    states: frozenset[str]

    @classmethod
    def of(cls, pid: int) -> Vitals:
        """Read a process; one that has ended has no threads."""
        states: set[str] = set()
        cpu = 0.0
        with suppress(OSError):
            cpu = sum(map(int, _fields(f"/proc/{pid}/stat")[11:13])) / _TICKS
            for thread in os.listdir(f"/proc/{pid}/task"):
                with suppress(OSError):
                    states.add(_fields(f"/proc/{pid}/task/{thread}/stat")[0])
        return cls(cpu, frozenset(states))

    def own_time(self, seconds: float, before: Vitals) -> float:
        """Return how many of the last `seconds` were the process's own.

        While a thread is ready to run, only CPU time counts, since the thread may be waiting for a processor.
        """
        if self.states & {_WAITS_FOR_DISK, _TRACED}:
            return 0.0
        return min(seconds, max(0.0, self.cpu - before.cpu)) if _RUNS in self.states else seconds


def _fields(path: str) -> list[str]:
    """Return the fields after the program's name, which may contain spaces and parentheses."""
    with open(path) as file:
        return file.read().rpartition(")")[2].split()
