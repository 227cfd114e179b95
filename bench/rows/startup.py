"""Row 19: from the start to the first healthy answer, and what the processes hold: idle, and after the first calls of three
services; against moto_server, which loads the backend of a service with its first call, as we do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from bench import peers
from bench.load import Canned
from bench.ours import TRUST, Ours
from bench.processes import Server, free_port
from bench.table import Goal, Line, median

ROW = 19
# Seconds before memory is read: an idle server has ended its start by then, and a call what it loads.
_SETTLE, _SETTLE_CALL = 2.0, 0.5


Client = Callable[[str], Any]
# One after the other, so that each line has what the calls before it loaded as well.
_CALLS: tuple[tuple[str, Callable[[Client], object]], ...] = (
    ("CreateBucket", lambda client: client("s3").create_bucket(Bucket="first")),
    ("CreateRole", lambda client: client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)),
    ("ListTrainingJobs", lambda client: client("sagemaker").list_training_jobs()),
)
_NAMES = ("idle", *(f"after {name}" for name, _ in _CALLS))


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used; a first start of each, which reads the disk, is not counted."""
    starts: dict[str, list[float]] = {"ours": [], "again": [], "moto": []}
    memory: dict[str, list[list[float]]] = {"ours": [], "moto": []}
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
        *_memory(memory["ours"], memory["moto"]),
    ]


def _memory(ours: list[list[float]], moto: list[list[float]]) -> list[Line]:
    """PSS of all processes."""
    return [
        Line(
            ROW, f"memory, {name}", "MiB", Goal("less", 1), median([one[at] for one in ours]),
            {"moto": median([one[at] for one in moto])},
        )
        for at, name in enumerate(_NAMES)
    ]  # fmt: skip


def _ours(folder: Path) -> tuple[float, list[float]]:
    clary = Ours(folder)
    try:
        began = clary.wait()
        return began, _held(clary.server, clary.client) if not (folder / "again").exists() else []
    finally:
        (folder / "again").touch()
        clary.server.stop()


def _moto(folder: Path) -> tuple[float, list[float]]:
    port = free_port()
    words = [str(peers.environment() / "moto_server"), "-p", str(port)]
    endpoint = f"http://127.0.0.1:{port}"

    def client(service: str) -> Any:
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=endpoint, **keys)  # type: ignore[call-overload]

    with Server("moto", words, cwd=folder, log=folder / "moto.log") as server:
        began = server.wait(Canned(f"{endpoint}/moto-api/", method="GET").answers)
        return began, _held(server, client)


def _held(server: Server, client: Client) -> list[float]:
    """Idle, and after each of the calls."""
    time.sleep(_SETTLE)
    held = [server.memory()]
    for _, call in _CALLS:
        call(client)
        time.sleep(_SETTLE_CALL)
        held.append(server.memory())
    return held
