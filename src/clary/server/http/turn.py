"""A request on its connection, from its head to the end of its answer; and what a connection needs of its server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from clary.server.http.body import Body
from clary.server.http.eager import Begun, Ended
from clary.wire import Request, Response


class Turn:
    """One request and what is left of it on the wire."""

    __slots__ = (
        "begun",
        "body",
        "complete",
        "discarded",
        "expects",
        "keep",
        "parts",
        "request",
        "size",
        "spoken",
        "task",
        "waker",
    )

    def __init__(self, request: Request, keep: bool, expects: bool) -> None:
        self.request = request
        self.keep = keep  # whether the connection is to be kept after it
        self.expects = expects  # whether the client waits for a 100
        self.body: Body | None = None  # set for bodies that are handed on as they arrive
        self.begun = False
        self.spoken = False  # whether its answer has begun to go out
        self.complete = False  # whether all of it has arrived
        self.parts: list[bytes] = []
        self.size = 0  # bytes in `parts`
        self.discarded = -1  # bytes thrown away after the answer; -1 while somebody may want them
        self.waker: asyncio.Future[None] | None = None
        # What goes on with the answer, where it has to wait.
        self.task: asyncio.Task[None] | Begun[Response] | None = None

    def leave(self) -> None:
        """End the turn of a client that has gone: a reader of its body learns it there, anything that only waits is cancelled."""
        self.wake()
        if self.complete and self.task is not None:
            # Not at once: a task that is cancelled before its first step leaves what was begun hanging.
            self.task.get_loop().call_soon(self.task.cancel)

    def wake(self) -> None:
        if self.waker is not None and not self.waker.done():
            self.waker.set_result(None)


class Owner(Protocol):
    """The server that a connection belongs to (server.HttpServer)."""

    answer: Callable[[Request, Body | None], Coroutine[Any, Any, Response]]
    connections: set[Any]
    closing: bool
    now: float
    date: bytes

    def carry_on(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...

    def follow(self, begun: Begun[Response], ended: Ended) -> None: ...
