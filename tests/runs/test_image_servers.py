"""Servers in images: each listens on port 8080 of a network of its own, and the worker socket leads to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clary.runs import mux
from clary.runs.api import RunSpec
from clary_supervisor import mux_frames, proc
from tests.support.executors import Bench
from tests.support.image_registry import ImageRegistry, layer, member, python
from tests.support.waiting import until

SERVER = """#!/bin/python3
import http.server, os, sys, time, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        if self.path == "/execution-parameters":
            return self.say(200, b'{"MaxConcurrentTransforms": 3}')
        self.say(200 if self.path == "/ping" else 404, b"")
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if data == b"die":
            os._exit(3)
        if data == b"hang up":
            self.close_connection = True
            return
        if data == b"parts":
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"one", b"two"):
                self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(part), part))
                self.wfile.flush()
            self.wfile.write(b"0\\r\\n\\r\\n")
            return
        if data.startswith(b"http"):
            with urllib.request.urlopen(data.decode(), timeout=5) as answer:
                return self.say(200, b"%d" % answer.status)
        self.say(400 if data == b"bad" else 200, os.environ["NAME"].encode() + b":" + data, kind=self.headers["Accept"])
    def say(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", self.headers.get("X-Amzn-SageMaker-Custom-Attributes") or "-")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
print(sys.argv[1:], flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def interpreter() -> bytes:
    return python()


@pytest.fixture
def registry(bench: Bench) -> Iterator[ImageRegistry]:
    if any("images do not run" in line or "overlayfs does not" in line for line in bench.executor.describe()):
        pytest.skip("this machine cannot run images")
    with ImageRegistry() as made:
        yield made


def serve(
    bench: Bench, registry: ImageRegistry, interpreter: bytes, run_id: str = "r", **members: object
) -> str:
    """Start a server, and return its socket once it answers."""
    digest = registry.add_image(
        interpreter, layer(member("server", SERVER.encode())), zipped=False, Entrypoint=["/server"]
    )
    image = registry.image(digest, arguments=("serve",), port=8080)
    env = {"NAME": run_id}
    assert bench.executor.start(
        run_id, RunSpec(image=image, endpoint=registry.endpoint, env=env, sockets=True, **members)
    )  # type: ignore[arg-type]
    path = f"{bench.executor.inspect(run_id).sockets['algo-1']}/{mux.SOCKET_NAME}"

    def there() -> bool:
        assert bench.executor.inspect(run_id).phase in ("preparing", "running"), bench.executor.inspect(
            run_id
        )
        return Path(path).exists() and mux.answers(path)

    until(there, what="for the server")
    return path


def ask(path: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes, int]:
    """Return status, headers, body and number of parts of an answer."""
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.settimeout(10)
        with mux.address(path) as name:
            line.connect(name)
        line.sendall(mux.request_frame(7, json.dumps(headers).encode(), body))
        _, kind, payload = mux_frames.read(line)
        status, size = struct.unpack_from("<HH", payload)
        head, whole, parts = json.loads(payload[4 : 4 + size]), payload[4 + size :], 0
        while kind in (mux.HEAD, mux.CHUNK):
            _, kind, payload = mux_frames.read(line)
            whole += payload
            parts += kind == mux.CHUNK
        return status, head, whole, parts


def test_two_servers_listen_on_one_port_and_are_told_apart(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    one, two = (serve(bench, registry, interpreter, name) for name in ("one", "two"))
    assert ask(one, b"x")[2] == b"one:x"
    status, headers, body, _ = ask(
        two, b"x", **{"accept": "text/csv", "x-amzn-sagemaker-custom-attributes": "a=1"}
    )
    assert (status, body) == (200, b"two:x")
    assert headers == {"content-type": "text/csv", "x-amzn-sagemaker-custom-attributes": "a=1"}
    assert bench.text("one") == "['serve']\n"
    assert ask(one, b"bad")[0] == 400


def test_answers_are_streamed(bench: Bench, registry: ImageRegistry, interpreter: bytes) -> None:
    status, _, body, parts = ask(serve(bench, registry, interpreter), b"parts")
    assert (status, body) == (200, b"onetwo")
    assert parts >= 1


def test_execution_parameters_are_asked_for(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    path = serve(bench, registry, interpreter)
    assert json.loads(ask(path, b"", **{":path": "/execution-parameters"})[2]) == {
        "MaxConcurrentTransforms": 3
    }


def test_the_platform_is_reached_from_a_server(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    path = serve(bench, registry, interpreter)
    digest = next(iter(registry.blobs))
    status, _, body, _ = ask(path, f"{registry.endpoint}/v2/x/blobs/{digest}".encode())
    assert (status, body) != (200, b"200")  # the registry answers for its own host alone
    assert any("/v2/x/blobs/" in asked for _, asked in registry.asked)


def test_the_machines_other_ports_are_out_of_reach(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        status = ask(serve(bench, registry, interpreter), b"http://127.0.0.1:%d/" % other.getsockname()[1])[0]
    assert status == 502


def test_what_a_server_breaks_off_is_an_error(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    path = serve(bench, registry, interpreter)
    status, _, body, _ = ask(path, b"hang up")
    assert (status, body[:29]) == (502, b"The container did not answer:")
    assert ask(path, b"again")[2] == b"r:again"


def test_whatever_is_killed_beside_a_server_is_replaced(
    bench: Bench, registry: ImageRegistry, interpreter: bytes
) -> None:
    path = serve(bench, registry, interpreter)
    began = bench.text()
    for kill in (bridges, lambda bench: [proc.pid_of(bench.supervisor())], bridges):
        for pid in kill(bench):
            os.kill(pid, signal.SIGKILL)
        bench.executor = bench.another()
        until(lambda: bool(bench.executor.inspect("r")) and mux.answers(path), what="for another")
        assert ask(path, b"x")[2] == b"r:x"
    assert bench.text() == began
    bench.executor.stop("r", grace=0)
    bench.end()
    until(lambda: not bridges(bench), what="for the end of the bridge")


def bridges(bench: Bench) -> list[int]:
    """The bridges of the run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"bridge" in words and os.fsencode(bench.home) in words:
                found.append(int(entry.name))
    return found


def test_a_server_that_ends_ends_its_run(bench: Bench, registry: ImageRegistry, interpreter: bytes) -> None:
    path = serve(bench, registry, interpreter)
    assert ask(path, b"die")[0] == 502
    assert bench.end().exit_code == 3
