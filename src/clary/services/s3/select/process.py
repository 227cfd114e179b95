"""A query in its process: the object goes in, events come out. The process ends with the query, or with the client."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.services.s3.select.request import SECONDS

Event = dict[str, Any]
Frame = tuple[bytes, bytes]
Bytes = bytes | AsyncIterator[bytes]

_MODULE = "clary_programs.agents.select"
_FRAME = struct.Struct(
    ">cI"
)  # a letter, and the length of what follows (clary_programs/agents/select/program.py)
_MOST, _MOST_OF_ACCOUNT = 8, 4
_CONTINUATION = 5.0  # seconds without an event, after which a Cont keeps the connection open
_PIECE = 256 << 10

_running: Counter[str] = Counter()


def _busy() -> AwsError:
    return AwsError("Busy", "The service is unavailable. Please retry.", 503)


class Query:
    """A running query. `async for` gives its events, and ends with what it fails with."""

    def __init__(self, account: str, process: Process, feeding: asyncio.Task[None]) -> None:
        self._account = account
        self._process = process
        self._feeding = feeding
        self._first: Frame | None = None
        self._open = True
        self.told: Callable[[int, int], None] | None = None  # how much was read and returned, at the end

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End the process and free its place."""
        if not self._open:
            return
        self._open = False
        _running[self._account] -= 1
        with suppress(ProcessLookupError, RuntimeError):
            self._process.kill()
        if not self._feeding.get_loop().is_closed():
            self._feeding.cancel()

    async def begin(self) -> None:
        """Wait for the first frame. Raise AwsError if it is an error, which can then be answered as any other one."""
        kind, payload = self._first = await self._frame()
        if kind == b"E":
            raise _error(payload)

    async def __aiter__(self) -> AsyncIterator[Event]:
        try:
            waiting = self._first or await self._frame()
            while True:
                for event in _events(*waiting):
                    yield event
                if waiting[0] == b"S":
                    self._tell(waiting[1])
                    return
                next_one = asyncio.ensure_future(self._frame())
                while not (await asyncio.wait((next_one,), timeout=_CONTINUATION))[0]:
                    yield {"Cont": {}}
                waiting = next_one.result()
        finally:
            self.close()

    def _tell(self, payload: bytes) -> None:
        if self.told:
            scanned, _, returned = orjson.loads(payload)
            self.told(scanned, returned)

    async def _frame(self) -> Frame:
        """Return the next frame. Raise AwsError where the process has ended, as it does without time or memory."""
        stdout = self._process.stdout
        assert stdout is not None
        try:
            kind, size = _FRAME.unpack(await stdout.readexactly(_FRAME.size))
            return kind, await stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            if self._feeding.done() and not self._feeding.cancelled():
                self._feeding.result()  # what reading the object failed with
            message = f"The query was ended: it may take {SECONDS} seconds of CPU time, and limited memory."
            raise AwsError("ExternalEvalException", message) from None


def _events(kind: bytes, payload: bytes) -> list[Event]:
    """Return the events of a frame. Raise AwsError for an error."""
    if kind == b"R":
        return [{"Records": {"Payload": payload}}]
    if kind == b"E":
        raise _error(payload)
    scanned, processed, returned = orjson.loads(payload)
    details = {"BytesScanned": scanned, "BytesProcessed": processed, "BytesReturned": returned}
    if kind == b"P":
        return [{"Progress": {"Details": details}}]
    return [{"Stats": {"Details": details}}, {"End": {}}]


def _error(payload: bytes) -> AwsError:
    code, message = orjson.loads(payload)
    return AwsError(code, message)


async def start(account: str, task: dict[str, Any], body: Bytes) -> Query:
    """Start a query over a body. Raise Busy where too many run."""
    if _running[account] >= _MOST_OF_ACCOUNT or _running.total() >= _MOST:
        raise _busy()
    _running[account] += 1
    try:
        # -B: a limit of the process is the size of its files, and what it imports must not be compiled into cut ones.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", "-m", _MODULE, stdin=PIPE, stdout=PIPE, env={}, limit=_PIECE
        )
    except BaseException:
        _running[account] -= 1
        raise
    return Query(account, process, asyncio.ensure_future(_feed(process, task, body)))


async def _feed(process: Process, task: dict[str, Any], body: Bytes) -> None:
    """Write the task and the body into a process, which may have enough before its end."""
    stdin = process.stdin
    assert stdin is not None
    question = json.dumps(task).encode()
    with suppress(ConnectionError):
        stdin.write(len(question).to_bytes(4, "big") + question)
        async for piece in _pieces(body):
            stdin.write(bytes(piece))
            await stdin.drain()
        stdin.close()
        return
    stdin.close()


async def _pieces(body: Bytes) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        for at in range(0, len(body), _PIECE):
            yield body[at : at + _PIECE]
        return
    async for piece in body:
        yield piece
