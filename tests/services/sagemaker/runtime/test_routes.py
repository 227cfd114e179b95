"""The routing table follows the endpoints: each change by its signal, and without it by the next slow look."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record
from clary.services.sagemaker.hosting.traffic import ENDPOINT
from clary.services.sagemaker.runtime import background
from clary.services.sagemaker.runtime.routes import Routes
from clary.store.tx import Transaction
from tests.inprocess import Loop
from tests.support.waiting import until

SCOPE = "111122223333/us-east-1"


def put(platform: Platform, name: str, **more: Any) -> Record:
    served = {"variants": [], "capture": None}
    with platform.store.write() as tx:
        return tx.insert(
            Record(ENDPOINT, SCOPE, name, f"arn:{name}", "InService", {"private": {"served": served}}, **more)
        )


def change(platform: Platform, record: Record, status: str) -> Record:
    with platform.store.write() as tx:
        return tx.update(record.evolve(status=status))


def remove(platform: Platform, record: Record) -> None:
    with platform.store.write() as tx:
        tx.delete(record)


@pytest.fixture
def routes(platform: Platform, loop: Loop) -> Routes:
    async def make() -> Routes:
        return Routes(platform)

    return loop.run(make())


def statuses(routes: Routes, *names: str) -> list[str | None]:
    found = [routes.get(SCOPE, name) for name in names]
    return [route.status if route else None for route in found]


def test_what_changed_is_read_and_nothing_else(
    platform: Platform, loop: Loop, routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, b, c = (put(platform, name) for name in "abc")
    loop.run(routes.refresh())
    assert statuses(routes, *"abc") == ["InService"] * 3
    same = routes.get(SCOPE, "a")
    read: list[str] = []
    get = Transaction.get
    monkeypatch.setattr(
        Transaction, "get", lambda tx, kind, scope, id: read.append(id) or get(tx, kind, scope, id)
    )
    change(platform, b, "Updating")
    remove(platform, c)
    put(platform, "d")
    loop.run(routes.refresh())
    assert sorted(read) == ["b", "d"]
    assert statuses(routes, *"abcd") == ["InService", "Updating", None, "InService"]
    assert routes.get(SCOPE, "a") is same


def test_one_that_is_made_again_is_another(platform: Platform, loop: Loop, routes: Routes) -> None:
    """It has the name, the ARN and the version of the one before."""
    old = put(platform, "a", created=1.0)
    loop.run(routes.refresh())
    before = routes.get(SCOPE, "a")
    remove(platform, old)
    put(platform, "a", created=2.0)
    loop.run(routes.refresh())
    assert routes.get(SCOPE, "a") is not before


def test_what_an_invocation_has_found_is_not_replaced_by_what_a_look_saw_before(
    platform: Platform, loop: Loop, routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = put(platform, "a")
    look = Routes._look

    def slow(self: Routes, known: Any) -> Any:
        seen = look(self, known)
        change(platform, record, "Updating")
        asyncio.run_coroutine_threadsafe(self.find(SCOPE, "a"), loop._loop).result(5)
        return seen

    monkeypatch.setattr(Routes, "_look", slow)
    loop.run(routes.refresh())
    assert statuses(routes, "a") == ["Updating"]


def test_what_a_look_has_seen_replaces_what_an_invocation_read_before(
    platform: Platform, loop: Loop, routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invocation's record is older, but becomes a route while the look is under way."""
    record = put(platform, "a")
    look = Routes._look

    def slow(self: Routes, known: Any) -> Any:
        asyncio.run_coroutine_threadsafe(self.find(SCOPE, "a"), loop._loop).result(5)
        change(platform, record, "Updating")
        return look(self, known)

    monkeypatch.setattr(Routes, "_look", slow)
    loop.run(routes.refresh())
    assert statuses(routes, "a") == ["Updating"]


def test_of_two_invocations_the_newer_record_stays(
    platform: Platform, loop: Loop, routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has read before the change, and goes on after the second has read the change."""
    record = put(platform, "a")
    read = platform.store.run

    async def overtaken(work: Any, write: bool) -> Any:
        seen = await read(work, write=write)
        monkeypatch.setattr(platform.store, "run", read)
        change(platform, record, "Updating")
        await routes.find(SCOPE, "a")
        return seen

    monkeypatch.setattr(platform.store, "run", overtaken)
    found = loop.run(routes.find(SCOPE, "a"))
    assert found is routes.get(SCOPE, "a")
    assert statuses(routes, "a") == ["Updating"]


def test_a_signal_is_followed_at_once_and_a_lost_one_by_and_by(
    platform: Platform, loop: Loop, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_REFRESH_SECONDS", 30.0)
    record = put(platform, "a")

    async def start() -> asyncio.Task[None]:
        return asyncio.ensure_future(background.keep_routes(platform))

    task = loop.run(start())
    routes = background.of(platform).routes
    try:
        until(lambda: statuses(routes, "a") == ["InService"])  # without any signal: the look at the start
        record = change(platform, record, "Updating")
        platform.signals.notify(ENDPOINT)
        until(lambda: statuses(routes, "a") == ["Updating"])
        monkeypatch.setattr(background, "_REFRESH_SECONDS", 0.01)
        platform.signals.notify(ENDPOINT)
        change(platform, record, "InService")  # nobody tells
        until(lambda: statuses(routes, "a") == ["InService"])
    finally:
        loop._loop.call_soon_threadsafe(task.cancel)


def test_an_invocation_that_waits_looks_by_itself(platform: Platform, loop: Loop, routes: Routes) -> None:
    record = put(platform, "a")
    loop.run(routes.refresh())
    change(platform, record, "Updating")
    loop.run(routes.change(0.01))
    assert statuses(routes, "a") == ["Updating"]
