"""What may be read of a run's files: how many names and bytes, how deep, and for how long after its programs' end.

A program can leave files of any length (holes take no room on a disk), folders of any depth and names without end; all
that is read of them goes through one account, which says no in AWS's words.
"""

from __future__ import annotations

import os
import time

from .faults import Ended
from .watch import stop_wished

NAMES = 1_000_000
PATHS = 128 << 20  # bytes of all those names, each with the folders that it lies in
DEPTH = 200  # folders within each other
SECONDS = 3600.0  # for the outputs of a volume of up to 36 GB
_RATE = 10_000_000  # bytes of a larger volume that have a second each
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html: a job runs for 28 days at most, and
# with archiving and uploading for 30.
_LONGEST = 2 * 86400.0
_STOP_GRACE = 1.0  # seconds in which a small upload may still be finished
_EVERY = 1024  # names between looks at the clock


class Closing:
    """The time after the programs' end, in which outputs are sent. It ends by the clock, or by a stop wish that comes in it.

    While programs run it has not begun: then their own deadline counts, and a stop wish is for them.
    """

    def __init__(self, run: str, volume: int) -> None:
        self._run = run
        self.seconds = min(max(SECONDS, volume / _RATE), _LONGEST)
        self._end: float | None = None
        self._stoppable = False
        self._wished: float | None = None

    def begin(self, spent: float, stopped: bool) -> None:
        """Start the clock, or set it as if it had started `spent` seconds ago. `stopped` says that a stop was
        already handled."""
        self._end = time.monotonic() + self.seconds - min(max(spent, 0.0), self.seconds)
        self._stoppable = not stopped

    def over(self) -> bool:
        return self._end is not None and (time.monotonic() > self._end or self._is_stopped())

    def _is_stopped(self) -> bool:
        if self._wished is None and self._stoppable and stop_wished(self._run):
            self._wished = time.monotonic()
        return self._wished is not None and time.monotonic() - self._wished > _STOP_GRACE

    def check(self) -> None:
        """Raise Ended (stopped, upload) when it is over."""
        if self.over():
            raise self.end()

    def end(self) -> Ended:
        """Why it is over."""
        if self._is_stopped():
            return Ended("stopped")
        return refusal(f"the outputs could not be sent within {self.seconds:.0f} seconds")


class Account:
    """One reading of a run's files. `volume` is what a host's files may add up to, 0 for the size of the machine's disk."""

    def __init__(self, run: str, volume: int, closing: Closing) -> None:
        self._run = run
        self._volume = volume or _disk(run)
        self._closing = closing
        self._names = 0
        self._paths = 0
        self._bytes: dict[str, int] = {}

    def again(self) -> Account:
        """Return an account for reading the same once more."""
        return Account(self._run, self._volume, self._closing)

    def name(self, length: int, depth: int) -> None:
        """One more name: the length of its path in letters, and how many folders it is in. Ended (upload, stopped)."""
        self._names += 1
        self._paths += length
        if depth > DEPTH:
            raise refusal(f"the output has more than {DEPTH} folders within each other")
        if self._names > NAMES or self._paths > PATHS:
            raise refusal(f"the output has more than {NAMES} files, or names that are too long")
        if self._names % _EVERY == 0:
            self._closing.check()

    def take(self, root: str, size: int) -> None:
        """So many bytes of the host whose files are below `root`. Ended (upload)."""
        self._bytes[root] = self._bytes.get(root, 0) + size
        if self._bytes[root] > self._volume:
            raise refusal(f"the output of a host is larger than its volume of {self._volume} bytes")

    def check(self) -> None:
        """Raise Ended (upload, stopped) when there is no more time."""
        self._closing.check()


def _disk(run: str) -> int:
    info = os.statvfs(run)
    return info.f_blocks * info.f_frsize


def refusal(what: str) -> Ended:
    """AWS's words for an output that cannot be taken."""
    return Ended("upload", f"ClientError: Artifact upload failed:{what}")
