"""Containers of many models, by a small one in a thread and a store in memory: what is loaded when, and what is unloaded.

Through endpoints: tests/e2e/test_multi_model.py.
"""

from __future__ import annotations

import json
import re
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clary_supervisor import multi_model
from clary_supervisor.bridge_http import Server
from clary_supervisor.model_store import NoRoom, NotFetched
from clary_supervisor.multi_model import ModelCall, Models
from tests.support.waiting import until


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


class Container:
    """A server of the contract. It has room for so many models; `said` is all that it was asked."""

    def __init__(self, room: int = 100) -> None:
        self.room = room
        self.loaded: dict[str, str] = {}
        self.said: list[tuple[str, str]] = []
        self.load: Callable[[str], int] = lambda name: 200
        self.invoke: Callable[[str], int] = lambda name: 200
        self.pages = 1
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def asked(self, method: str) -> int:
        return sum(one == method for one, _ in self.said)


def _handler(container: Container) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object, **__: object) -> None:
            pass

        def do_GET(self) -> None:
            container.said.append(("GET", self.path))
            names = sorted(container.loaded)
            at = int((re.findall(r"token=(\d+)", self.path) or ["0"])[0])
            page = names[at :: container.pages]
            more = {"nextPageToken": str(at + 1)} if at + 1 < container.pages else {}
            models = [{"modelName": name, "modelUrl": container.loaded[name]} for name in page]
            self.say(200, json.dumps({"models": models, **more}))

        def do_DELETE(self) -> None:
            name = self.path.rpartition("/")[2]
            container.said.append(("DELETE", name))
            self.say(200 if container.loaded.pop(name, None) else 404, "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if self.path == "/models":
                asked = json.loads(body)
                container.said.append(("LOAD", asked["model_name"]))
                self.say(self.loads(asked), "said of loading")
                return
            name = self.path.split("/")[2]
            container.said.append(("INVOKE", name))
            status = container.invoke(name) if name in container.loaded else 404
            target = self.headers["X-Amzn-SageMaker-Target-Model"]
            self.say(status, f"{target}:{body.decode()}")

        def loads(self, asked: dict[str, str]) -> int:
            name = asked["model_name"]
            if name in container.loaded:
                return 409
            if len(container.loaded) >= container.room:
                return 507
            status = container.load(name)
            if status == 200:
                container.loaded[name] = asked["url"]
            return status

        def say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header(
                "X-Clary-Refusal", "ValidationError"
            )  # what a container says so is not passed on
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    return Handler


class Store:
    """Models on a disk for so many. `failures` are what fetching one raises."""

    def __init__(self, room: int = 100) -> None:
        self.room = room
        self.here: list[str] = []
        self.fetched: list[str] = []
        self.failures: dict[str, Exception] = {}

    def fetch(self, name: str, target: str) -> None:
        if name in self.here:
            return
        self.fetched.append(target)
        if target in self.failures:
            raise self.failures[target]
        if len(self.here) >= self.room:
            raise NoRoom("the archive holds more than 7 bytes")
        self.here.append(name)

    def remove(self, name: str) -> None:
        if name in self.here:
            self.here.remove(name)

    def names(self) -> list[str]:
        return list(self.here)


@pytest.fixture
def container() -> Iterator[Container]:
    made = Container()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Bridge:
    def __init__(self, container: Container, keeps: bool = True) -> None:
        self.container = container
        self.store = Store()
        self.models = Models(container.port, self.store, keeps, lambda act: act())  # type: ignore[arg-type]
        self._server = Server(container.port)

    def ask(self, target: str, body: bytes = b"x") -> tuple[int, str, str]:
        """Return status, what the platform is told that it refuses, and the text."""
        sent: list[bytes] = []
        headers = {"x-amzn-sagemaker-target-model": target}
        ModelCall(self.models, 1, headers, body).ask(self._server, sent.append)
        (frame,) = sent
        status, size = struct.unpack_from("<HH", frame, 9)
        head: dict[str, Any] = json.loads(frame[13 : 13 + size])
        return status, head.get("x-clary-refusal", ""), frame[13 + size :].decode()


@pytest.fixture
def bridge(container: Container) -> Bridge:
    return Bridge(container)


def test_a_model_is_fetched_and_loaded_once_and_invoked_by_its_name(bridge: Bridge) -> None:
    for body in (b"1", b"2"):
        assert bridge.ask("a/b.tar.gz", body) == (200, "", f"a/b.tar.gz:{body.decode()}")
    assert bridge.store.fetched == ["a/b.tar.gz"]
    (name,) = bridge.container.loaded
    assert bridge.container.loaded[name] == f"/opt/ml/models/{name}/model"
    assert [one for one, _ in bridge.container.said] == ["GET", "LOAD", "INVOKE", "INVOKE"]


def test_without_room_the_one_used_longest_ago_goes(bridge: Bridge) -> None:
    """507 at loading: the platform unloads models and tries again; their files stay."""
    bridge.container.room = 2
    for target in ("a", "b", "a", "c"):
        assert bridge.ask(target)[0] == 200
    assert bridge.container.asked("DELETE") == 1
    assert len(bridge.container.loaded) == 2
    assert bridge.ask("a")[0] == 200
    assert bridge.container.asked("DELETE") == 1, "a was not the one that went"
    assert bridge.ask("b")[0] == 200
    assert bridge.store.fetched == ["a", "b", "c"]


def test_with_nothing_to_unload_507_is_the_answer(bridge: Bridge) -> None:
    bridge.container.room = 0
    assert bridge.ask("a") == (507, "", "said of loading")
    assert bridge.store.here == []


def test_a_model_in_use_is_not_unloaded(bridge: Bridge) -> None:
    bridge.container.room = 1
    with bridge.models.held("a"):
        assert bridge.ask("b")[0] == 507
    assert bridge.ask("b")[0] == 200


def test_a_container_that_runs_out_of_memory_while_it_answers_is_asked_again(bridge: Bridge) -> None:
    bridge.ask("a")
    answers = iter([507, 200])
    bridge.container.invoke = lambda name: next(answers)
    assert bridge.ask("b")[0] == 200
    assert (bridge.container.asked("DELETE"), len(bridge.container.loaded)) == (1, 1)
    bridge.container.invoke = lambda name: 507
    assert bridge.ask("b")[0] == 507


def test_a_model_that_the_container_has_lost_is_loaded_again(bridge: Bridge) -> None:
    bridge.ask("a")
    bridge.container.loaded.clear()
    assert bridge.ask("a") == (200, "", "a:x")
    assert bridge.store.fetched == ["a"]


def test_a_model_that_answers_404_is_asked_twice_and_no_more(bridge: Bridge) -> None:
    bridge.ask("a")
    bridge.container.invoke = lambda name: 404
    assert bridge.ask("a") == (404, "", "a:x")
    assert bridge.container.asked("INVOKE") == 3


def test_a_model_that_cannot_be_loaded_says_why_and_is_tried_again(bridge: Bridge) -> None:
    bridge.container.load = lambda name: 500
    assert bridge.ask("a") == (500, "", "said of loading")
    assert bridge.store.here == [], "another archive may lie there the next time"
    bridge.container.load = lambda name: 200
    assert bridge.ask("a")[0] == 200


def test_a_model_that_is_not_there_is_the_callers_mistake(bridge: Bridge) -> None:
    bridge.store.failures["a"] = NotFetched("Failed to download model data")
    assert bridge.ask("a") == (400, "ValidationError", "Failed to download model data")
    assert bridge.container.asked("LOAD") == 0
    del bridge.store.failures["a"]
    assert bridge.ask("a")[0] == 200


def test_a_full_disk_loses_first_what_is_not_loaded(bridge: Bridge) -> None:
    bridge.store.room, bridge.container.room = 2, 1
    for target in ("a", "b", "c"):  # a and b are here; b is loaded
        assert bridge.ask(target)[0] == 200
    assert bridge.store.fetched == ["a", "b", "c", "c"], "once more when there was room"
    assert bridge.container.asked("DELETE") == 2
    bridge.store.room = 0
    assert bridge.ask("d") == (507, "", "No room for model d: the archive holds more than 7 bytes")
    assert bridge.store.here == []


def test_a_slow_model_is_not_ready_and_goes_on_loading(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "the model continues to download and load into the inference container for up to 360 seconds"."""
    monkeypatch.setattr(multi_model, "_READY_SECONDS", 0.05)
    go = threading.Event()
    bridge.container.load = lambda name: 200 if go.wait(10) else 500
    status, code, _ = bridge.ask("a")
    assert (status, code) == (429, "ModelNotReadyException")
    go.set()
    assert until(lambda: bridge.ask("a")[0] == 200)
    assert bridge.container.asked("LOAD") == 1


def test_many_who_ask_at_once_wait_for_one_loading(bridge: Bridge) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(bridge.ask("a")[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [200] * 20
    assert (bridge.container.asked("LOAD"), bridge.store.fetched) == (1, ["a"])


def test_without_a_cache_a_model_goes_after_its_use(container: Container) -> None:
    bridge = Bridge(container, keeps=False)
    for _ in range(2):
        assert bridge.ask("a")[0] == 200
        assert (container.loaded, bridge.store.here) == ({}, [])
    assert bridge.store.fetched == ["a", "a"]


@pytest.mark.parametrize("pages", [1, 3])
def test_another_bridge_learns_what_is_loaded(bridge: Bridge, container: Container, pages: int) -> None:
    container.pages = pages
    for target in "abc":
        bridge.ask(target)
    other = Bridge(container)
    other.store.here = bridge.store.here
    container.room = 3
    container.loaded["of its own"] = "a model that the platform did not load"
    assert other.ask("a")[0] == 200
    assert container.asked("LOAD") == 3
    container.loaded.pop("of its own")
    assert other.ask("d")[0] == 200
    assert container.asked("DELETE") == 1


def test_a_container_that_does_not_answer_is_a_bad_gateway(bridge: Bridge) -> None:
    bridge.container.server.shutdown()
    bridge.container.server.server_close()
    status, code, text = bridge.ask("a")
    assert (status, code) == (500, "")
    assert text.startswith("The container did not load the model: ")
