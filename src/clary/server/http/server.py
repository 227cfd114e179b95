"""The HTTP server of a process: its connections, its clock, its shutdown. Does not know how requests are
answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from clary.kernel import machine_time
from clary.server.http.body import Body
from clary.server.http.connection import Connection
from clary.server.http.eager import Begun, Ended
from clary.wire import Request, Response
from clary.wire.timestamps import http_date

Answer = Callable[[Request, Body | None], Coroutine[Any, Any, Response]]


class HttpServer:
    """`answer` is called for every request; its second argument is the body if that was not read beforehand."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.connections: set[Connection] = set()
        self.closing = False
        self.now = 0.0  # of the loop's clock, to the second
        self.date = b""  # a whole header line
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: set[Begun[Response]] = set()  # that wait, and have no task
        self._none_left = asyncio.Event()  # of those, once it is closing
        self._tick()

    def protocol(self) -> Connection:
        """Return the protocol for another connection."""
        return Connection(self)

    def carry_on(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run an answer that has to wait in a task, and return the task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def follow(self, begun: Begun[Response], ended: Ended) -> None:
        """Run an answer that has to wait to its end, without a task, and call `ended` with it."""
        answers = self._answers
        answers.add(begun)

        def at_end(response: Response, error: BaseException | None) -> None:
            answers.discard(begun)
            ended(response, error)
            if self.closing and not answers:
                self._none_left.set()

        begun.follow(at_end)

    async def keep_time(self) -> None:
        """Once per second, update the Date header and close connections that take too long."""
        while True:
            self._tick()
            for connection in list(self.connections):
                connection.judge(self.now)
            await asyncio.sleep(1)

    async def close(self, grace: float) -> None:
        """Finish the answers in progress within `grace` seconds, and close every connection."""
        self.closing = True
        for connection in list(self.connections):
            connection.shut_down()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._tasks or self._answers:
                    self._none_left.clear()
                    await (asyncio.wait(set(self._tasks)) if self._tasks else self._none_left.wait())

    def _tick(self) -> None:
        self.now = asyncio.get_running_loop().time()
        self.date = f"date: {http_date(machine_time())}\r\n".encode()
