"""A debugging aid: log what holds the gateway's event loop (`CLARY_SLOW_TURNS`, in seconds of CPU).

While one step of a request or a task runs, everything else waits. Each step is measured on its own, in CPU time of the
loop's thread, which a busy machine hardly changes. asyncio's debug mode cannot be used for it: it does not see the callbacks of
uvloop's protocols, in which most requests are answered, and it measures the time that passes.

Only the loop's thread uses an object of this module, so it has no locks.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from clary.server.http.body import Body
from clary.server.http.connection import Connection
from clary.server.http.server import Answer, HttpServer
from clary.wire import Request, Response

log = logging.getLogger("clary.slow_turns")

T = TypeVar("T")
Name = Callable[[], str]

_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")


class SlowTurns:
    """Measures steps; logs those that take more than `limit` seconds of CPU. A step within another one counts for itself
    alone."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._within = 0.0  # CPU seconds of the steps that have ended inside of the present one

    @contextmanager
    def step(self, name: Name) -> Iterator[None]:
        """Measure a block. `name` is called only to log it."""
        outside, self._within = self._within, 0.0
        began = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - began
            own = spent - self._within
            self._within = outside + spent
            if own > self._limit:
                log.warning("%s held the event loop for %.3f s of CPU", name(), own)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure the steps of all tasks that are created from now on."""

        def create(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
            name = getattr(work, "__qualname__", repr(work))
            return asyncio.Task(Measured(work, self, lambda: f"the task {name}"), loop=loop, **options)

        loop.set_task_factory(create)


class Measured(Coroutine[Any, Any, T]):
    """A coroutine that measures each of its steps."""

    def __init__(self, work: Coroutine[Any, Any, T], turns: SlowTurns, name: Name) -> None:
        self._work = work
        self._turns = turns
        self._name = name

    def send(self, value: Any, /) -> Any:
        with self._turns.step(self._name):
            return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        with self._turns.step(self._name):
            return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Any:
        return self

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self.send(None)


class WatchedServer(HttpServer):
    """An HTTP server whose connections and answers are measured."""

    def __init__(self, answer: Answer, turns: SlowTurns) -> None:
        def measured(request: Request, body: Body | None) -> Coroutine[Any, Any, Response]:
            return Measured(answer(request, body), turns, lambda: name_of(request))

        super().__init__(measured)
        self._turns = turns

    def protocol(self) -> Connection:
        """Return the protocol for another connection."""
        return _WatchedConnection(self, self._turns)


class _WatchedConnection(Connection):
    def __init__(self, server: HttpServer, turns: SlowTurns) -> None:
        super().__init__(server)
        self._turns_of_loop = turns

    def data_received(self, data: bytes) -> None:
        with self._turns_of_loop.step(lambda: f"{len(data)} bytes of a connection"):
            super().data_received(data)


def name_of(request: Request) -> str:
    """Return the operation that a request names, or else its method and path."""
    target = request.headers.get("x-amz-target", "")
    body = request.body if isinstance(request.body, bytes) else b""
    action = _ACTION.search(body[:4096]) or _ACTION.search(request.query.encode())
    named = target or (action[1].decode() if action else "")
    return f"{request.method} {request.path} {named}".rstrip()


def server_of(answer: Answer, limit: float) -> HttpServer:
    """Return a server of a process. With a limit above 0 it is measured, and so are the tasks of the loop."""
    if not limit:
        return HttpServer(answer)
    turns = SlowTurns(limit)
    turns.watch(asyncio.get_running_loop())
    return WatchedServer(answer, turns)
