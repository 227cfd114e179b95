"""Coroutines that are begun by hand: they must end, wait, fail and be cancelled as any other."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from clary.server.http.eager import Begun, begin


async def adds(future: asyncio.Future[int]) -> int:
    first = await future
    await asyncio.sleep(0)
    return first + await asyncio.wait_for(asyncio.sleep(0, 1), 5)


def test_what_does_not_wait_is_done_at_once() -> None:
    async def now() -> int:
        return 7

    async def main() -> None:
        assert await in_callback(now()) == 7

    asyncio.run(main())


def test_what_waits_goes_on_when_awaited() -> None:
    async def main() -> int:
        future = asyncio.get_running_loop().create_future()
        begun = await in_callback(adds(future))
        assert isinstance(begun, Begun)
        asyncio.get_running_loop().call_soon(future.set_result, 41)
        return await asyncio.create_task(_await(begun))

    assert asyncio.run(main()) == 42


def test_a_future_that_was_settled_meanwhile_is_no_trouble() -> None:
    async def main() -> int:
        future = asyncio.get_running_loop().create_future()
        begun = await in_callback(adds(future))
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
        begun = await in_callback(fails(future))
        future.set_result(None)
        await begun  # type: ignore[misc]

    async def at_once() -> None:
        await in_callback(fails(None))

    with pytest.raises(LookupError):
        asyncio.run(at_once())
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
        task = asyncio.create_task(
            _await(await in_callback(waits(asyncio.get_running_loop().create_future())))
        )  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert cleaned == [True]


def test_it_goes_on_without_a_task_and_tells_what_it_came_to() -> None:
    async def main() -> list[Any]:
        loop, ended = asyncio.get_running_loop(), []
        future, over = loop.create_future(), asyncio.Event()
        begun = await in_callback(adds(future))
        tasks = asyncio.all_tasks()
        begun.follow(lambda *what: (ended.append(what), over.set()))
        future.set_result(41)
        await asyncio.wait_for(over.wait(), 5)
        assert begun.done()
        assert asyncio.all_tasks() == tasks
        return ended

    assert asyncio.run(main()) == [(42, None)]


@pytest.mark.parametrize("waiting", [True, False])
def test_one_without_a_task_is_cancelled_at_what_it_waits_for(waiting: bool) -> None:
    """At a future, and in between two turns of the loop."""
    steps = []

    async def work(future: asyncio.Future[None]) -> None:
        try:
            await (future if waiting else asyncio.sleep(0))
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned")

    async def main() -> list[Any]:
        ended: list[Any] = []
        over = asyncio.Event()
        future = asyncio.get_running_loop().create_future()
        begun = await in_callback(work(future))
        begun.follow(lambda *what: (ended.append(what), over.set()))
        assert begun.cancel()
        await asyncio.wait_for(over.wait(), 5)
        assert not begun.cancel()
        return ended

    ((result, error),) = asyncio.run(main())
    assert result is None
    assert isinstance(error, asyncio.CancelledError)
    assert steps == ["cleaned"]


def test_what_cannot_be_waited_for_fails_as_in_a_task() -> None:
    class Odd:
        def __await__(self) -> Any:
            yield "no future"

    async def work() -> None:
        await Odd()

    async def main() -> None:
        await _await(await in_callback(work()))

    with pytest.raises(RuntimeError, match="cannot be waited for"):
        asyncio.run(main())


async def _await(begun: Begun[int]) -> int:
    return await begun


async def in_callback(work: Coroutine[Any, Any, Any]) -> Any:
    """Begin as a connection does, which runs in callbacks of the loop."""
    loop = asyncio.get_running_loop()
    begun: asyncio.Future[Any] = loop.create_future()

    def call() -> None:
        try:
            begun.set_result(begin(work))
        except Exception as error:
            begun.set_exception(error)

    loop.call_soon(call)
    return await begun


class TestTheCurrentTask:
    """What asks for the current task before the coroutine first waits: there is none yet."""

    def run(self, work: Any) -> Any:
        """Begin in a callback, as a connection does, and go on in a task."""

        async def main() -> Any:
            left = await in_callback(work())
            return await asyncio.create_task(_await(left)) if isinstance(left, Begun) else left

        return asyncio.run(main())

    def test_a_timeout_that_ends_in_time(self) -> None:
        async def work() -> str:
            async with asyncio.timeout(30):
                await asyncio.sleep(0)
                return "in time"

        assert self.run(work) == "in time"

    def test_a_timeout_that_is_not_needed(self) -> None:
        async def work() -> str:
            async with asyncio.timeout(30):
                return "at once"

        assert self.run(work) == "at once"

    @pytest.mark.parametrize("seconds", [0, 0.001])
    def test_a_timeout_that_runs_out(self, seconds: float) -> None:
        """With 0 it runs out before there is a task."""

        async def work() -> str:
            try:
                async with asyncio.timeout(seconds):
                    await asyncio.Event().wait()
            except TimeoutError:
                await asyncio.sleep(0)  # no cancellation is left
                return "late"
            return "never"

        assert self.run(work) == "late"

    def test_a_timeout_within_a_cancelled_answer_is_no_timeout(self) -> None:
        async def work() -> None:
            async with asyncio.timeout(30):
                await asyncio.Event().wait()

        async def main() -> None:
            task = asyncio.create_task(_await(await in_callback(work())))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())

    def test_a_group_whose_member_fails(self) -> None:
        async def fails() -> None:
            raise LookupError("x")

        async def work() -> str:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails())
                    await asyncio.Event().wait()
            except* LookupError:
                pass
            return "told"

        assert self.run(work) == "told"

    def test_it_is_not_for_a_running_task(self) -> None:
        async def main() -> None:
            work = asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task"):
                begin(work)
            work.close()

        asyncio.run(main())
