"""Replication in the gateway: what is written down (tasks.py) is carried out, some at a time, as long as the gateway runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from clary.plane import Platform
from clary.plane.signals import Closing
from clary.services.s3 import object_changes, object_rows
from clary.services.s3.bucket_rows import find_bucket
from clary.services.s3.metrics import replication as metrics
from clary.services.s3.replication import permission, tasks
from clary.services.s3.replication.outbox import TOPIC
from clary.services.s3.replication.replicate import replicate
from clary.services.s3.replication.rules import MINUTES
from clary.services.s3.replication.stored import in_force
from clary.services.s3.replication.tasks import Task
from clary.services.s3.service import s3
from clary.store.api import Busy, NoSpace, Tx

log = logging.getLogger("clary.s3")

MISSED = "Replication:OperationMissedThreshold"
_BATCH = 64  # tasks that are read at once
_TOGETHER = 8  # that are carried out at once
_UNHEARD = 5.0  # seconds after which it looks by itself: signals are hints
# An upload tells of its task before its transaction is committed: look again soon, a few times.
_SOON, _LOOKS = 0.02, 5
_LONGEST_PAUSE = 300.0
_TELL_EVERY = 60.0


@s3.background(tables=("s3_replication",), alone=True)
async def keep_replicating(platform: Platform) -> None:
    """Carry out what is due, and wait for more."""
    looks, told = 0, 0.0
    with platform.signals.watch(TOPIC) as watch:
        while True:
            if platform.clock.now() - told > _TELL_EVERY:
                told = platform.clock.now()
                await _safely(tell_overdue(platform))
                await _safely(metrics.store(platform))
            if await _safely(turn(platform)):
                continue
            try:
                heard = await watch.wait(_SOON if looks else _UNHEARD)
            except Closing:
                return
            looks = _LOOKS if heard else max(0, looks - 1)


async def _safely(work: Coroutine[Any, Any, int]) -> int:
    try:
        return await work
    except (Busy, NoSpace) as error:
        log.warning("replication waits for the store: %s", error)
    except Exception:
        log.exception("A turn of replication failed; trying again")
    return 0


async def turn(platform: Platform) -> int:
    """Carry out what is due, up to a batch of it; return how much that was."""
    now = platform.clock.now()
    due = await platform.store.run(lambda tx: tasks.due(tx, now, _BATCH), write=False)
    if due:
        room = asyncio.Semaphore(_TOGETHER)
        await asyncio.gather(*(_one(platform, task, room) for task in due))
    return len(due)


async def _one(platform: Platform, task: Task, room: asyncio.Semaphore) -> None:
    async with room:
        try:
            error = await replicate(platform, task)
            metrics.note(platform, task, failed=error is not None)
        except Exception as error:
            later = platform.clock.now() + min(_LONGEST_PAUSE, 2.0 ** min(task.attempts, 20))
            log.warning("Could not replicate %s/%s; trying again", task.bucket, task.key, exc_info=error)
            await platform.store.run(lambda tx: tasks.postpone(tx, task, later), write=True)


async def tell_overdue(platform: Platform) -> int:
    """Tell of what was not replicated within the time of S3 Replication Time Control, by rules that have it; return how
    much that was. A batch of it at a time."""
    before = platform.clock.now() - MINUTES * 60
    late = await platform.store.run(lambda tx: tasks.overdue(tx, before, _BATCH), write=False)
    if late:
        await platform.store.run(lambda tx: _tell(platform, tx, late), write=True)
    return len(late)


def _tell(platform: Platform, tx: Tx, late: list[Task]) -> None:
    for task in late:
        tasks.set_late(tx, task)
        source, found = find_bucket(tx, task.bucket), in_force(tx, task.bucket)
        row = object_rows.by_seq(tx, task.bucket, task.key, task.seq)
        timed = found is not None and any(rule.timed for rule in found.rules if rule.id == task.rule)
        if source is not None and row is not None and timed:
            object_changes.publish(permission.by_itself(platform, tx, source), tx, source, row, MISSED)
