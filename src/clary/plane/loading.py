"""No service is loaded inside of a call's transaction: all others would wait for the writer, or for the event loop, meanwhile.

A transaction that needs a service which is not loaded ends with NotLoaded. The service is loaded, and the transaction begins
again: each happens once for a service in the life of a process. Knows no pipeline and no registry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_begins_again: ContextVar[bool] = ContextVar("begins_again", default=False)


class NotLoaded(Exception):
    """A transaction needs this service. What it has done is dropped."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


def may_load(service: str) -> None:
    """Raise NotLoaded within `once`."""
    if _begins_again.get():
        raise NotLoaded(service)


def once(work: Callable[[], T]) -> T:
    """Do the work of a transaction, which is done again by `again` or `again_here` where it raises NotLoaded."""
    token = _begins_again.set(True)
    try:
        return work()
    finally:
        _begins_again.reset(token)


async def again(run: Callable[[], Awaitable[T]], ready: Callable[[str], Awaitable[object]]) -> T:
    """Run a transaction until all services that it needs are loaded; `ready` loads one beside the event loop."""
    while True:
        try:
            return await run()
        except NotLoaded as missing:
            await ready(missing.service)


def again_here(run: Callable[[], T], load: Callable[[str], object]) -> T:
    """Do the same in a thread."""
    while True:
        try:
            return run()
        except NotLoaded as missing:
            load(missing.service)
