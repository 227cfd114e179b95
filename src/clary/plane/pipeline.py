"""The way of every call, whether it comes over HTTP, from another handler or from a controller:

    resolve -> check -> around -> authorise -> handler, in its lane -> trim -> what follows the commit

| lane         | the handler runs                  | its transaction                       |
|--------------|-----------------------------------|---------------------------------------|
| `read`       | where the store reads             | one that reads                        |
| `heavy_read` | in a thread, few at a time        | one that reads                        |
| `write`      | in the thread of the store's writer | one that writes, committed with others |
| `compute`    | in a thread, some at a time       | none: `ctx.transaction`               |
| `stream`     | on the event loop                 | none: `await ctx.transact`            |

A call from inside a transaction is made in that transaction, where its lane has one. It may not wait there, so `compute`
and `stream` are refused (InTransaction). Knows no service and no protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from clary.kernel.errors import unavailable
from clary.plane.action import Action, Lane, Params
from clary.plane.around import Invocation
from clary.plane.context import Context
from clary.plane.lanes import Crowded, LoopThread, ThreadLane, acquired
from clary.plane.loading import again, again_here, once
from clary.plane.signals import Closing
from clary.plane.throttling import throttled
from clary.plane.unit import InTransaction, MustWrite, Unit
from clary.store.api import Busy, Tx
from clary.wire import FileSpan, Operation

if TYPE_CHECKING:
    from clary.plane.platform import Platform

T = TypeVar("T")

_HEAVY_THREADS = 2
_COMPUTE_THREADS = 8
_COMPUTE_EACH = 4
_MOST_WRITES = 512  # that wait for the writer
_WRITE_PATIENCE = 20.0  # seconds


class Pipeline:
    """The calls of one process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._heavy = ThreadLane("heavy", _HEAVY_THREADS)
        self._compute = ThreadLane("compute", _COMPUTE_THREADS, _COMPUTE_EACH)
        self._writes = asyncio.Semaphore(_MOST_WRITES)
        self._loop_thread = LoopThread()
        self._loop: asyncio.AbstractEventLoop | None = None

    def use_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let threads call what streams on this loop, which is running, and not on one that is made for them."""
        self._loop = loop

    def close(self) -> None:
        """End the loop that was made for threads, and what goes on there."""
        self._loop_thread.close()

    # on the event loop -------------------------------------------------------------------------------------------

    async def answer(self, ctx: Context, action: Action, params: Params, finish: Callable[[Params], T]) -> T:
        """Answer one checked call. `finish` makes of the result what is wanted of it, in the thread of a lane that has
        threads: a page of 100,800 data points takes as long to write out as to read."""
        with Invocation(self._platform.around, ctx, params) as call:
            try:
                lane = action.lane if action.heavy is None else action.lane_for(params)
                if lane == "stream":
                    if not self._platform.authorizer.allows_still(ctx, action, params):
                        await self._platform.authorizer.authorize_hot(ctx, action, params)
                    call.result = await action.handler(ctx, params)  # type: ignore[misc]
                elif lane == "read":
                    call.result = await self._read_or_written(ctx, action, params)
                elif lane == "write":
                    call.result = await again(lambda: self._written(ctx, action, params), self._ready)
                else:
                    return await self._in_thread(call, action, lane, finish)
                return finish(call.result)
            except (Crowded, Busy, Closing) as error:
                raise _told(ctx, error) from None

    async def _in_thread(
        self, call: Invocation, action: Action, lane: Lane, finish: Callable[[Params], T]
    ) -> T:
        def work() -> T:
            call.result = self._here(call.ctx, action, call.params, lane, None)
            return finish(call.result)

        threads = self._heavy if lane == "heavy_read" else self._compute
        return await threads.run(call.ctx.caller.account, work)

    async def _read_or_written(self, ctx: Context, action: Action, params: Params) -> Params:
        try:
            return await again(lambda: self._read(ctx, action, params), self._ready)
        except MustWrite:
            return await again(lambda: self._written(ctx, action, params), self._ready)

    def _read(self, ctx: Context, action: Action, params: Params) -> Awaitable[Params]:
        return self._platform.store.run(
            lambda tx: once(lambda: self._judged(Unit(tx, False), ctx, action, params)), write=False
        )

    async def _written(self, ctx: Context, action: Action, params: Params) -> Params:
        """Run a write to its end even if its caller has gone: it may be committed already, and then its effects must follow."""
        unit: Unit | None = None

        def work(tx: Tx) -> Params:
            nonlocal unit
            own = unit = Unit(tx, True)  # of the last attempt, which is the one that counts
            return once(lambda: self._judged(own, ctx, action, params))

        def settled(done: asyncio.Future[Params]) -> None:
            self._writes.release()
            following: asyncio.Future[None] | None = None
            try:
                if not done.cancelled() and done.exception() is None and unit is not None:
                    following = self._follow(unit)
            finally:
                if following is None:
                    _pass_on(done, outcome)
                else:
                    following.add_done_callback(lambda _: _pass_on(done, outcome))

        await acquired(self._writes, _WRITE_PATIENCE)
        outcome: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        try:
            self._platform.store.submit(work).add_done_callback(settled)
        except BaseException:
            self._writes.release()
            raise
        return await outcome  # a future of this caller's own: the store's goes on where it is cancelled

    def _follow(self, unit: Unit) -> asyncio.Future[None] | None:
        """Begin what follows a commit on the event loop, to its end."""
        self._tell(unit)
        if not unit.effects:
            return None
        return asyncio.get_running_loop().run_in_executor(None, unit.run_effects)

    # in a thread -------------------------------------------------------------------------------------------------

    def perform(self, ctx: Context, action: Action, params: Params, unit: Unit | None) -> Params:
        """Make one call from inside: in the transaction `unit`, or in what its lane has. Return the result as a caller
        from outside would see it, with bodies that are bytes. Raise InTransaction where the call would have to wait."""
        lane = action.lane_for(params)
        if unit is not None:
            _refuse_waiting(ctx, lane, unit)
        with Invocation(self._platform.around, ctx, params) as call:
            call.result = self._here(ctx, action, params, lane, unit)
        return trimmed(ctx.op, call.result)

    def _here(self, ctx: Context, action: Action, params: Params, lane: Lane, unit: Unit | None) -> Params:
        """Authorise and answer in this thread."""
        if lane == "stream":
            return self._on_loop(self._whole(ctx, action, params))
        if lane == "compute":
            return self._computed(ctx, action, params)
        if unit is not None:
            return self._judged(unit, ctx, action, params)
        write = lane == "write"
        load = self._platform.services.__getitem__
        return again_here(lambda: self._alone(ctx, action, params, write), load)

    def _alone(self, ctx: Context, action: Action, params: Params, write: bool) -> Params:
        """In a transaction of its own."""
        try:
            with self.transaction(write=write) as unit:
                return once(lambda: self._judged(unit, ctx, action, params))
        except MustWrite:
            return self._alone(ctx, action, params, True)

    def _ready(self, service: str) -> Awaitable[object]:
        return self._platform.registry.ready(service)

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        if asyncio._get_running_loop() is not None:
            work.close()
            raise RuntimeError("this is the event loop: await the call (`aperform`, `acall`)")
        if self._loop is not None and self._loop.is_running():
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        return self._loop_thread.run(work)

    async def _whole(self, ctx: Context, action: Action, params: Params) -> Params:
        """Return the result of a stream with bodies that threads can use; streamed ones are read by this loop."""
        result = await self._streamed(ctx, action, params)
        name = ctx.op.stream_out
        if name is None or name not in result:
            return result
        return {**result, name: await gathered(result[name])}

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Unit]:
        """Run work in a transaction of this thread; its effects follow its commit."""
        store = self._platform.store
        with store.write() if write else store.read() as tx:
            unit = Unit(tx, write)
            try:
                yield unit
            finally:
                unit.over = True
        self._tell(unit)
        unit.run_effects()

    def _tell(self, unit: Unit) -> None:
        unit.over = True
        if unit.topics:
            self._platform.signals.notify(*unit.topics)

    # authorise, then handle --------------------------------------------------------------------------------------

    def _judged(self, unit: Unit, ctx: Context, action: Action, params: Params) -> Params:
        """In a transaction."""
        ctx.tx, ctx.unit = unit.tx, unit
        self._platform.authorizer.authorize(ctx, action, params)
        return action.handler(ctx, params)  # type: ignore[return-value]

    def _computed(self, ctx: Context, action: Action, params: Params) -> Params:
        """In a thread, with no transaction but the one in which it is authorised."""
        with self._platform.store.read() as tx:
            ctx.tx = tx
            self._platform.authorizer.authorize(ctx, action, params)
        ctx.tx = None  # type: ignore[assignment]
        return action.handler(ctx, params)  # type: ignore[return-value]

    async def _streamed(self, ctx: Context, action: Action, params: Params) -> Params:
        """On the event loop."""
        await self._platform.authorizer.authorize_hot(ctx, action, params)
        return await action.handler(ctx, params)  # type: ignore[misc]


def _pass_on(done: asyncio.Future[T], outcome: asyncio.Future[T]) -> None:
    """Give what a future has come to to another one, if anybody still waits for that."""
    if outcome.done():
        return
    if done.cancelled():
        outcome.cancel()
    elif (error := done.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(done.result())


def _told(ctx: Context, error: Exception) -> Exception:
    """How a client is told that its call could not be answered now. A caller inside learns the thing itself."""
    if ctx.inside:
        return error
    if isinstance(error, Closing):
        return unavailable("The platform is being stopped.")
    return throttled(ctx.op)


def _refuse_waiting(ctx: Context, lane: Lane, unit: Unit) -> None:
    name = f"{ctx.op.service.name}:{ctx.op.name}"
    if lane in ("compute", "stream"):
        raise InTransaction(f"{name} ({lane}) cannot be called in a transaction.\n{InTransaction.__doc__}")
    if lane == "write" and not unit.writes:
        raise InTransaction(f"{name} writes, and this transaction only reads.\n{InTransaction.__doc__}")


def trimmed(op: Operation, result: Params) -> Params:
    """Return the result without members that the output of its operation does not have. A streamed body stays."""
    name = op.stream_out
    if name is None or name not in result:
        return op.trim(result)
    rest = op.trim({member: value for member, value in result.items() if member != name})
    return {**rest, name: result[name]}


async def gathered(body: Any) -> Any:
    """All of a body: bytes, or the list of its events."""
    if isinstance(body, FileSpan):
        return await asyncio.to_thread(_bytes_of, body)
    if not isinstance(body, AsyncIterator):
        return body
    parts = [part async for part in body]
    return parts if parts and not isinstance(parts[0], bytes) else b"".join(parts)


def _bytes_of(span: FileSpan) -> bytes:
    with open(span.path, "rb") as file:
        file.seek(span.start)
        return file.read(span.length)
