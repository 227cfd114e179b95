"""Frames of the worker socket: many invocations at once over one unix socket, answered in any order.

Little-endian frames, in both directions:

    u32 length of all that follows | u32 id | u8 kind | payload

| kind | direction | payload |
|---|---|---|
| 0 PING     | to the worker   | empty; answered by a PING of the same id once the model is loaded |
| 1 REQUEST  | to the worker   | u16 length of head | head (JSON object of lower-case headers) | body |
| 2 RESPONSE | from the worker | u16 status | u16 length of head | head (JSON) | whole body |
| 3 HEAD     | from the worker | as RESPONSE, the body follows in CHUNKs (a streamed answer) |
| 4 CHUNK    | from the worker | bytes |
| 5 END      | from the worker | empty, or a UTF-8 error message when the stream broke |
| 6 CANCEL   | to the worker   | empty; nobody waits for this id any more |

A REQUEST whose head has `":path": "/execution-parameters"` asks for those; `/invocations` is the default.
"""

from __future__ import annotations

import struct
from enum import IntEnum

PREFIX = struct.Struct("<IIB")
LENGTH = struct.Struct("<I")
RESPONSE_HEAD = struct.Struct("<HH")
REQUEST_HEAD = struct.Struct("<H")

# The largest payload of batch transform is 100 MB (CreateTransformJob); asynchronous inference takes 1 GB.
MAX_FRAME = (1 << 30) + (1 << 20)


class Kind(IntEnum):
    """The kinds of frame."""

    PING = 0
    REQUEST = 1
    RESPONSE = 2
    HEAD = 3
    CHUNK = 4
    END = 5
    CANCEL = 6


def frame(stream: int, kind: int, *parts: bytes) -> bytes:
    """Return one frame as bytes."""
    size = 5 + sum(map(len, parts))
    return b"".join((PREFIX.pack(size, stream, kind), *parts))


class FrameError(Exception):
    """The other side does not speak this protocol."""


class Frames:
    """Cuts a byte stream into frames. A frame may arrive in any number of pieces."""

    __slots__ = ("_buffer", "_limit", "_wanted")

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer, self._wanted, self._limit = bytearray(), PREFIX.size, limit

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Return the frames completed by `data`, each as (id, kind, payload). Raise FrameError for an absurd
        length."""
        buffer = self._buffer
        buffer += data
        # A big frame is looked at again only when all of it can be there.
        if len(buffer) < self._wanted:
            return []
        frames: list[tuple[int, int, bytes]] = []
        start, size = 0, len(buffer)
        self._wanted = PREFIX.size
        with memoryview(buffer) as view:
            while size - start >= PREFIX.size:
                length, stream, kind = PREFIX.unpack_from(view, start)
                if not 5 <= length <= self._limit:
                    raise FrameError(f"a frame of {length} bytes")
                end = start + LENGTH.size + length
                if end > size:
                    self._wanted = end - start
                    break
                frames.append((stream, kind, bytes(view[start + PREFIX.size : end])))
                start = end
        if start:
            del buffer[:start]
        return frames


def request(stream: int, head: bytes, body: bytes) -> bytes:
    """Return a REQUEST frame; `head` is the JSON object of lower-case headers."""
    return frame(stream, Kind.REQUEST, REQUEST_HEAD.pack(len(head)), head, body)


def split_request(payload: bytes) -> tuple[bytes, bytes]:
    """Return (head, body) of a REQUEST's payload. Raise FrameError where it is cut short."""
    if len(payload) < REQUEST_HEAD.size:
        raise FrameError("a request without a head")
    (size,) = REQUEST_HEAD.unpack_from(payload)
    end = REQUEST_HEAD.size + size
    if len(payload) < end:
        raise FrameError("a request whose head is cut short")
    return payload[REQUEST_HEAD.size : end], payload[end:]


def response(stream: int, kind: int, status: int, head: bytes, body: bytes = b"") -> bytes:
    """Return a RESPONSE (whole body) or a HEAD (no body: CHUNKs follow)."""
    return frame(stream, kind, RESPONSE_HEAD.pack(status, len(head)), head, body)


def split_response(payload: bytes) -> tuple[int, bytes, bytes]:
    """Return (status, head, body) of the payload of a RESPONSE or HEAD."""
    if len(payload) < RESPONSE_HEAD.size:
        raise FrameError("a response without a head")
    status, size = RESPONSE_HEAD.unpack_from(payload)
    end = RESPONSE_HEAD.size + size
    return status, payload[RESPONSE_HEAD.size : end], payload[end:]
