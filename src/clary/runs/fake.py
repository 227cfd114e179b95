"""An executor in memory, whose runs do what a test says. Starts no process and knows no time of its own.

runs = FakeExecutor()
runs.start("job-1", spec)                  -> preparing
runs.advance("job-1")                      -> running
runs.finish("job-1", code=0)               -> exited, exit code 0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clary.runs.api import Environment, Exit, Phase, Printed, RunSpec, RunState


class FakeExecutor:
    """Answers as an Executor does. `full` makes `start` say no; `on_start` lets a test decide what a new run becomes.

    `specs` holds what was started, in order; `stops` every wish to stop, as (run id, grace). `environments` are those that
    are not ready, `discarded` the lasting folders that were removed.
    """

    def __init__(self, on_start: Callable[[str, RunSpec], RunState] | None = None) -> None:
        self.specs: dict[str, RunSpec] = {}
        self.stops: list[tuple[str, float | None]] = []
        self.full = False
        self.environments: dict[str, Environment] = {}
        self.discarded: list[str] = []
        self._on_start = on_start
        self._states: dict[str, RunState] = {}
        self._output: dict[tuple[str, str], bytes] = {}
        self._lost: dict[tuple[str, str], int] = {}
        self._files: dict[tuple[str, str, str], bytes] = {}

    # Executor -----------------------------------------------------------------------------------------------------
    def start(self, run_id: str, spec: RunSpec) -> bool:
        if run_id in self.specs:
            return True
        if self.full:
            return False
        self.specs[run_id] = spec
        sockets = {host.name: f"/nowhere/{run_id}/{host.name}" for host in spec.hosts} if spec.sockets else {}
        fresh = RunState("preparing", sockets=sockets)
        self._states[run_id] = self._on_start(run_id, spec) if self._on_start else fresh
        return True

    def inspect(self, run_id: str) -> RunState:
        return self._states.get(run_id, RunState("absent"))

    def goes_on(self, run_id: str) -> bool:
        return self.inspect(run_id).phase not in ("absent", "exited", "lost")

    def stop(self, run_id: str, grace: float | None = None) -> None:
        """Only noted, unless the run was still preparing, which a stop ends at once as it does in truth."""
        if self.inspect(run_id).phase in ("absent", "exited", "lost"):
            return
        self.stops.append((run_id, grace))
        if self.inspect(run_id).phase == "preparing":
            self.set(run_id, phase="exited", reason="stopped")

    def forget(self, run_id: str) -> None:
        if self.inspect(run_id).phase not in ("absent", "exited", "lost"):
            raise RuntimeError(f"run {run_id} has not ended")
        self.specs.pop(run_id, None)
        self._states.pop(run_id, None)
        self._output = {key: value for key, value in self._output.items() if key[0] != run_id}
        self._lost = {key: value for key, value in self._lost.items() if key[0] != run_id}
        self._files = {key: value for key, value in self._files.items() if key[0] != run_id}

    def output(self, run_id: str, host: str, offset: int, limit: int = 1 << 20) -> Printed:
        start = max(offset, self._lost.get((run_id, host), 0))
        data = self._output.get((run_id, host), b"")[start : start + limit]
        return Printed(start, data, len(data) == limit)

    def file(self, run_id: str, host: str, path: str, offset: int = 0, limit: int = 1 << 20) -> bytes | None:
        found = self._files.get((run_id, host, path.removeprefix("/opt/ml/")))
        return None if found is None else found[offset : offset + limit]

    def runs(self) -> list[str]:
        return sorted(self.specs)

    def describe(self) -> list[str]:
        return ["isolation: nothing runs here"]

    def environment(self, name: str, *, make: bool = False) -> Environment:
        return self.environments.get(name, Environment("ready", "1.2.3"))

    def discard(self, lasting: str) -> None:
        self.discarded.append(lasting)

    # what a test says ---------------------------------------------------------------------------------------------
    def set(self, run_id: str, **members: Any) -> RunState:
        """Change members of a run's state; KeyError for a run that was not started."""
        self._states[run_id] = replace(self._states[run_id], **members)
        return self._states[run_id]

    def advance(self, run_id: str, phase: Phase = "running", **members: Any) -> RunState:
        return self.set(run_id, phase=phase, **members)

    def finish(self, run_id: str, code: int = 0, **members: Any) -> RunState:
        """Every host ends with this exit code."""
        exits = tuple(Exit(host.name, code) for host in self.specs[run_id].hosts)
        return self.set(run_id, phase="exited", **{"exits": exits, **members})

    def write(self, run_id: str, text: str | bytes, host: str = "algo-1") -> None:
        """More output of a host's program."""
        data = text.encode() if isinstance(text, str) else text
        self._output[run_id, host] = self._output.get((run_id, host), b"") + data

    def lose(self, run_id: str, count: int, host: str = "algo-1") -> None:
        """Drop the first `count` bytes of a host's output, as a full log does."""
        self._lost[run_id, host] = count

    def put_file(self, run_id: str, path: str, data: bytes, host: str = "algo-1") -> None:
        """Put a file below /opt/ml of a host."""
        self._files[run_id, host, path.removeprefix("/opt/ml/")] = data
