"""The environments of this platform: reused while they are fresh, started where none is free, bounded by limits.

One process has them at a time (owner.py). What is in memory here is lost with it, and so are the environments: the next owner
removes those that it finds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import defaultdict
from contextlib import suppress

import orjson

from clary.plane.port import Plane
from clary.services.lambda_.concurrency import limits
from clary.services.lambda_.running import execution, wording
from clary.services.lambda_.running.execution import Execution, Lost
from clary.services.lambda_.running.order import Order, Outcome, Told
from clary.services.lambda_.running.parts import Parts
from clary.services.lambda_.running.reports import Reports, Stream
from clary.services.lambda_.running.wording import Spent

log = logging.getLogger("clary.lambda")

Key = tuple[str, str, str, str]
_IDLE_SECONDS = 300.0
_OLD_SECONDS = 2700.0  # below the hour that the credentials of a role last
_TAIL = 4096  # bytes of the log that an answer has
_PATIENCE = 10.0  # seconds for a place on this machine
_LAST_SECONDS = 2.0  # for what is stored when this process ends
_FULL = "ConcurrentInvocationLimitExceeded"
_RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Pool:
    """All environments, and how many invocations of each function are under way."""

    def __init__(self, platform: Plane) -> None:
        self._platform = platform
        self.reports = Reports(platform)
        self._idle: dict[Key, list[Execution]] = defaultdict(list)
        self._every: set[Execution] = set()
        self._busy: dict[tuple[str, str], int] = defaultdict(int)
        self._shared: dict[str, int] = defaultdict(int)
        self._most = max(32, 16 * len(os.sched_getaffinity(0)))
        self._freed = asyncio.Event()
        self._ending: set[asyncio.Task[None]] = set()
        self.failed: dict[Key, float] = {}

    # invocations ----------------------------------------------------------------------------------------------------
    async def invoke(self, order: Order, payload: bytes, parts: Parts | None = None) -> Outcome:
        """Answer an event. A limit that forbids it is told in the outcome. With `parts` a runtime that streams puts its
        answer there."""
        if reason := await self._refusal(order):
            self.reports.count(order, "Throttles", 1)
            return Outcome(refused=reason, version=order.config["Version"])
        function = (order.scope, order.name)
        self._busy[function] += 1
        self._shared[order.scope] += order.limit is None
        try:
            return await self._invoke(order, payload, parts)
        finally:
            self._busy[function] -= 1
            self._shared[order.scope] -= order.limit is None

    def _ms(self) -> int:
        return int(self._platform.clock.now() * 1000)

    async def _refusal(self, order: Order) -> str:
        """Return why a limit forbids one more execution, or ''. What others have reserved is asked only where that can matter."""
        if order.limit is not None:
            return _RESERVED if self._busy[(order.scope, order.name)] >= order.limit else ""
        if self._shared[order.scope] < limits.LEAST_UNRESERVED:
            return ""
        left = await self._platform.store.run(lambda tx: limits.unreserved(tx, order.scope), write=False)
        return _FULL if self._shared[order.scope] >= left else ""

    async def _invoke(self, order: Order, payload: bytes, parts: Parts | None) -> Outcome:
        one = self._take(order)
        cold = one is None
        if one is None:
            if not await self._has_room():
                self.reports.count(order, "Throttles", 1)
                return Outcome(refused=_FULL, version=order.config["Version"])
            one = execution.fresh(self._platform, order)
            self._every.add(one)
        try:
            outcome = await self._answered(one, order, payload, parts)
        except BaseException as error:
            self.drop(one)
            if isinstance(error, Lost):
                log.warning("an environment of %s was lost: %s", order.name, error)
                return self._finish(one, order, Told("exit", b""), 0.0, [])
            raise
        outcome.cold = cold
        return outcome

    async def _answered(self, one: Execution, order: Order, payload: bytes, parts: Parts | None) -> Outcome:
        lines = []
        if one.worker is None:
            lines.append(wording.initializing(order, self._ms()))
            first = await execution.start(self._platform, one)
            if first.outcome not in ("ok", "timeout"):
                self.drop(one)
                return self._finish(one, order, first, first.init, lines)
        first, one.first = one.first, None
        lines += [*(first.log if first else ()), wording.beginning(order, self._ms())]
        init = first.init if first and first.outcome == "ok" else 0.0
        began = time.monotonic()
        told = await self._ask(one, order, payload, parts)
        outcome = self._finish(one, order, told, (time.monotonic() - began) * 1000, lines, init)
        self._give(one)
        return outcome

    async def _ask(self, one: Execution, order: Order, payload: bytes, parts: Parts | None) -> Told:
        deadline = self._platform.clock.now() + order.config["Timeout"]
        if parts is None:
            return await execution.ask(one, order, payload, deadline)
        answer = await execution.stream(one, order, payload, deadline)
        if answer.parts is None:
            return execution.told(answer)
        await parts.put(("type", answer.headers.get("content-type", "").encode()))
        return await self._streamed(one, answer, parts)

    async def _streamed(self, one: Execution, answer: execution.Answer, parts: Parts) -> Told:
        """Pass on what is streamed; return how it ended."""
        broken = ""
        try:
            async for part in answer.stream():
                await parts.put(("part", part))
        except TimeoutError:
            raise Lost("a stream did not end") from None
        except ConnectionError as error:
            broken = str(error)
        rest = await execution.rest(one)
        if not broken:
            return Told("ok", b"", rest.log, rest.memory)
        if broken in ("timeout", "exit"):
            return Told(broken, b"", rest.log, rest.memory)
        return Told("error", broken.encode(), rest.log, rest.memory)

    # what an invocation comes to --------------------------------------------------------------------------------------
    def _finish(
        self,
        one: Execution,
        order: Order,
        told: Told,
        duration: float,
        lines: list[wording.Line],
        init: float = 0.0,
    ) -> Outcome:
        """Write the log and the metrics of an invocation, and return its outcome."""
        outcome = Outcome(told.body, version=order.config["Version"])
        status = error = ""
        own = list(told.log)
        if told.outcome == "error":
            outcome.payload, outcome.error = wording.named(told.body, order.request_id), "Unhandled"
        elif told.outcome != "ok":
            failure, line = wording.failure(order, told, self._ms())
            outcome.payload, outcome.error = orjson.dumps(failure), "Unhandled"
            own.append((self._ms(), line))
            status = "timeout" if told.outcome == "timeout" else "error"
            duration = order.config["Timeout"] * 1000.0 if status == "timeout" else duration
        elif len(told.body) > wording.LARGEST_ANSWER:
            outcome.payload, outcome.error = orjson.dumps(wording.too_large()), "Unhandled"
            status = "error"
        if status == "error":
            error = wording.kind_of(outcome.payload)
        if not lines or not _begins(order, lines):
            lines = [*lines, wording.beginning(order, self._ms())]
        every = [
            *lines,
            *own,
            *wording.ending(order, Spent(duration, init, told.memory, status, error), self._ms()),
        ]
        outcome.log = _tail(every)
        self._report(one, order, every, outcome, duration)
        return outcome

    def _report(
        self, one: Execution, order: Order, lines: list[wording.Line], outcome: Outcome, duration: float
    ) -> None:
        config = order.config
        group = config["LoggingConfig"]["LogGroup"]
        self.reports.write(
            Stream(order.scope, group, one.stream, config["Role"], config["FunctionArn"]), lines
        )
        self.reports.count(order, "Invocations", 1)
        self.reports.count(order, "Errors", float(bool(outcome.error)))
        self.reports.count(order, "Duration", duration)
        self.reports.count(order, "ConcurrentExecutions", self._busy[(order.scope, order.name)])

    # environments ---------------------------------------------------------------------------------------------------
    def _take(self, order: Order) -> Execution | None:
        """Return an idle environment, the last that was used first."""
        idle = self._idle.get(order.key)
        while idle:
            one = idle.pop()
            if one.alive and time.monotonic() - one.born < _OLD_SECONDS:
                one.busy = True
                return one
            self.drop(one)
        return None

    def _give(self, one: Execution) -> None:
        one.busy, one.initialized, one.used = False, True, time.monotonic()
        if one.alive:
            self._idle[one.key].append(one)
        else:
            self.drop(one)
        self._freed.set()

    async def _has_room(self) -> bool:
        """Wait until another environment may be started: one that is idle makes room for it."""
        until = time.monotonic() + _PATIENCE
        while len(self._every) >= self._most:
            idle = [one for one in self._every if not one.busy and not one.provisioned]
            if idle:
                self.drop(min(idle, key=lambda one: one.used))
                continue
            self._freed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(until - time.monotonic(), 0)):
                    await self._freed.wait()
            if time.monotonic() >= until:
                return False
        return True

    def drop(self, one: Execution) -> None:
        """Take an environment out, and end it beside."""
        if one not in self._every:
            return
        self._every.discard(one)
        with suppress(ValueError):
            self._idle[one.key].remove(one)
        self._freed.set()
        task = asyncio.get_running_loop().create_task(execution.end(self._platform, one))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def tidy(self, current: set[Key] | None = None) -> None:
        """End what nobody has asked for a while, what is old, and what is of no version that there is (`current`)."""
        now = time.monotonic()
        for one in [one for one in self._every if not one.busy]:
            idle = not one.provisioned and now - one.used > _IDLE_SECONDS
            old = now - one.born > _OLD_SECONDS or not one.alive
            if idle or old or (current is not None and one.key not in current):
                self.drop(one)

    def known(self) -> list[Execution]:
        """Return all environments."""
        return list(self._every)

    async def provision(self, order: Order) -> None:
        """Start one environment ahead of any event. What fails is noted for its version."""
        one = execution.fresh(self._platform, order, provisioned=True)
        self._every.add(one)
        try:
            first = await execution.start(self._platform, one)
        except Lost:
            first = Told("exit", b"")
        if first.outcome != "ok":
            self.failed[order.key] = time.monotonic()
            self.drop(one)
        else:
            self.failed.pop(order.key, None)
            self._give(one)

    def ready(self, key: Key) -> int:
        """Return how many environments of a version were started ahead of events."""
        return sum(one.provisioned and one.initialized and one.alive for one in self._every if one.key == key)

    async def close(self) -> None:
        """Give all environments up, and store what was gathered. A host ends when its line is closed; what is left of its run
        the next owner removes."""
        for one in self.known():
            self._every.discard(one)
            if one.worker is not None:
                one.worker.close()
        for task in self._ending:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.reports.flush()


def _begins(order: Order, lines: list[wording.Line]) -> bool:
    return any(order.request_id in text for _, text in lines)


def _tail(lines: list[wording.Line]) -> str:
    """Return the end of a log as text."""
    text = "".join(line if line.endswith("\n") else f"{line}\n" for _, line in lines)
    return text.encode()[-_TAIL:].decode("utf-8", "ignore")
