"""Row 19: from the start to the first healthy answer, and what the idle processes hold; against moto_server."""

from __future__ import annotations

import time
from pathlib import Path

from bench import peers
from bench.load import Canned
from bench.ours import Ours
from bench.processes import Server, free_port
from bench.table import Goal, Line, median

ROW = 19
_SETTLE = 2.0


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used; a first start of each, which reads the disk, is not counted."""
    starts: dict[str, list[float]] = {"ours": [], "again": [], "moto": []}
    memory: dict[str, list[float]] = {"ours": [], "moto": []}
    for turn in range(max(rounds, 3) + 1):
        inside = folder / str(turn)
        inside.mkdir()
        fresh = _ours(inside)
        found = {"ours": fresh, "again": _ours(inside), "moto": _moto(inside)}
        for name, (began, held) in found.items() if turn else ():
            starts[name].append(began)
            if name in memory:
                memory[name].append(held)
    moto = {"moto": median(starts["moto"])}
    return [
        Line(ROW, "up, in an empty folder", "s", Goal("less", 1), median(starts["ours"]), moto),
        Line(ROW, "up again", "s", Goal("less", 1), median(starts["again"]), moto),
        Line(
            ROW,
            "memory, idle (PSS of all processes)",
            "MiB",
            Goal("less", 1),
            median(memory["ours"]),
            {"moto": median(memory["moto"])},
        ),
    ]


def _ours(folder: Path) -> tuple[float, float]:
    clary = Ours(folder)
    try:
        began = clary.wait()
        time.sleep(_SETTLE)
        return began, clary.server.memory()
    finally:
        clary.server.stop()


def _moto(folder: Path) -> tuple[float, float]:
    """As it is after its start: it loads the backend of a service only with the first call of that service."""
    port = free_port()
    words = [str(peers.environment() / "moto_server"), "-p", str(port)]
    with Server("moto", words, cwd=folder, log=folder / "moto.log") as server:
        began = server.wait(Canned(f"http://127.0.0.1:{port}/moto-api/", method="GET").answers)
        time.sleep(_SETTLE)
        return began, server.memory()
