"""One multiplexed connection to the program of a run: many invocations at once over one unix socket.

The program at the other end is not trusted: nothing that it sends, or leaves unread, may cost more than its
own calls.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clary.runs import mux

log = logging.getLogger("clary.workloads")

_LARGEST = 64 << 20
"""Bytes of one frame, of a stream's parts that were not taken yet, of requests that the worker has not read. The largest
answer of a model on AWS has 25 MB."""
_NO_ANSWER = b"What the model answered is no answer: its headers are not text, or not of one line."


class Parts:
    """The parts of a stream that have arrived and were not taken yet, and how it ended."""

    __slots__ = ("_queue", "size")

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.size = 0

    def put(self, part: bytes | Exception | None) -> None:
        self.size += len(part) if isinstance(part, bytes) else 0
        self._queue.put_nowait(part)

    async def get(self) -> bytes | Exception | None:
        part = await self._queue.get()
        self.size -= len(part) if isinstance(part, bytes) else 0
        return part


@dataclass(slots=True)
class Answer:
    """What the model answered. `parts` is set if the body is streamed; `body` is empty then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    parts: Parts | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body part by part, streamed or not. Raise ConnectionError when the model breaks off,
        TimeoutError when it does not end in time."""
        if self.parts is None:
            if self.body:
                yield self.body
            return
        while (part := await self.parts.get()) is not None:
            if isinstance(part, Exception):
                raise part
            yield part

    async def whole(self) -> bytes:
        """Return all of a streamed body. Raise what `stream` raises, and ConnectionError for a body that
        is too large."""
        parts: list[bytes] = []
        size = 0
        async for part in self.stream():
            parts.append(part)
            size += len(part)
            if size > _LARGEST:
                raise ConnectionError(f"the model's answer is larger than {_LARGEST} bytes")
        return b"".join(parts)


class Worker(asyncio.Protocol):
    """Sends invocations and hands out futures of their answers."""

    def __init__(self) -> None:
        self.alive = False
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._due: dict[int, float] = {}  # by the loop's clock, for each of those and for each stream
        self._alarm: asyncio.TimerHandle | None = None
        self._streams: dict[int, Parts] = {}
        self._last = 0
        self._out: list[bytes] = []
        self._pieces: list[bytes] = []  # of a frame that is not whole yet
        self._have, self._need = 0, mux.PREFIX.size
        self._heads: dict[bytes, Mapping[str, str]] = {}

    @property
    def load(self) -> int:
        """Return how many invocations are under way."""
        return len(self._waiting) + len(self._streams)

    def send(self, head: bytes, body: bytes, seconds: float) -> asyncio.Future[Answer]:
        """Send one invocation. All that is sent in one turn of the loop goes out in one write.

        The future raises TimeoutError when no answer has begun within `seconds`, ConnectionError when the
        worker dies. A streamed answer has the rest of these seconds to end.
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
        """Set one alarm for all that wait, at the earliest deadline. Answers do not move it."""
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
        answer, parts = self._waiting.pop(stream, None), self._streams.pop(stream, None)
        if answer is not None and not answer.done():
            answer.set_exception(TimeoutError())
        if parts is not None:
            parts.put(TimeoutError())
        self._cancel(stream)

    def _cancel(self, stream: int) -> None:
        """Forget an invocation that nothing waits for. A worker that does not read is closed: data sent to
        it would be kept for ever."""
        if self.alive and self._transport.get_write_buffer_size() > _LARGEST:
            self._leave("does not read what it is sent")
        elif self.alive:
            self._transport.write(mux.cancel_frame(stream))

    def _leave(self, why: str) -> None:
        log.warning("a model's worker %s; closing its connection", why)
        self.alive = False
        self._transport.abort()

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
            parts.put(lost)
        self._waiting.clear()
        self._due.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._streams.clear()

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._have += len(data)
        if self._have >= self._need and self.alive:
            buffer = data if len(self._pieces) == 1 else b"".join(self._pieces)
            rest = buffer[self._take_frames(buffer) :]
            self._pieces, self._have = [rest] if rest else [], len(rest)

    def _take_frames(self, buffer: bytes) -> int:
        """Take every whole frame; return where the first incomplete one begins."""
        position, size = 0, len(buffer)
        self._need = mux.PREFIX.size
        while size - position >= mux.PREFIX.size:
            length, stream, kind = mux.PREFIX.unpack_from(buffer, position)
            end = position + 4 + length
            if not 5 <= length <= _LARGEST:
                self._leave(f"sends a frame of {length} bytes")
                return size
            if end > size:
                self._need = end - position
                break
            self._take(stream, kind, buffer[position + mux.PREFIX.size : end])
            position = end
        return position

    def _flush(self) -> None:
        if self.alive:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _take(self, stream: int, kind: int, payload: bytes) -> None:
        if kind == mux.RESPONSE:
            self._settle(stream, self._answer(payload))
        elif kind == mux.HEAD and stream in self._waiting:
            self._begin(stream, self._answer(payload))
        elif kind == mux.CHUNK and stream in self._streams:
            self._take_part(stream, payload)
        elif kind == mux.END and stream in self._streams:
            parts = self._end(stream)
            parts.put(ConnectionError(payload.decode("utf-8", "replace")) if payload else None)

    def _begin(self, stream: int, answer: Answer) -> None:
        """Begin a streamed answer. One with a body already is an error's text, and has no stream."""
        due = self._due[stream]
        self._settle(stream, answer)
        if not answer.body:
            answer.parts = self._streams[stream] = Parts()
            self._due[stream] = due

    def _end(self, stream: int) -> Parts:
        del self._due[stream]
        return self._streams.pop(stream)

    def _take_part(self, stream: int, part: bytes) -> None:
        parts = self._streams[stream]
        parts.put(part)
        if parts.size > _LARGEST:
            self._end(stream)
            parts.put(ConnectionError("the model streams faster than its answer is taken"))
            self._cancel(stream)

    def _settle(self, stream: int, answer: Answer) -> None:
        waiting = self._waiting.pop(stream, None)
        if waiting is not None:
            del self._due[stream]
            if not waiting.done():
                waiting.set_result(answer)

    def _answer(self, payload: bytes) -> Answer:
        """Answer as a model's own server error where the worker's answer cannot be read."""
        try:
            status, length = mux.RESPONSE_HEAD.unpack_from(payload)
            start = mux.RESPONSE_HEAD.size
            head = payload[start : start + length]
            headers = self._heads.get(head)
            if headers is None:
                headers = self._remember(head)
        except (struct.error, ValueError):
            return Answer(500, {}, _NO_ANSWER)
        return Answer(status, headers, payload[start + length :])

    def _remember(self, head: bytes) -> Mapping[str, str]:
        """Return a decoded head; raise ValueError for an unreadable one. Models answer with the same few
        heads, so each is decoded once."""
        headers: Any = orjson.loads(head) if head else {}
        if not isinstance(headers, dict) or not all(map(_is_line, headers.values())):
            raise ValueError("no headers")
        if len(self._heads) < 256:
            self._heads[head] = headers
        return headers


def _is_line(value: Any) -> bool:
    """Return whether a value can be sent as a header's (RFC 9110, 5.5)."""
    return (
        isinstance(value, str)
        and not any(letter in value for letter in "\r\n\0")
        and (value.isascii() or max(value) <= "\xff")
    )


async def connect(path: str) -> Worker:
    """Return a connection to the worker behind a socket; raise OSError."""
    with mux.address(path) as name:
        _, worker = await asyncio.get_running_loop().create_unix_connection(Worker, name)
    return worker
