"""CLARY_SLOW_TURNS: what holds the event loop is logged, with the operation, and nothing else is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from clary.server.__main__ import options_of, parse
from clary.server.http.body import Body
from clary.server.http.server import HttpServer
from clary.server.slow_turns import SlowTurns, name_of, server_of
from clary.wire import Request, Response
from tests.server.http.served import Served

LIMIT = 0.05


def burn(seconds: float) -> None:
    """Use the CPU of this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function: the steps that were logged."""
    caplog.set_level(logging.WARNING, "clary.slow_turns")
    return lambda: [record.getMessage().partition(" held")[0] for record in caplog.records]


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Coroutine[Any, Any, None]]], Served]]:
    """Return a function: a server with the limit, whose answers do some work."""
    open_now: list[Served] = []

    def make(work: Callable[[Request], Coroutine[Any, Any, None]]) -> Served:
        async def answer(request: Request, body: Body | None) -> Response:
            await work(request)
            return Response(200, [], b"ok")

        open_now.append(Served(answer, partial(server_of, limit=LIMIT)))
        return open_now[-1]

    yield make
    for one in open_now:
        one.close()


def ask(served: Served, path: str, **headers: str) -> bytes:
    line = served.client()
    line.request("POST", path, b"", headers)
    body = line.getresponse().read()
    line.close()
    return body


async def at_once(request: Request) -> None:
    burn(2 * LIMIT)


async def later(request: Request) -> None:
    await asyncio.sleep(0)
    burn(2 * LIMIT)


async def in_small_steps(request: Request) -> None:
    for _ in range(4):
        burn(LIMIT / 2)
        await asyncio.sleep(0)


async def in_a_thread(request: Request) -> None:
    await asyncio.to_thread(burn, 2 * LIMIT)


async def in_a_task(request: Request) -> None:
    await asyncio.get_running_loop().create_task(at_once(request))


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (at_once, ["POST / SageMaker.Search"]),
        (later, ["POST / SageMaker.Search"]),
        (in_a_task, ["the task at_once"]),
        (in_small_steps, []),
        (in_a_thread, []),
    ],
)
def test_a_step_is_logged_that_takes_more_than_the_limit(
    work: Any, told: list[str], serve: Any, logged: Callable[[], list[str]]
) -> None:
    assert ask(serve(work), "/", **{"x-amz-target": "SageMaker.Search"}) == b"ok"
    assert logged() == told


def test_a_failure_passes(serve: Any, logged: Callable[[], list[str]]) -> None:
    async def fails(request: Request) -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(60)
        except TimeoutError:
            burn(2 * LIMIT)

    assert ask(serve(fails), "/slow") == b"ok"
    assert logged() == ["POST /slow"]


def test_a_step_within_another_counts_for_itself(logged: Callable[[], list[str]]) -> None:
    turns = SlowTurns(LIMIT)
    with turns.step(lambda: "outer"):
        with turns.step(lambda: "inner"):
            burn(2 * LIMIT)
        with turns.step(lambda: "small"):
            burn(LIMIT / 4)
        burn(LIMIT / 4)
    with turns.step(lambda: "next"):
        pass
    assert logged() == ["inner"]


def test_the_operation_of_a_query_service_is_in_its_form() -> None:
    form = Request("POST", "/", body=b"Version=2010-05-08&Action=ListUsers&Marker=x")
    assert name_of(form) == "POST / ListUsers"
    assert name_of(Request("GET", "/", query="Action=GetCallerIdentity")) == "GET / GetCallerIdentity"


def test_nothing_is_measured_without_a_limit() -> None:
    async def main() -> tuple[type, object]:
        async def answer(request: Request, body: Body | None) -> Response:
            return Response(200, [], b"")

        server = server_of(answer, 0.0)
        assert server.answer is answer
        return type(server), asyncio.get_running_loop().get_task_factory()

    assert asyncio.run(main()) == (HttpServer, None)


@pytest.mark.parametrize(("text", "limit"), [("", 0.0), ("0.25", 0.25), ("-1", 0.0), ("much", 0.0)])
def test_the_variable(text: str, limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARY_SLOW_TURNS", text)
    assert options_of(parse(["gateway", "--home", "/nowhere"])).slow_turns == limit
