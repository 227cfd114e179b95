"""What polls the queues of mappings, in the process that has the pool: one task for each mapping that is enabled.

A message that a function has not dealt with is not deleted, and the queue shows it again when its visibility timeout is over. So
nothing is lost when this process dies, and a message may be given twice, as on AWS.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Query, Record
from clary.plane.port import Plane
from clary.services.lambda_ import names
from clary.services.lambda_.mappings import batches, request
from clary.services.lambda_.mappings.noun import KIND
from clary.services.lambda_.mappings.queues import Queue, queue_of
from clary.services.lambda_.running import orders, owner, trace
from clary.services.lambda_.running.order import Order, Outcome

log = logging.getLogger("clary.lambda")

Params = dict[str, Any]
_LOOK = 5.0  # seconds between two looks at the mappings, where no signal comes
_WAIT = 5  # seconds of one long poll
_PAUSE = 2.0  # after a poll that failed
_BATCHES = 5  # at a time for one mapping, as AWS begins with
_BYTES = 5 << 20  # of the bodies of a batch, so that the event stays below 6 MB
_MOST = 10_000
_TRIES, _TRY_AGAIN = 20, 0.25  # for a function whose executions are all taken


async def keep(platform: Plane) -> None:
    """Poll for all enabled mappings while this process has the pool."""
    tasks: dict[tuple[str, str, int], asyncio.Task[None]] = {}
    with platform.signals.watch(KIND) as news:
        try:
            while owner.of(platform).pool is not None:
                _adjust(platform, tasks, await platform.store.run(_enabled, write=False))
                await news.wait(_LOOK)
        finally:
            for task in tasks.values():
                task.cancel()


def _enabled(tx: Any) -> list[Record]:
    query = Query((("status", "=", "Enabled"),), order="id", limit=_MOST)
    return tx.list(KIND, None, query)


def _adjust(
    platform: Plane, tasks: dict[tuple[str, str, int], asyncio.Task[None]], records: list[Record]
) -> None:
    """Begin what is new, and end what is gone or was changed."""
    wanted = {(record.scope, record.id, record.version): record for record in records}
    for key in [key for key in tasks if key not in wanted or tasks[key].done()]:
        tasks.pop(key).cancel()
    for key, record in wanted.items():
        if key not in tasks:
            tasks[key] = asyncio.get_running_loop().create_task(_Poller(platform, record).run())


class _Poller:
    """The poller of one mapping."""

    def __init__(self, platform: Plane, record: Record) -> None:
        self._platform, self._record, self._spec = platform, record, record.spec
        found = names.of_arn(record.spec["FunctionArn"])
        assert found is not None
        self._named = found
        filters = (self._spec.get("FilterCriteria") or {}).get("Filters") or []
        self._patterns = [request.pattern_of(one.get("Pattern", "{}")) for one in filters]
        most = (self._spec.get("ScalingConfig") or {}).get("MaximumConcurrency", _BATCHES)
        self._free = asyncio.Semaphore(min(most, 2 * _BATCHES))
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Poll until cancelled. Batches that are under way then are finished."""
        while True:
            await self._free.acquire()
            try:
                messages, queue = await self._batch()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._free.release()
                log.info("the queue of mapping %s cannot be read: %s", self._record.id, error)
                await asyncio.sleep(_PAUSE)
                continue
            task = asyncio.get_running_loop().create_task(self._deal(messages, queue))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _batch(self) -> tuple[list[Params], Queue]:
        """Return the messages of one batch: as many as it may have, or those that came within its window."""
        order = await orders.order_of(self._platform, self._named, "")
        queue = await queue_of(self._platform, self._spec["EventSourceArn"], order.config, self._named.scope)
        loop, found = asyncio.get_running_loop(), list[Params]()
        until = loop.time() + self._spec["MaximumBatchingWindowInSeconds"]
        while len(found) < self._spec["BatchSize"] and sum(len(one["Body"]) for one in found) < _BYTES:
            left = until - loop.time()
            if found and left <= 0:
                break
            found += await self._received(
                queue, self._spec["BatchSize"] - len(found), left if found else _WAIT
            )
            if len(found) and until <= loop.time():
                break
            if not found:
                until = loop.time() + self._spec["MaximumBatchingWindowInSeconds"]
        return found, queue

    async def _received(self, queue: Queue, most: int, seconds: float) -> list[Params]:
        answer = await queue.ask(
            "ReceiveMessage",
            MaxNumberOfMessages=min(most, 10),
            WaitTimeSeconds=max(min(int(seconds), _WAIT), 1) if seconds > 0 else 0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages") or []

    # batches ----------------------------------------------------------------------------------------------------------
    async def _deal(self, messages: list[Params], queue: Queue) -> None:
        try:
            await self._dealt(messages, queue)
        except Exception as error:
            log.warning("a batch of mapping %s was not dealt with: %s", self._record.id, error)
        finally:
            self._free.release()

    async def _dealt(self, messages: list[Params], queue: Queue) -> None:
        arn, region = self._spec["EventSourceArn"], queue.arn.region
        records = {message["MessageId"]: batches.record_of(message, arn, region) for message in messages}
        asked = {id: record for id, record in records.items() if batches.passes(record, self._patterns)}
        done = records.keys() - asked.keys()
        if asked:
            done = done | (asked.keys() - await self._failed(list(asked.values())))
        await _delete(queue, [message for message in messages if message["MessageId"] in done])

    async def _failed(self, records: list[Params]) -> set[str]:
        """Have the function deal with records; return the ids of those that it has not."""
        ids = [record["messageId"] for record in records]
        order = await self._order(records)
        if order is None:
            return set(ids)
        outcome = await self._answered(order, orjson.dumps({"Records": records}))
        if outcome is None or outcome.error:
            return set(ids)
        reports = "ReportBatchItemFailures" in self._spec["FunctionResponseTypes"]
        return batches.failures(outcome.payload, ids) if reports else set()

    async def _order(self, records: list[Params]) -> Order | None:
        """Return what runs, None for a message that has gone in a loop too often: its queue's dead-letter queue gets it."""
        order = await orders.order_of(self._platform, self._named, self._platform.ids.uuid())
        header = records[0]["attributes"].get("AWSTraceHeader", "")
        passed_on, times = trace.passed_on(
            header, self._named.arn, self._platform.ids, self._platform.clock.now()
        )
        return None if trace.is_loop(times) else replace(order, trace=passed_on)

    async def _answered(self, order: Order, event: bytes) -> Outcome | None:
        """Return the outcome; None where all executions of the function stay taken."""
        for _ in range(_TRIES):
            outcome = await owner.invoke(self._platform, order, event)
            if not outcome.refused:
                return outcome
            await asyncio.sleep(_TRY_AGAIN)
        return None


async def _delete(queue: Queue, messages: list[Params]) -> None:
    """Delete messages that were dealt with, ten at a time."""
    for start in range(0, len(messages), 10):
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages[start : start + 10])
        ]
        try:
            await queue.ask("DeleteMessageBatch", Entries=entries)
        except AwsError as error:
            log.warning("messages that were dealt with could not be deleted: %s", error)
