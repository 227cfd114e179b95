"""One multiplexed connection to a model server's worker: many invocations at once over one unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clary.runs import mux


@dataclass(slots=True)
class Answer:
    """What the model answered. `parts` is set when the body is streamed, and then `body` is empty."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    parts: asyncio.Queue[bytes | Exception | None] | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        """The body part by part, streamed or not. Raises ConnectionError when the model broke off."""
        if self.parts is None:
            if self.body:
                yield self.body
            return
        while (part := await self.parts.get()) is not None:
            if isinstance(part, Exception):
                raise part
            yield part


class Worker(asyncio.Protocol):
    """Sends invocations and hands out futures of their answers."""

    def __init__(self) -> None:
        self.alive = False
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._due: dict[int, float] = {}  # by the loop's clock, for each of those
        self._alarm: asyncio.TimerHandle | None = None
        self._streams: dict[int, asyncio.Queue[bytes | Exception | None]] = {}
        self._last = 0
        self._out: list[bytes] = []
        self._buffer = b""
        self._heads: dict[bytes, Mapping[str, str]] = {}

    @property
    def load(self) -> int:
        """How many invocations are under way."""
        return len(self._waiting) + len(self._streams)

    def send(self, head: bytes, body: bytes, seconds: float) -> asyncio.Future[Answer]:
        """One invocation; what is sent in one turn of the loop goes out in one write.

        The future raises TimeoutError when no answer has begun within `seconds`, ConnectionError when the worker dies.
        """
        self._last = stream = (self._last + 1) & 0x7FFFFFFF
        answer = self._waiting[stream] = self._loop.create_future()
        due = self._due[stream] = self._loop.time() + seconds
        if self._alarm is None or due < self._alarm.when():
            self._set_alarm(due)
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(mux.request_frame(stream, head, body))
        return answer

    def _set_alarm(self, when: float) -> None:
        """One alarm for all that wait, at the earliest end there was when it was set; answers do not move it."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self._loop.time()
        for stream in [stream for stream, due in self._due.items() if due <= now]:
            self._give_up(stream)
        if self._due:
            self._set_alarm(min(self._due.values()))

    def _give_up(self, stream: int) -> None:
        del self._due[stream]
        answer = self._waiting.pop(stream)
        if self.alive:
            self._transport.write(mux.cancel_frame(stream))
        if not answer.done():
            answer.set_exception(TimeoutError())

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.alive = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        lost = ConnectionError("the worker went away")
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(lost)
        for parts in self._streams.values():
            parts.put_nowait(lost)
        self._waiting.clear()
        self._due.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._streams.clear()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        position, size = 0, len(buffer)
        while size - position >= mux.PREFIX.size:
            length, stream, kind = mux.PREFIX.unpack_from(buffer, position)
            end = position + 4 + length
            if end > size:
                break
            self._take(stream, kind, buffer[position + mux.PREFIX.size : end])
            position = end
        self._buffer = buffer[position:]

    def _flush(self) -> None:
        if self.alive:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _take(self, stream: int, kind: int, payload: bytes) -> None:
        if kind == mux.RESPONSE:
            self._settle(stream, self._answer(payload))
        elif kind == mux.HEAD:
            answer = self._answer(payload)
            answer.parts = self._streams[stream] = asyncio.Queue()
            self._settle(stream, answer)
        elif kind == mux.CHUNK and stream in self._streams:
            self._streams[stream].put_nowait(payload)
        elif kind == mux.END and stream in self._streams:
            parts = self._streams.pop(stream)
            parts.put_nowait(ConnectionError(payload.decode("utf-8", "replace")) if payload else None)

    def _settle(self, stream: int, answer: Answer) -> None:
        waiting = self._waiting.pop(stream, None)
        if waiting is not None:
            del self._due[stream]
            if not waiting.done():
                waiting.set_result(answer)

    def _answer(self, payload: bytes) -> Answer:
        status, length = mux.RESPONSE_HEAD.unpack_from(payload)
        start = mux.RESPONSE_HEAD.size
        head = payload[start : start + length]
        headers = self._heads.get(head)
        if headers is None:
            headers = self._remember(head)
        return Answer(status, headers, payload[start + length :])

    def _remember(self, head: bytes) -> Mapping[str, str]:
        """A model answers with the same few heads again and again: decode each once."""
        headers: dict[str, Any] = orjson.loads(head) if head else {}
        if len(self._heads) < 256:
            self._heads[head] = headers
        return headers


async def connect(path: str) -> Worker:
    """A connection to the worker behind a socket. Raises OSError."""
    _, worker = await asyncio.get_running_loop().create_unix_connection(Worker, path)
    return worker
