"""Background work in a gateway: what fails is in the log, and at the end all of it has ended."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record
from clary.plane.outline import outline_of
from clary.plane.registry import Registry
from clary.server.background import Background
from tests.plane import tiny


def test_work_that_fails_is_in_the_log(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    service, others = tiny.service(), asyncio.Event()

    @service.background
    async def breaks(platform: Platform) -> None:
        raise RuntimeError("the disk is gone")

    @service.background
    async def goes_on(platform: Platform) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            others.set()

    async def run() -> None:
        background = Background(tiny.platform(tmp_path, clock, service))
        await background.begin()
        async with asyncio.timeout(10):
            while not caplog.records:
                await asyncio.sleep(0)
        assert not others.is_set()
        await background.end()

    with caplog.at_level(logging.ERROR, "clary"):
        asyncio.run(run())
    (said,) = caplog.records
    assert said.getMessage().startswith("background work of sagemaker: ")
    assert "breaks" in said.getMessage()
    assert said.exc_info is not None
    assert "the disk is gone" in str(said.exc_info[1])
    assert others.is_set()


def test_the_end_waits_for_what_was_being_loaded(tmp_path: Path, clock: FakeClock) -> None:
    """Its load has ended as a task by then, and starts no work any more."""
    service, started = tiny.service(), list[str]()

    @service.background(kinds=("sagemaker:Model",))
    async def work(platform: Platform) -> None:
        started.append("work")

    platform = tiny.platform(tmp_path, clock, service)
    with platform.store.write() as tx:
        tx.insert(Record("sagemaker:Model", tiny.SCOPE, "m", "arn:m"))
    platform.registry = Registry([outline_of(service)], lambda outline: service)

    async def run() -> None:
        background = Background(platform)
        await background.begin()
        loading = asyncio.all_tasks() - {asyncio.current_task()}
        assert len(loading) == 1
        await background.end()
        assert all(task.done() for task in loading)
        background._start(service)  # the thread that loads tells of it afterwards
        await asyncio.sleep(0)

    asyncio.run(run())
    assert started == []


def test_what_is_to_go_on_alone_goes_on_in_the_first_of_several_gateways(
    tmp_path: Path, clock: FakeClock
) -> None:
    service, started = tiny.service(), list[str]()

    @service.background
    async def everywhere(platform: Platform) -> None:
        started.append("everywhere")

    @service.background(alone=True)
    async def once(platform: Platform) -> None:
        started.append("once")

    async def run(first: bool) -> list[str]:
        started.clear()
        folder = tmp_path / str(first)
        folder.mkdir()
        background = Background(tiny.platform(folder, clock, service), first=first, others=True)
        await background.begin()
        async with asyncio.timeout(10):
            while "everywhere" not in started:
                await asyncio.sleep(0)
        await background.end()
        return sorted(started)

    assert asyncio.run(run(True)) == ["everywhere", "once"]
    assert asyncio.run(run(False)) == ["everywhere"]


def test_the_first_gateway_loads_what_another_one_has_brought(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket may be made through another gateway: the work for it would begin at the next start only."""
    monkeypatch.setattr("clary.server.background._LOOK", 0.01)
    service, started = tiny.service(), asyncio.Event()

    @service.background(kinds=("sagemaker:Model",), alone=True)
    async def work(platform: Platform) -> None:
        started.set()

    platform = tiny.platform(tmp_path, clock, service)
    platform.registry = Registry([outline_of(service)], lambda outline: service)

    async def run() -> None:
        background = Background(platform, others=True)
        await background.begin()
        with platform.store.write() as tx:
            tx.insert(Record("sagemaker:Model", tiny.SCOPE, "m", "arn:m"))
        async with asyncio.timeout(10):
            await started.wait()
        await background.end()

    asyncio.run(run())
