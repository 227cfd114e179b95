"""Row 1: InvokeEndpoint of an XGBoost model, 1 and 16 clients; against FastAPI by hand and LitServe; limit uvicorn."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from bench import peers
from bench.load import Canned, Figures, drive
from bench.ours import Ours, canned
from bench.processes import Server, free_port
from bench.rows.model import Model, bring_up, register, train
from bench.rows.turns import Contestant, Found, take_turns
from bench.table import Goal, Line

ROW = 1


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row."""
    model = train(folder)
    with ExitStack() as stack:
        clary = stack.enter_context(Ours(folder))
        register(clary, model, clary.role())
        bring_up(clary, "bench", model)
        contestants = {"ours": _ours(clary, model)}
        for server, request in _others(folder, model):
            stack.enter_context(server)
            server.wait(request.answers)
            contestants[server.name] = _other(server, request)
        return lines(take_turns(contestants, (1, 16), seconds, rounds))


def _ours(clary: Ours, model: Model) -> Contestant:
    """Signed again for each turn, by botocore."""
    runtime = clary.client("sagemaker-runtime")

    def turn(clients: int, seconds: float) -> Figures:
        request = canned(
            runtime,
            lambda c: c.invoke_endpoint(EndpointName="bench", ContentType="text/csv", Body=model.csv),
        )
        return drive(clary.server, request, clients, seconds)

    return turn


def _other(server: Server, request: Canned) -> Contestant:
    return lambda clients, seconds: drive(server, request, clients, seconds)


def _others(folder: Path, model: Model) -> list[tuple[Server, Canned]]:
    env = {"BENCH_MODEL": str(model.path), "OMP_NUM_THREADS": "1", "DO_NOT_TRACK": "1"}
    uvicorn = [str(peers.environment() / "uvicorn"), "--no-access-log", "--log-level", "error"]

    def start(name: str, port: int, command: list[str], path: str, kind: str) -> tuple[Server, Canned]:
        server = Server(name, command, env=env, cwd=peers.PROGRAMS, log=folder / f"{name}.log")
        body = model.csv if kind == "text/csv" else model.json
        return server, Canned(f"http://127.0.0.1:{port}{path}", headers={"content-type": kind}, body=body)

    first, second, third = (free_port() for _ in range(3))
    fastapi = [*uvicorn, "--port", str(first), "fastapi_xgboost:app"]
    litserve = [peers.python(), "litserve_xgboost.py", str(second)]
    return [
        start("fastapi", first, fastapi, "/predict", "application/json"),
        start("litserve", second, litserve, "/predict", "application/json"),
        start("limit", third, peers.hello_command(third), "/invocations", "text/csv"),
    ]


def lines(found: Found) -> list[Line]:
    """What was measured, beside what is wanted."""

    def line(work: str, unit: str, clients: int, figure: str, goal: Goal) -> Line:
        rivals = {name: found.of(name, clients, figure) for name in ("fastapi", "litserve")}
        ours, limit = found.of("ours", clients, figure), found.of("limit", clients, figure)
        return Line(ROW, work, unit, goal, ours, rivals, limit)

    return [
        line("invoke, 16 clients", "req/s", 16, "rps", Goal("more", 5, 0.5)),
        line("invoke, 16 clients, CPU", "us/req", 16, "cpu", Goal("less", 0.15, 2.5)),
        line("invoke, 16 clients, p99", "us", 16, "p99", Goal("less")),
        line("invoke, 1 client, p50", "us", 1, "p50", Goal("less", 0.5)),
        line("invoke, 1 client", "req/s", 1, "rps", Goal("more")),
        line("invoke, 1 client, CPU", "us/req", 1, "cpu", Goal("less")),
    ]
