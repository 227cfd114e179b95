"""Workers that are strangers' programs and keep to no rule: each costs its own invocations, and nobody else's.

AWS's container speaks HTTP to its platform and can break that as well; what it then answers is a ModelError
(InvokeEndpoint, "Errors").
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from clary.runs import mux
from clary.services.sagemaker.runtime import asking, background, invoke
from clary.workloads import worker
from tests.services.sagemaker.farm import Farm
from tests.worker import FakeWorker

RESPONSE, HEAD, CHUNK, END, CANCEL = 2, 3, 4, 5, 6


def frame(stream: int, kind: int, payload: bytes, length: int | None = None) -> bytes:
    return struct.pack("<IIB", 5 + len(payload) if length is None else length, stream, kind) + payload


def headed(head: bytes, status: int = 200) -> bytes:
    return struct.pack("<HH", status, len(head)) + head


@pytest.fixture
def rogue(in_service: str, farm: Farm) -> FakeWorker:
    (found,) = farm.workers.values()
    return found


@pytest.mark.parametrize("said", [RESPONSE, HEAD])
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        headed(b"{"),
        headed(b"[]"),
        headed(b"\xff"),
        headed(b'{"content-type": 5}'),
        headed(json.dumps({"content-type": "a\r\nset-cookie: b"}).encode()),
        headed(json.dumps({"content-type": "\u20ac"}).encode()),
        struct.pack("<HH", 200, 65535) + b"{",
    ],
    ids=["nothing", "short", "cut", "list", "bytes", "number", "two-lines", "no-latin", "long"],
)
def test_an_answer_that_is_none_is_a_model_error(
    rogue: FakeWorker, client: Any, said: int, answer: bytes
) -> None:
    rogue._answer = lambda stream, kind, payload: frame(stream, said, answer)
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert caught.value.response["OriginalStatusCode"] == 500
    del rogue._answer
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read() == b"x"


@pytest.mark.parametrize("length", [0, 4, 0xFFFFFFFF])
def test_a_frame_of_no_possible_size_ends_its_connection(
    rogue: FakeWorker, client: Any, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(asking, "_RETURN_SECONDS", 0.01)
    rogue._answer = lambda stream, kind, payload: frame(stream, RESPONSE, headed(b""), length)
    runtime = client("sagemaker-runtime")
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    del rogue._answer
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read() == b"x"


def test_answers_that_nobody_asked_for_are_not_kept(rogue: FakeWorker, client: Any, platform: Any) -> None:
    def answer(stream: int, kind: int, payload: bytes) -> bytes:
        wrong = b"".join(frame(stream + 1 + n, n % 7, headed(b"")) for n in range(70))
        return wrong + frame(stream, RESPONSE, headed(b"") + b"right")

    rogue._answer = answer
    assert client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read() == b"right"
    (route,) = background.of(platform).routes._routes.values()
    assert [one.load for v in route.variants.values() for one in v.containers[0].workers.values()] == [0]


def test_an_answer_without_end_is_a_model_error(
    rogue: FakeWorker, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_LARGEST", 10_000)
    rogue.reply = lambda head, body: (200, {}, [b"x" * 1000] * 100)
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")


class Line:
    """A transport whose other end reads nothing."""

    def __init__(self) -> None:
        self.sent = b""
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return len(self.sent)

    def abort(self) -> None:
        self.aborted = True


def on_a_line(act: Callable[[worker.Worker, Line], None]) -> None:
    async def main() -> None:
        line, one = Line(), worker.Worker()
        one.connection_made(line)  # type: ignore[arg-type]
        act(one, line)

    asyncio.run(main())


def test_a_stream_that_nobody_takes_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LARGEST", 10_000)

    def act(one: worker.Worker, line: Line) -> None:
        answer = one.send(b"{}", b"", 60)
        for part in [frame(1, HEAD, headed(b"")), *[frame(1, CHUNK, b"x" * 1000)] * 100]:
            one.data_received(part)
        parts = answer.result().parts
        assert parts is not None
        assert parts.size == 11_000
        assert one.load == 0
        assert mux.cancel_frame(1) in line.sent

    on_a_line(act)


def test_a_stream_has_its_time() -> None:
    def act(one: worker.Worker, line: Line) -> None:
        answers = [one.send(b"{}", b"", seconds) for seconds in (0, 60)]
        for stream in (1, 2):
            one.data_received(frame(stream, HEAD, headed(b"")) + frame(stream, CHUNK, b"x"))
        one._ring()
        assert one.load == 1
        assert mux.cancel_frame(1) in line.sent
        assert mux.cancel_frame(2) not in line.sent
        one.data_received(frame(2, CHUNK, b"y") + frame(2, END, b""))
        assert (one.load, one._due) == (0, {})
        assert answers[1].result().parts is not None

    on_a_line(act)


def test_a_stream_without_end_ends_with_an_error_event(
    rogue: FakeWorker, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ModelStreamError, ModelInvocationTimeExceeded
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html)."""
    monkeypatch.setattr(invoke, "_STREAM_SECONDS", 0.2)
    rogue._answer = lambda stream, kind, payload: (
        frame(stream, HEAD, headed(b"")) + frame(stream, CHUNK, b"x")
    )
    body = iter(
        client("sagemaker-runtime").invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")["Body"]
    )
    assert next(body) == {"PayloadPart": {"Bytes": b"x"}}
    with pytest.raises(EventStreamError, match="failed to finish sending the response") as raised:
        next(body)
    assert raised.value.response["Error"]["Code"] == "ModelStreamError"


def test_a_worker_that_never_reads_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LARGEST", 10_000)

    def act(one: worker.Worker, line: Line) -> None:
        answers = [one.send(b"{}", b"x" * 6_000, seconds) for seconds in (0, 60)]
        one._flush()
        one._ring()
        assert isinstance(answers[0].exception(), TimeoutError)
        assert line.aborted
        assert not one.alive
        one.connection_lost(None)
        assert isinstance(answers[1].exception(), ConnectionError)

    on_a_line(act)


def test_a_frame_may_come_in_any_pieces() -> None:
    def act(one: worker.Worker, line: Line) -> None:
        answers = [one.send(b"{}", b"", 60) for _ in range(3)]
        data = b"".join(frame(n, RESPONSE, headed(b"{}") + b"%d" % n * 100) for n in (1, 2, 3))
        for start in range(0, len(data), 7):
            one.data_received(data[start : start + 7])
        assert [answer.result().body for answer in answers] == [b"%d" % n * 100 for n in (1, 2, 3)]

    on_a_line(act)


def test_a_link_in_the_place_of_a_socket_is_not_followed(tmp_path: Path) -> None:
    """A model's folder is its own to write: by a link there it could have itself invoked as another's model."""
    other = FakeWorker(tmp_path / "other")
    (tmp_path / "mine").mkdir()
    link = tmp_path / "mine" / "worker.sock"
    link.symlink_to(other.path)
    assert mux.answers(str(other.path))
    assert not mux.answers(str(link))
    with pytest.raises(OSError, match="not a socket"):
        asyncio.run(worker.connect(str(link)))
    os.unlink(link)
    link.write_text("no socket")
    assert not mux.answers(str(link))
    other.close()
