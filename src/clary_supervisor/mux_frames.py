"""Frames of the worker socket, as the bridge of a container reads and writes them. The other ends are in runs/mux.py and, for our
own model server, in clary_programs/serving/mux.py, which describes them."""

from __future__ import annotations

import json
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

PING, REQUEST, RESPONSE, HEAD, CHUNK, END, CANCEL = range(7)
SOCKET_NAME = "worker.sock"
LARGEST = 128 << 20  # bytes of a request; batch transform sends 100 MB at most
_PREFIX = struct.Struct("<IIB")
_REQUEST_HEAD = struct.Struct("<H")
_RESPONSE_HEAD = struct.Struct("<HH")


class Closed(Exception):
    """The other side has gone, or does not speak this protocol."""


def read(line: socket) -> tuple[int, int, bytes]:
    """Return the id, the kind and the payload of the next frame. Raise Closed."""
    size, stream, kind = _PREFIX.unpack(_exactly(line, _PREFIX.size))
    if not 5 <= size <= LARGEST:
        raise Closed
    return stream, kind, _exactly(line, size - 5)


def _exactly(line: socket, size: int) -> bytes:
    whole = bytearray(size)
    with memoryview(whole) as view:
        got = 0
        while got < size:
            try:
                came = line.recv_into(view[got:])
            except OSError:
                came = 0
            if not came:
                raise Closed
            got += came
    return bytes(whole)


def frame(stream: int, kind: int, payload: bytes = b"") -> bytes:
    return _PREFIX.pack(5 + len(payload), stream, kind) + payload


def answer(stream: int, kind: int, status: int, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a RESPONSE with its whole body, or a HEAD, whose body follows in CHUNKs."""
    head = json.dumps(headers).encode()
    return frame(stream, kind, _RESPONSE_HEAD.pack(status, len(head)) + head + body)


def request(payload: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a REQUEST. Raise Closed for a malformed one."""
    try:
        (size,) = _REQUEST_HEAD.unpack_from(payload)
        start = _REQUEST_HEAD.size
        return json.loads(payload[start : start + size]), payload[start + size :]
    except (struct.error, ValueError):
        raise Closed from None
