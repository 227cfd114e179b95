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
    """One frame as bytes."""
    size = 5 + sum(map(len, parts))
    return b"".join((PREFIX.pack(size, stream, kind), *parts))
