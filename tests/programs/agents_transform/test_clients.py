"""A model server whose answer comes without end: it has its time, however often it sends a little more, and its size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary_programs.agents.transform import clients
from clary_programs.agents.transform.errors import NoResponse
from clary_programs.serving import mux
from clary_programs.serving.mux import Kind

OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[bytes, bytes, bool], clients.ModelClient]]:
    """Serve one request with a beginning, and then with a piece again and again until nobody listens."""
    made: list[socket.socket] = []

    def start(first: bytes, piece: bytes, http: bool) -> clients.ModelClient:
        listener = socket.socket() if http else socket.socket(socket.AF_UNIX)
        listener.bind(("127.0.0.1", 0) if http else str(tmp_path / "s"))
        listener.listen()
        made.append(listener)
        threading.Thread(target=answer, args=(listener, first, piece), daemon=True).start()
        return clients.HttpClient(listener.getsockname()[1]) if http else clients.MuxClient(tmp_path / "s")

    yield start
    for listener in made:
        listener.close()


def answer(listener: socket.socket, first: bytes, piece: bytes) -> None:
    line, _ = listener.accept()
    try:
        line.recv(1 << 16)
        line.sendall(first)
        while True:
            line.sendall(piece)
            threading.Event().wait(0.001)
    except OSError:
        line.close()


ENDLESS = {
    "body": (OK, b"1\r\nx\r\n", True),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x", True),
    "status": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", True),
    "frames": (mux.response(1, Kind.HEAD, 200, b""), mux.frame(1, Kind.CHUNK, b"x"), False),
    "other frames": (b"", mux.frame(9, Kind.CHUNK, b"x"), False),
    "frame": (mux.frame(1, Kind.RESPONSE, bytes(1 << 20))[:100], b"x", False),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end_has_its_time(serve: Callable[..., clients.ModelClient], kind: str) -> None:
    client = serve(*ENDLESS[kind])
    with pytest.raises(NoResponse, match="timed out"):
        client.ask("/invocations", b"x", {}, 0.3)


@pytest.mark.parametrize("kind", ["body", "frames"])
def test_an_answer_without_end_has_its_size(
    serve: Callable[..., clients.ModelClient], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mux, "MAX_FRAME", 100)
    monkeypatch.setattr(clients, "READ_BYTES", 10)
    client = serve(*ENDLESS[kind])
    with pytest.raises(NoResponse, match="an answer of more than"):
        client.ask("/invocations", b"x", {}, 30)


def test_an_answer_in_pieces_is_put_together(serve: Callable[..., clients.ModelClient]) -> None:
    client = serve(OK + b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", b"", True)
    assert client.ask("/invocations", b"x", {}, 30) == (200, b"abcd")
