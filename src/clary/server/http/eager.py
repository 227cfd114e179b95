"""Start a coroutine without a task: work that does not wait is done at once, the rest can be awaited later.

Until it first waits, a stand-in is the current task, so that `asyncio.timeout` and TaskGroup work from the
first line on. (Python 3.12 has eager tasks; this is for 3.11.)
"""

from __future__ import annotations

import asyncio
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """A coroutine that was started and is waiting; awaiting this continues it.

    It stands in for the task that will run it: cancelling it cancels that task.
    """

    # Class attributes are the defaults: one object is created per request, and most are never used further.
    _work: Coroutine[Any, Any, T]
    _waits: Any = None
    _task: asyncio.Task[Any] | None = None
    _early: int = 0  # cancellations before there was a task

    def __await__(self) -> Generator[Any, Any, T]:
        self._take_task()
        work, waits = self._work, self._waits
        while True:
            try:
                value = yield waits
            except BaseException as error:
                step: Any = work.throw
                value = error
            else:
                step = work.send
            try:
                waits = step(value)
            except StopIteration as done:
                return done.value

    def _take_task(self) -> None:
        self._task = asyncio.current_task()
        for _ in range(self._early if self._task is not None else 0):
            self._task.cancel()  # type: ignore[union-attr]

    # what is asked of a current task -----------------------------------------------------------------------------

    def cancel(self, msg: Any = None) -> bool:
        if self._task is not None:
            return self._task.cancel(msg)
        self._early += 1
        return True

    def cancelling(self) -> int:
        return self._early if self._task is None else self._task.cancelling()

    def uncancel(self) -> int:
        if self._task is not None:
            return self._task.uncancel()
        self._early = max(0, self._early - 1)
        return self._early

    def done(self) -> bool:
        return self._task is not None and self._task.done()


def begin(work: Coroutine[Any, Any, T]) -> T | Begun[T]:
    """Return the result, or an object to await for the rest. Raise what the coroutine raises.

    For callbacks of the event loop: inside a task, raise RuntimeError.
    """
    loop = asyncio.get_running_loop()
    begun: Begun[T] = Begun()
    _enter_task(loop, begun)  # type: ignore[arg-type]
    try:
        begun._waits = work.send(None)
    except StopIteration as done:
        return done.value
    finally:
        _leave_task(loop, begun)  # type: ignore[arg-type]
    begun._work = work
    return begun
