"""Who may start now: virtual processors and GPUs of the runs that live, and who has waited longest.

Knows nothing of what runs do. All its memory is small files below the executor's home, changed under one lock, so that
several controllers may ask at once and any may be killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.kernel.clock import Clock
from clary.runs.api import RunSpec
from clary_supervisor.folder import EXIT, SPEC, get_json, put_json

_ASKING = 60.0  # seconds after which a run that asked no more counts as gone
_OVERTAKEN = 30.0  # seconds that a waiting run lets smaller ones pass


def gpus_of_this_machine() -> tuple[int, ...]:
    """Numbers of the NVIDIA devices."""
    names = (name.removeprefix("nvidia") for name in os.listdir("/dev") if name.startswith("nvidia"))
    return tuple(sorted(int(name) for name in names if name.isdigit()))


@dataclass(frozen=True, slots=True)
class Share:
    """What a run was given: vCPUs that count against the machine, and GPU numbers for each host."""

    vcpus: float
    gpus: tuple[tuple[int, ...], ...]
    note: str = ""


class Capacity:
    """Admission to one machine. `cores` is its size, `vcpus` what may be handed out in all."""

    def __init__(self, home: Path, clock: Clock, cores: int, vcpus: float, gpus: tuple[int, ...]) -> None:
        self._home = home
        self._clock = clock
        self._cores = cores
        self._vcpus = max(vcpus, 1.0)
        self._gpus = gpus
        for name in ("live", "waiting"):
            (home / name).mkdir(mode=0o700, exist_ok=True)

    @contextlib.contextmanager
    def admission(self, run_id: str, spec: RunSpec) -> Iterator[Share | None]:
        """Under the lock: a share, reserved for good if the body made the run's folder, or None when there is no room."""
        with self._lock():
            live = self._live()
            if run_id in live:
                yield _share(live[run_id])
                return
            share = self._fit(spec, live) if self._is_free(spec) or self._is_turn_of(run_id) else None
            if share is None:
                self._wait(run_id)
                yield None
                return
            put_json(str(self._home / "live" / run_id), {"vcpus": share.vcpus, "gpus": share.gpus})
            yield share
            (self._home / "waiting" / run_id).unlink(missing_ok=True)

    def release(self, run_id: str) -> None:
        """Forget a run, which then neither holds nor waits for CPUs."""
        for name in ("live", "waiting"):
            (self._home / name / run_id).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self._home / "capacity.lock", "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _live(self) -> dict[str, Any]:
        """Reservations of runs that exist and have not ended; others are swept out."""
        found: dict[str, Any] = {}
        for entry in (self._home / "live").iterdir():
            run = self._home / "runs" / entry.name
            if (run / SPEC).exists() and not (run / EXIT).exists():
                found[entry.name] = get_json(str(entry)) or {"vcpus": 0, "gpus": []}
            else:
                entry.unlink(missing_ok=True)
        return found

    def _fit(self, spec: RunSpec, live: dict[str, Any]) -> Share | None:
        asked = self._cost(spec)
        used = sum(share["vcpus"] for share in live.values())
        if asked and used and used + asked > self._vcpus:
            return None
        return self._devices(spec, live, asked)

    def _cost(self, spec: RunSpec) -> float:
        """Return the CPUs that a run takes. An instance larger than the machine counts as all of its CPUs, as
        do many together."""
        if spec.resources.hosting:
            return 0.0
        return min(self._vcpus, min(spec.resources.vcpus, self._cores) * len(spec.hosts))

    def _is_free(self, spec: RunSpec) -> bool:
        """Tell whether no run has waited longer for it. An endpoint's replica does not queue with jobs."""
        return not self._cost(spec) and not (spec.resources.gpus and self._gpus)

    def _devices(self, spec: RunSpec, live: dict[str, Any], vcpus: float) -> Share | None:
        hosts, each = len(spec.hosts), spec.resources.gpus
        if not each or not self._gpus:
            note = (
                f"gpus: none on this machine; {spec.resources.instance_type} runs on the CPU" if each else ""
            )
            return Share(vcpus, ((),) * hosts, note)
        taken = {number for share in live.values() for host in share["gpus"] for number in host}
        free = [number for number in self._gpus if number not in taken]
        wanted = min(each * hosts, len(self._gpus))
        if len(free) < wanted:
            return None
        given = tuple(free[:wanted])
        if wanted < each * hosts:  # larger than the machine: every host gets all that was given
            return Share(vcpus, (given,) * hosts, f"gpus: {wanted} of {each * hosts}, shared by the hosts")
        return Share(vcpus, tuple(given[n * each : (n + 1) * each] for n in range(hosts)))

    def _wait(self, run_id: str) -> None:
        path = str(self._home / "waiting" / run_id)
        since = (get_json(path) or {"since": self._clock.now()})["since"]
        put_json(path, {"since": since, "asked": self._clock.now()})

    def _is_turn_of(self, run_id: str) -> bool:
        """Smaller runs may overtake a waiting one, but not for ever."""
        now = self._clock.now()
        mine = (get_json(str(self._home / "waiting" / run_id)) or {"since": now})["since"]
        for entry in (self._home / "waiting").iterdir():
            other = get_json(str(entry))
            if other is None or entry.name == run_id:
                continue
            if now - other["asked"] > _ASKING:
                entry.unlink(missing_ok=True)
            elif other["since"] < mine and now - other["since"] > _OVERTAKEN:
                return False
        return True


def _share(kept: dict[str, Any]) -> Share:
    return Share(kept["vcpus"], tuple(tuple(host) for host in kept["gpus"]))
