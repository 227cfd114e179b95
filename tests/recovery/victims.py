"""Who is to be killed: the processes of one platform by what they do, found in /proc, never by a name alone."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

from clary.server.processes import Process
from tests.support.live import DUTIES, Live
from tests.support.waiting import until

WEIGHTS = {
    "warden": 2,
    "gateway": 3,
    "controllers": 3,
    "fork server": 1,
    "job supervisor": 3,
    "endpoint supervisor": 1,
    "model worker": 2,
}


def of(live: Live, kind: str) -> list[int]:
    """The pids of a kind that live now."""
    match kind:
        case "warden" | "gateway" | "controllers":
            return live.pids("clary.server", kind)
        case "fork server":
            return live.pids("--fork-server")
        case "consumer":
            return live.pids("tests.recovery.consumer")
        case "job supervisor":
            return live.pids("supervisor.py", "/training-job-")
        case "endpoint supervisor":
            return live.pids("supervisor.py", "/endpoint-")
        case "model worker":
            return [pid for root in live.pids("/endpoint-") for pid in _offspring(root) if _serves(pid)]
    raise ValueError(kind)


def kill(live: Live, chance: random.Random, weights: dict[str, int]) -> str | None:
    """Kill one process of a kind that is drawn by weight, and say which; None when that kind has none just now."""
    kind = chance.choices(list(weights), list(weights.values()))[0]
    pids = of(live, kind)
    if not pids:
        return None
    try:
        victim = Process.of(chance.choice(pids))
        os.kill(victim.pid, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return None
    until(lambda: not victim.alive())
    return kind


def kill_all(live: Live) -> None:
    """Kill warden, gateway and controllers so that none of them sees another die. Jobs go on."""
    everyone = [live.process(duty) for duty in DUTIES]
    pids = {*live.pids("clary.server"), *(one.pid for one in everyone if one)}
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
    until(lambda: not live.pids("clary.server"))


def complete(live: Live) -> Callable[[], bool]:
    """Whether warden, gateway and controllers are all alive, each as written down."""

    def check() -> bool:
        known = [live.process(duty) for duty in ("warden", "gateway", "controllers")]
        return all(known) and live.healthy()

    return check


def _serves(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"clary_programs" in line and b"serve" in line and b"bwrap" not in line and _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        return Process.of(pid).alive()
    except (ProcessLookupError, FileNotFoundError):
        return False


def _offspring(root: int) -> set[int]:
    """Every process below one."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, fresh = set[int](), {root}
    while fresh:
        found |= fresh
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
    return found


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
