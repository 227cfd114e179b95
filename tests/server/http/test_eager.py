"""Coroutines that are begun by hand: they must end, wait, fail and be cancelled as any other."""

from __future__ import annotations

import asyncio

import pytest

from clary.server.http.eager import Begun, begin


async def adds(future: asyncio.Future[int]) -> int:
    first = await future
    await asyncio.sleep(0)
    return first + await asyncio.wait_for(asyncio.sleep(0, 1), 5)


def test_what_does_not_wait_is_done_at_once() -> None:
    async def now() -> int:
        return 7

    assert begin(now()) == 7


def test_what_waits_goes_on_when_awaited() -> None:
    async def main() -> int:
        future = asyncio.get_running_loop().create_future()
        begun = begin(adds(future))
        assert isinstance(begun, Begun)
        asyncio.get_running_loop().call_soon(future.set_result, 41)
        return await asyncio.create_task(_await(begun))

    assert asyncio.run(main()) == 42


def test_a_future_that_was_settled_meanwhile_is_no_trouble() -> None:
    async def main() -> int:
        future = asyncio.get_running_loop().create_future()
        begun = begin(adds(future))
        future.set_result(1)
        await asyncio.sleep(0)
        return await asyncio.create_task(_await(begun))  # type: ignore[arg-type]

    assert asyncio.run(main()) == 2


def test_failures_come_out_before_and_after_waiting() -> None:
    async def fails(future: asyncio.Future[None] | None) -> None:
        if future:
            await future
        raise LookupError("x")

    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        begun = begin(fails(future))
        future.set_result(None)
        await begun  # type: ignore[misc]

    with pytest.raises(LookupError):
        begin(fails(None))
    with pytest.raises(LookupError):
        asyncio.run(main())


def test_cancelling_reaches_what_was_begun() -> None:
    cleaned = []

    async def waits(future: asyncio.Future[None]) -> None:
        try:
            await future
        finally:
            cleaned.append(True)

    async def main() -> None:
        task = asyncio.create_task(_await(begin(waits(asyncio.get_running_loop().create_future()))))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert cleaned == [True]


async def _await(begun: Begun[int]) -> int:
    return await begun
