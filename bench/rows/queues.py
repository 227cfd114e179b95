"""Row 21: a message of SQS is sent, received and deleted while 100,000 wait, 1 and 16 clients; against moto_server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.load import Canned, Figures
from bench.ours import Ours, canned
from bench.processes import Server
from bench.rows.control import client_of, moto
from bench.rows.turns import Contestant, Found, take_turns
from bench.table import Goal, Line

ROW = 21
_WAITING = 100_000
_WAITING_AT_PEER = 1_000  # moto fills a queue ever more slowly, and fewer are in its favour
_ROUNDS = Path(__file__).parents[1] / "rounds.py"
_BODY = "x" * 256


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row."""
    with ExitStack() as stack:
        clary = stack.enter_context(Ours(folder))
        peer, port = moto(folder)
        stack.enter_context(peer)
        peer.wait(Canned(f"http://127.0.0.1:{port}/moto-api/", method="GET").answers)
        contestants = {
            "ours": _contestant(clary.server, clary.client, _WAITING),
            "moto": _contestant(peer, client_of(port), _WAITING_AT_PEER),
        }
        return lines(take_turns(contestants, (1, 16), seconds, rounds))


def _contestant(server: Server, client: Callable[[str], Any], waiting: int) -> Contestant:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="bench", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": _BODY} for number in range(10)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sqs.send_message_batch(QueueUrl=url, Entries=entries), range(waiting // 10)))
    return lambda clients, seconds: _drive(server, sqs, url, clients, seconds)


def _drive(server: Server, sqs: Any, url: str, clients: int, seconds: float) -> Figures:
    credentials = sqs._request_signer._credentials
    job = {
        "url": sqs.meta.endpoint_url,
        "queue": url,
        "key": credentials.access_key,
        "secret": credentials.secret_key,
        "send": _raw(canned(sqs, lambda c: c.send_message(QueueUrl=url, MessageBody=_BODY))),
        "receive": _raw(canned(sqs, lambda c: c.receive_message(QueueUrl=url))),
        "clients": clients,
        "seconds": seconds,
    }
    before = server.cpu()
    done = subprocess.run(
        [sys.executable, str(_ROUNDS)], input=json.dumps(job), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{server.name} failed: {done.stderr[-1000:]}")
    said = json.loads(done.stdout)
    spent = (server.cpu() - before) / said["rounds"] * 1e6
    return Figures(said["rounds"] / said["seconds"], said["p50"], said["p99"], spent, 0)


def _raw(request: Canned) -> str:
    headers = {"Host": request.url.split("/")[2], **request.headers, "Content-Length": str(len(request.body))}
    lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\n" + request.body.decode("latin-1")


def lines(found: Found) -> list[Line]:
    """What was measured, beside what is wanted."""

    def line(work: str, unit: str, clients: int, figure: str, goal: Goal) -> Line:
        peers = {"moto": found.of("moto", clients, figure)}
        return Line(
            ROW, f"send, receive, delete, {work}", unit, goal, found.of("ours", clients, figure), peers
        )

    return [
        line("16 clients", "rounds/s", 16, "rps", Goal("more", 10)),
        line("16 clients, CPU", "us/round", 16, "cpu", Goal("less", 0.1)),
        line("1 client", "rounds/s", 1, "rps", Goal("more")),
        line("1 client, p50", "us", 1, "p50", Goal("less")),
    ]
