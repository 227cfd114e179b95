"""Row 2: from CreateEndpoint to InService and to the first answer; against LitServe's start; limit the bare import."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench import peers
from bench.load import Canned
from bench.ours import Ours
from bench.processes import Server, free_port
from bench.rows.model import Model, bring_up, register, train
from bench.table import Goal, Line, median

ROW = 2
_TIMES = 5


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used; at least five endpoints are brought up."""
    model = train(folder)
    in_service, answered, litserve, imports = [], [], [], []
    with Ours(folder) as clary:
        register(clary, model, clary.role())
        sagemaker = clary.client("sagemaker")
        for turn in range(max(rounds, _TIMES)):
            name = f"bench-{turn}"
            took = bring_up(clary, name, model)
            in_service.append(took["in service"])
            answered.append(took["answer"])
            sagemaker.delete_endpoint(EndpointName=name)
            litserve.append(_litserve(folder, model))
            imports.append(_import(model))
    return [
        Line(
            ROW, "endpoint in service", "s", Goal("less", None, 1.2), median(in_service), {}, median(imports)
        ),
        Line(
            ROW,
            "endpoint's first answer",
            "s",
            Goal("less", 1.0),
            median(answered),
            {"litserve": median(litserve)},
            median(imports),
        ),
    ]


def _litserve(folder: Path, model: Model) -> float:
    """Seconds from its start to its first answer."""
    port = free_port()
    request = Canned(
        f"http://127.0.0.1:{port}/predict", headers={"content-type": "application/json"}, body=model.json
    )
    server = Server(
        "litserve",
        [peers.python(), "litserve_xgboost.py", str(port)],
        env={"BENCH_MODEL": str(model.path), "OMP_NUM_THREADS": "1", "DO_NOT_TRACK": "1"},
        cwd=peers.PROGRAMS,
        log=folder / "litserve.log",
    )
    with server:
        return server.wait(request.answers)


def _import(model: Model) -> float:
    """Seconds of a process that imports xgboost (of our own environment), loads the model and predicts once."""
    program = str(peers.PROGRAMS / "load_xgboost.py")
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, program, str(model.path), model.csv.decode()], check=True, capture_output=True
    )
    return time.perf_counter() - began
