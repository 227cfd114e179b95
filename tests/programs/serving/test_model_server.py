"""The serve program as a real process, over the worker socket (frames: serving/mux.py) and over HTTP (AWS developer
guide, "Use your own inference code with hosting services")."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clary_programs.serving import mux
from clary_programs.serving.mux import Kind
from tests.programs.serving.server import Client, model, serving, started, variables, wait_for

ECHO = """
import json
def model_fn(d): return {"dir": d}
def input_fn(body, content_type): return body
def predict_fn(data, model): return data
def output_fn(prediction, accept): return prediction, accept
"""
GATED = """
import os, time
def model_fn(d): return d
def transform_fn(model, data, content_type, accept):
    gate = os.path.join(model, data)
    while not os.path.exists(gate): time.sleep(0.005)
    return data, "text/plain"
"""
STREAM = """
def model_fn(d): return None
def transform_fn(model, data, content_type, accept):
    def parts():
        for i in range(int(data)):
            yield "part%d;" % i
        if accept == "broken/type": raise RuntimeError("the stream broke")
    return parts(), accept
"""


def test_hooks_answer_over_the_socket(tmp_path: Path) -> None:
    with serving(model(tmp_path, ECHO)) as client:
        client.ping()
        got = client.ask(b'{"a":1}', content_type="application/json", accept="text/plain")
        assert got == (200, {"content-type": "text/plain"}, b'{"a":1}')
        assert client.path("/execution-parameters") == (404, b"")
        assert client.path("/ping")[0] == 200
        assert client.path("/nowhere")[0] == 404


def test_the_socket_is_private_and_appears_only_when_the_model_is_loaded(tmp_path: Path) -> None:
    gate, loading = tmp_path / "gate", tmp_path / "loading"
    code = (
        f"import os, time\ndef model_fn(d):\n    open({str(loading)!r}, 'w').close()\n"
        f"    while not os.path.exists({str(gate)!r}): time.sleep(0.005)\n    return 1\n"
    )
    with started(model(tmp_path, code)) as (process, path):
        wait_for(loading, process)
        assert not path.exists()
        gate.touch()
        wait_for(path, process)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        Client(path).ping()
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert not path.exists()


def test_a_model_that_does_not_load_ends_the_process_with_its_trace(tmp_path: Path) -> None:
    with started(model(tmp_path, "def model_fn(d): raise ValueError('no weights')\n")) as (process, path):
        assert process.wait(timeout=30) == 1
        assert "no weights" in process.stderr.read()
        assert not path.exists()
    assert (tmp_path / "output" / "failure").read_text() == "ValueError: no weights"


def test_a_script_that_exits_is_a_failure_like_any_other(tmp_path: Path) -> None:
    """One worker only: it must be there for the next request."""
    code = "import sys\ndef model_fn(d): return 1\ndef transform_fn(m, d, c, a): return sys.exit(d) if d else 'yes'\n"
    with serving(model(tmp_path, code), SAGEMAKER_MODEL_SERVER_WORKERS="1") as client:
        status, _, body = client.ask(b"no reason", content_type="text/csv")
        assert (status, body.splitlines()[0]) == (500, b"no reason")
        assert client.ask(b"", content_type="text/csv", accept="text/csv")[0] == 200


def test_a_model_that_exits_while_it_loads_has_not_loaded(tmp_path: Path) -> None:
    with started(model(tmp_path, "import sys\ndef model_fn(d): sys.exit(0)\n")) as (process, path):
        assert process.wait(timeout=30) == 1
        assert not path.exists()
    assert (tmp_path / "output" / "failure").read_text() == "SystemExit: 0"


def test_a_very_long_socket_path_works(tmp_path: Path) -> None:
    base = tmp_path / ("x" * 60) / ("y" * 60)
    base.mkdir(parents=True)
    with started(model(base, ECHO)) as (process, path):
        wait_for(path, process)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            Client(Path(f"/proc/self/fd/{folder}/{path.name}")).ping()
        finally:
            os.close(folder)


def test_sixteen_requests_at_once_on_one_connection(tmp_path: Path) -> None:
    with serving(model(tmp_path, ECHO)) as client:
        for stream in range(16):
            client.send(stream, b"%d" % stream, content_type="text/csv", accept="text/csv")
        answers = {stream: body for stream, _, _, body in (client.answer() for _ in range(16))}
        assert answers == {stream: b"%d" % stream for stream in range(16)}


def test_a_blocked_hook_holds_up_neither_ping_nor_its_neighbour(tmp_path: Path) -> None:
    with serving(model(tmp_path, GATED), SAGEMAKER_MODEL_SERVER_WORKERS="2") as client:
        client.send(1, b"slow", content_type="text/csv")
        client.send(2, b"quick", content_type="text/csv")
        client.ping()
        (tmp_path / "model" / "quick").touch()
        assert client.answer()[0] == 2
        (tmp_path / "model" / "slow").touch()
        assert client.answer()[0] == 1


def test_a_generator_is_streamed_part_by_part(tmp_path: Path) -> None:
    with serving(model(tmp_path, STREAM)) as client:
        client.send(5, b"3", content_type="text/csv", accept="text/plain")
        stream, kind, payload = client.frame()
        assert (stream, kind, mux.split_response(payload)[0]) == (5, Kind.HEAD, 200)
        parts = [client.frame() for _ in range(4)]
        assert parts == [(5, Kind.CHUNK, b"part%d;" % i) for i in range(3)] + [(5, Kind.END, b"")]


def test_a_stream_that_breaks_says_so_at_its_end(tmp_path: Path) -> None:
    with serving(model(tmp_path, STREAM)) as client:
        client.send(5, b"1", content_type="text/csv", accept="broken/type")
        frames = [client.frame() for _ in range(3)]
        assert frames[2] == (5, Kind.END, b"RuntimeError: the stream broke")


def test_cancel_ends_a_stream(tmp_path: Path) -> None:
    with serving(model(tmp_path, STREAM)) as client:
        client.send(5, b"1000000000", content_type="text/csv", accept="text/plain")
        assert client.frame()[1] == Kind.HEAD
        client.sock.sendall(mux.frame(5, Kind.CANCEL))
        client.send(6, b"1", content_type="text/csv", accept="text/plain")
        while client.frame()[:2] != (6, Kind.END):
            pass


def test_a_user_error_is_500_with_the_trace_as_its_body(tmp_path: Path) -> None:
    code = "def model_fn(d): return 0\ndef transform_fn(m, d, c, a): raise KeyError('column x')\n"
    with serving(model(tmp_path, code)) as client:
        status, _, body = client.ask(b"1", content_type="text/csv")
        assert status == 500
        assert b"Traceback (most recent call last)" in body
        assert b"column x" in body
        client.ping()


def test_types_without_a_default_are_415_and_406(tmp_path: Path) -> None:
    code = "class M:\n    def predict(self, x): return x\ndef model_fn(d): return M()\n"
    with serving(model(tmp_path, code)) as client:
        assert client.ask(b"x", content_type="image/png")[0] == 415
        assert client.ask(b"1,2", content_type="text/csv", accept="image/png")[0] == 406
        assert client.ask(b"1.5,2\n3,4.5", content_type="text/csv", accept="text/csv")[0] == 200
        assert client.ask(b"1,2\n3,4", content_type="text/csv", accept="text/csv") == (
            200,
            {"content-type": "text/csv"},
            b"1,2\n3,4\n",
        )


def test_a_stopping_server_finishes_what_is_under_way(tmp_path: Path) -> None:
    code = GATED.replace("    while not", "    open(gate + '.begun', 'w').close()\n    while not")
    with started(model(tmp_path, code)) as (process, path):
        wait_for(path, process)
        client = Client(path)
        client.send(1, b"last", content_type="text/csv")
        wait_for(tmp_path / "model" / "last.begun", process)
        process.terminate()
        (tmp_path / "model" / "last").touch()
        assert client.answer()[3] == b"last"
        assert process.wait(timeout=30) == 0


def test_a_broken_frame_costs_its_connection_only(tmp_path: Path) -> None:
    with serving(model(tmp_path, ECHO)) as client:
        other = Client(tmp_path / "worker.sock")
        other.sock.sendall(b"\xff" * 64)
        assert other.sock.recv(10) == b""
        client.ping()


def test_execution_parameters_come_from_the_users_function(tmp_path: Path) -> None:
    code = ECHO + "def execution_parameters_fn(): return {'MaxConcurrentTransforms': 4}\n"
    with serving(model(tmp_path, code)) as client:
        status, body = client.path("/execution-parameters")
        assert (status, json.loads(body)) == (200, {"MaxConcurrentTransforms": 4})


def test_large_bodies_in_both_directions(tmp_path: Path) -> None:
    body = os.urandom(9 << 20)
    code = "def model_fn(d): return 0\ndef transform_fn(m, d, c, a): return d, c\n"
    with serving(model(tmp_path, code)) as client:
        status, _, back = client.ask(body, content_type="application/octet-stream")
        assert status == 200
        assert back == body


@pytest.fixture
def port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_the_same_model_over_http(tmp_path: Path, port: int) -> None:
    base = model(tmp_path, ECHO + "def execution_parameters_fn(): return {'MaxPayloadInMB': 6}\n")
    command = [sys.executable, "-m", "clary_programs.entry", "python", "serve"]
    with subprocess.Popen(command, env=variables(base, SAGEMAKER_BIND_TO_PORT=str(port))) as process:
        try:
            connection = connect(port)
            assert call(connection, "GET", "/ping") == (200, b"")
            assert call(connection, "GET", "/execution-parameters") == (200, b'{"MaxPayloadInMB": 6}')
            headers = {"Content-Type": "text/csv", "Accept": "text/csv"}
            assert call(connection, "POST", "/invocations", b"1,2", headers) == (200, b"1,2")
            assert call(connection, "POST", "/invocations", iter([b"1,", b"2"]), headers) == (200, b"1,2")
            assert call(connection, "POST", "/other", b"") == (404, b"")
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


def test_streams_over_http_are_chunked(tmp_path: Path, port: int) -> None:
    base = model(tmp_path, STREAM)
    command = [sys.executable, "-m", "clary_programs.entry", "python", "serve"]
    with subprocess.Popen(command, env=variables(base, SAGEMAKER_BIND_TO_PORT=str(port))) as process:
        try:
            connection = connect(port)
            headers = {"Content-Type": "text/csv", "Accept": "text/plain"}
            assert call(connection, "POST", "/invocations", b"2", headers) == (200, b"part0;part1;")
            broken = {**headers, "Accept": "broken/type"}
            with pytest.raises(http.client.IncompleteRead):
                call(connection, "POST", "/invocations", b"2", broken)
        finally:
            process.terminate()
            process.wait(timeout=30)


def connect(port: int) -> http.client.HTTPConnection:
    """Connected as soon as somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.connect()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        else:
            return connection


def call(connection: http.client.HTTPConnection, method: str, path: str, *args: object) -> tuple[int, bytes]:
    connection.request(method, path, *args)
    response = connection.getresponse()
    return response.status, response.read()
