"""One execution environment as its owner sees it: started, initialized, asked, thrown away."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from clary.access.directory import Credential, Directory
from clary.kernel import Caller
from clary.plane.port import Plane
from clary.runs import mux
from clary.services.lambda_ import archives
from clary.services.lambda_.running import code_folders, sandbox
from clary.services.lambda_.running.order import Order, Told
from clary.services.lambda_.service import lambda_
from clary.workloads.worker import Answer, Worker, connect

PREFIX = "lambda-"  # of run ids
_START_SECONDS = 20.0
_SLACK = 5.0  # seconds that the host has beyond the function's own timeout
_INIT_SECONDS = 15.0
_HOST = "lambda"


class Lost(Exception):
    """The environment does not answer; what became of the event is not known."""


@dataclass(slots=True, eq=False)
class Execution:
    """An environment. `used` is when it had its last event (monotonic), `born` when it was started; `initialized` says
    that it was ready for an event once. `first` is what its
    initialization said, until an event has told of it."""

    order: Order
    run: str
    stream: str
    provisioned: bool = False
    worker: Worker | None = None
    born: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    busy: bool = True
    initialized: bool = False
    first: Told | None = None
    credential: Credential | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.order.key

    @property
    def alive(self) -> bool:
        return self.worker is not None and self.worker.alive

    @property
    def memory(self) -> int:
        """MB that it may have."""
        return self.order.config["MemorySize"]


def fresh(platform: Plane, order: Order, *, provisioned: bool = False) -> Execution:
    """Return an environment that is not started yet, with a run and a log stream of its own."""
    made = platform.ids.hex(32)
    day = time.strftime("%Y/%m/%d", time.gmtime(platform.clock.now()))
    return Execution(order, f"{PREFIX}{made}", f"{day}/[{order.config['Version']}]{made}", provisioned)


async def start(platform: Plane, one: Execution) -> Told:
    """Start an environment and initialize its runtime. Return what that said. Raise Lost where it does not come up."""
    order = one.order
    task = await code_folders.laid_out(
        platform, archives.hexadecimal(order.config["CodeSha256"]), order.place
    )
    layers = [await code_folders.laid_out(platform, sha256, place) for sha256, place in order.layers]
    mounts = await asyncio.to_thread(code_folders.mounts, task, layers)
    spec = sandbox.spec_of(platform, order, one.run, mounts, sandbox.subject(order))
    begun = asyncio.ensure_future(asyncio.to_thread(platform.runs.start, one.run, spec))
    one.credential = await platform.store.run(lambda tx: _credential(platform, tx, order), write=True)
    if not await begun:
        raise Lost("no capacity")
    one.worker = await _connected(platform, one.run)
    config = sandbox.configuration(platform, order, one.credential, one.stream, one.provisioned)
    one.first = await _told(one, {"op": "init", "config": orjson.dumps(config).decode()}, b"", _INIT_SECONDS)
    return one.first


def _credential(platform: Plane, tx: Any, order: Order) -> Credential:
    directory: Directory = platform.extras["directory"]
    service = Caller.of_service(lambda_.principal, order.scope.partition("/")[0], order.config["FunctionArn"])
    return directory.session_for_role(tx, order.config["Role"], order.name, service)


async def _connected(platform: Plane, run: str) -> Worker:
    """Return the line to a run's host, once it listens. Raise Lost for a run that ended before."""
    until, pause = time.monotonic() + _START_SECONDS, 0.001
    path = ""
    while time.monotonic() < until:
        if not path:
            folder = platform.runs.inspect(run).sockets.get(_HOST, "")
            path = f"{folder}/{mux.SOCKET_NAME}" if folder else ""
        if path and os.path.exists(path):
            try:
                return await connect(path)
            except OSError:
                pass
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, 0.01)
        state = platform.runs.inspect(run) if pause == 0.01 else None
        if state and state.phase in ("exited", "lost"):
            raise Lost(f"the environment ended: {state.reason} {state.detail}")
    raise Lost("the environment did not come up in time")


async def ask(one: Execution, order: Order, payload: bytes, deadline: float) -> Told:
    """Have an event answered. `deadline` is in epoch seconds, on the machine's clock. Raise Lost."""
    seconds = order.config["Timeout"]
    return await _told(one, head_of(order, deadline), payload, seconds + _SLACK)


def head_of(order: Order, deadline: float) -> dict[str, str]:
    """Return what the host is told with an event."""
    return {
        "op": "invoke",
        "request-id": order.request_id,
        "arn": order.arn,
        "deadline-ms": str(int(deadline * 1000)),
        "timeout-ms": str(order.config["Timeout"] * 1000),
        "trace-id": order.trace,
        "client-context": order.client_context,
    }


async def stream(one: Execution, order: Order, payload: bytes, deadline: float) -> Answer:
    """Have an event answered part by part, if its runtime streams. Raise Lost."""
    head = {**head_of(order, deadline), "stream": "1"}
    return await _answer(one, head, payload, order.config["Timeout"] + _SLACK)


async def rest(one: Execution) -> Told:
    """Return the log and the memory of what was streamed."""
    return await _told(one, {"op": "rest"}, b"", _SLACK)


async def _answer(one: Execution, head: dict[str, str], body: bytes, seconds: float) -> Answer:
    assert one.worker is not None
    try:
        return await one.worker.send(orjson.dumps(head), body, seconds)
    except (TimeoutError, ConnectionError) as error:
        raise Lost(str(error)) from None


async def _told(one: Execution, head: dict[str, str], body: bytes, seconds: float) -> Told:
    return told(await _answer(one, head, body, seconds))


def told(answer: Answer) -> Told:
    """Return what an answer says. Raise Lost for one that is no host's: the program at the other end is not trusted."""
    try:
        head, size = answer.headers, int(answer.headers["log"])
        log = [(int(at), str(text)) for at, text in orjson.loads(answer.body[:size])]
        return Told(
            head["outcome"],
            answer.body[size:],
            log,
            int(head["memory"]),
            float(head["init"]),
            head.get("ended", ""),
        )
    except (KeyError, ValueError, TypeError):
        raise Lost("the environment said what cannot be read") from None


async def end(platform: Plane, one: Execution) -> None:
    """Stop an environment and remove what it left."""
    if one.worker is not None:
        one.worker.close()
    await asyncio.to_thread(platform.runs.stop, one.run, 0)
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if await asyncio.to_thread(_forgotten, platform, one.run):
            return
        await asyncio.sleep(0.05)


def _forgotten(platform: Plane, run: str) -> bool:
    try:
        platform.runs.forget(run)
    except RuntimeError:
        return False
    return True
