"""How a process asks the owner of the pool: one connection of the owner's Unix socket for each question.

Frames, in both directions: length of a head (JSON), length of a body, both. The socket is in the home, which only the platform reads.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

from clary.runs import mux
from clary.services.lambda_.running.order import Order, Outcome, Params, of_head
from clary.services.lambda_.running.parts import Parts

_PREFIX = struct.Struct("<II")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class NotThere(Exception):
    """No process answers at the owner's socket. The question was not taken."""


async def invoke(path: Path, order: Order, payload: bytes, parts: Parts | None) -> Outcome:
    """Have the owner answer an event. Raise NotThere; ConnectionError where it dies meanwhile."""
    reader, writer = await _connect(path)
    try:
        await _send(writer, {"op": "invoke", "stream": parts is not None, "order": order.head()}, payload)
        while True:
            head, body = await _receive(reader)
            if head["kind"] == "outcome":
                return Outcome(body, **head["outcome"])
            assert parts is not None
            await parts.put((head["kind"], body))
    except asyncio.IncompleteReadError:
        raise ConnectionError("the process that runs functions has ended") from None
    finally:
        writer.close()


async def provisioned(path: Path, scope: str, name: str, qualifier: str) -> tuple[int, bool]:
    """Ask the owner what was started ahead. Raise NotThere."""
    reader, writer = await _connect(path)
    try:
        await _send(writer, {"op": "provisioned", "asked": [scope, name, qualifier]}, b"")
        head, _ = await _receive(reader)
        return head["ready"], head["failed"]
    except asyncio.IncompleteReadError:
        raise NotThere from None
    finally:
        writer.close()


async def serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answer: Callable[[Order, bytes, Parts | None], Awaitable[Outcome]],
    status: Callable[[str, str, str], Awaitable[tuple[int, bool]]],
) -> None:
    """Answer one question."""
    try:
        head, body = await _receive(reader)
        if head["op"] == "provisioned":
            ready, failed = await status(*head["asked"])
            await _send(writer, {"ready": ready, "failed": failed}, b"")
            return
        outcome = await _answered(writer, answer, of_head(head["order"]), body, head["stream"])
        await _send(writer, {"kind": "outcome", "outcome": outcome.head()}, outcome.payload)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _answered(
    writer: asyncio.StreamWriter,
    answer: Callable[[Order, bytes, Parts | None], Awaitable[Outcome]],
    order: Order,
    body: bytes,
    stream: bool,
) -> Outcome:
    """Have an event answered, and pass on what is streamed meanwhile."""
    if not stream:
        return await answer(order, body, None)
    parts: Parts = asyncio.Queue(16)
    work = asyncio.ensure_future(answer(order, body, parts))
    work.add_done_callback(lambda _: parts.put_nowait(("end", b"")) if not parts.full() else None)
    while not work.done() or not parts.empty():
        next_part = asyncio.ensure_future(parts.get())
        await asyncio.wait((work, next_part), return_when=asyncio.FIRST_COMPLETED)
        if not next_part.done():
            next_part.cancel()
            continue
        kind, part = next_part.result()
        if kind != "end":
            await _send(writer, {"kind": kind}, part)
    return await work


async def _connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        with mux.address(str(path)) as name:
            return await asyncio.open_unix_connection(name)
    except OSError:
        raise NotThere from None


async def _send(writer: asyncio.StreamWriter, head: Params, body: bytes) -> None:
    said = orjson.dumps(head)
    writer.write(_PREFIX.pack(len(said), len(body)) + said + body)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> tuple[Any, bytes]:
    head, body = _PREFIX.unpack(await reader.readexactly(_PREFIX.size))
    said = await reader.readexactly(head)
    return orjson.loads(said), await reader.readexactly(body)
