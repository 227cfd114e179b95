"""Run a coroutine without a task: work that does not wait is done at once, the rest continues when its future is done.

During each step a stand-in is the current task, so that `asyncio.timeout` and TaskGroup work from the first line on. A
task costs more: it is registered, and needs an iteration of the event loop at its start and another one at its end.
"""

from __future__ import annotations

import asyncio
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Gets the result, and None or the exception, which may be CancelledError.
Ended = Callable[[Any, BaseException | None], None]


class Begun(Generic[T]):
    """A coroutine that was started and is waiting: `follow` it, or await it."""

    # Class attributes are the defaults: one object is created per request.
    _ended: Ended | None = None
    _waits: asyncio.Future[Any] | None = None
    _requested = 0  # cancellations, less those that were taken back
    _must_cancel = False
    _is_done = False

    def __init__(self, work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop

    def follow(self, ended: Ended) -> None:
        """Continue whenever a future is done, and call `ended` at the end, in a callback of the loop."""
        self._ended = ended
        self._wait(self._waits)

    def __await__(self) -> Generator[Any, Any, T]:
        outcome: asyncio.Future[T] = self._loop.create_future()
        self.follow(lambda result, error: _settle(outcome, result, error))
        try:
            return (yield from outcome)
        except asyncio.CancelledError:
            self.cancel()
            raise

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    # as a task does it -------------------------------------------------------------------------------------------

    def _wait(self, waits: Any) -> None:
        """Arrange the next step: when the future `waits` is done, or in the next iteration of the loop for None."""
        self._waits = None
        if waits is None:
            self._loop.call_soon(self._step, None)
        elif getattr(waits, "_asyncio_future_blocking", None):
            waits._asyncio_future_blocking = False
            waits.add_done_callback(self._wake)
            self._waits = waits
            if self._must_cancel and waits.cancel():
                self._must_cancel = False
        else:
            self._loop.call_soon(self._step, RuntimeError(f"{waits!r} cannot be waited for"))

    def _wake(self, waits: asyncio.Future[Any]) -> None:
        try:
            waits.result()
        except BaseException as error:
            self._step(error)
        else:
            self._step(None)

    def _step(self, error: BaseException | None) -> None:
        if self._must_cancel:
            self._must_cancel = False
            error = error if isinstance(error, asyncio.CancelledError) else asyncio.CancelledError()
        self._waits = None
        _enter_task(self._loop, self)  # type: ignore[arg-type]
        try:
            waits = self._work.send(None) if error is None else self._work.throw(error)
        except StopIteration as done:
            result, failure = done.value, None
        except (Exception, asyncio.CancelledError) as raised:
            result, failure = None, raised
        else:
            self._wait(waits)
            return
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]
        self._is_done = True
        if self._ended is not None:
            self._ended(result, failure)

    # what is asked of a current task -----------------------------------------------------------------------------

    def cancel(self, msg: Any = None) -> bool:
        if self._is_done:
            return False
        self._requested += 1
        if self._waits is None or not self._waits.cancel(msg):
            self._must_cancel = True
        return True

    def cancelling(self) -> int:
        return self._requested

    def uncancel(self) -> int:
        self._requested = max(0, self._requested - 1)
        return self._requested

    def done(self) -> bool:
        return self._is_done


def _settle(outcome: asyncio.Future[T], result: T, error: BaseException | None) -> None:
    if outcome.done():
        return
    if isinstance(error, asyncio.CancelledError):
        outcome.cancel()
    elif error is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(result)


def begin(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop | None = None) -> T | Begun[T]:
    """Return the result, or what is left to be followed; raise what the coroutine raises.

    Call it in callbacks of the event loop. Within a task, which is the current one already, it raises RuntimeError.
    """
    loop = loop or asyncio.get_running_loop()
    begun: Begun[T] = Begun(work, loop)
    _enter_task(loop, begun)  # type: ignore[arg-type]
    try:
        begun._waits = work.send(None)
    except StopIteration as done:
        begun._is_done = True
        return done.value
    finally:
        _leave_task(loop, begun)  # type: ignore[arg-type]
    return begun
