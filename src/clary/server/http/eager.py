"""Begins a coroutine without a task. What waits for nothing is done at once; the rest can be awaited later.

Until it first waits, the coroutine has no task of its own, so it must not use `asyncio.timeout` or a TaskGroup before.
(Python 3.12 has eager tasks; this is for 3.11.)
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """A coroutine that was begun and now waits for something: awaiting this goes on with it."""

    __slots__ = ("_waits", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], waits: Any) -> None:
        self._work = work
        self._waits = waits

    def __await__(self) -> Generator[Any, Any, T]:
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


def begin(work: Coroutine[Any, Any, T]) -> T | Begun[T]:
    """The result, or what is left to be awaited. Raises what the coroutine raises."""
    try:
        waits = work.send(None)
    except StopIteration as done:
        return done.value
    return Begun(work, waits)
