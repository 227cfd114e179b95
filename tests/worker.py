"""A model server's worker, as far as the socket goes: answers PINGs, and requests by a function of the test."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

Reply = Callable[[dict[str, str], bytes], tuple[int, dict[str, str], bytes | list[bytes]]]


def echo(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes | list[bytes]]:
    return 200, {"content-type": head.get("content-type", "")}, body


class FakeWorker:
    """Listens at `folder/worker.sock` from the moment it is made until `close`."""

    def __init__(self, folder: Path, reply: Reply = echo) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "worker.sock"
        self.reply = reply
        self.heads: list[dict[str, str]] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Die: every connection breaks."""
        os.unlink(self.path)
        self._listener.close()
        for connection in self._connections:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while prefix := connection.recv(9, socket.MSG_WAITALL):
                length, stream, kind = struct.unpack("<IIB", prefix)
                payload = connection.recv(length - 5, socket.MSG_WAITALL) if length > 5 else b""
                connection.sendall(self._answer(stream, kind, payload))
        except OSError:
            return

    def _answer(self, stream: int, kind: int, payload: bytes) -> bytes:
        if kind == 0:
            return _frame(stream, 0, b"")
        if kind != 1:
            return b""
        (size,) = struct.unpack_from("<H", payload)
        head = json.loads(payload[2 : 2 + size] or b"{}")
        self.heads.append(head)
        status, headers, body = self.reply(head, payload[2 + size :])
        encoded = json.dumps(headers).encode()
        start = struct.pack("<HH", status, len(encoded)) + encoded
        if isinstance(body, bytes):
            return _frame(stream, 2, start + body)
        return b"".join(
            [_frame(stream, 3, start), *(_frame(stream, 4, part) for part in body), _frame(stream, 5, b"")]
        )


def _frame(stream: int, kind: int, payload: bytes) -> bytes:
    return struct.pack("<IIB", 5 + len(payload), stream, kind) + payload
