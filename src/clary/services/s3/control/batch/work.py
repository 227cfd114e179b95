"""The tasks of jobs, in the gateway: some at a time, as long as the gateway runs.

A task is done at least once: a process that dies after it and before its outcome is written leaves it to be done again. Its outcome is
written once (rows.py). A few dozen tasks of a job are in memory, however many there are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from clary.kernel import AwsError, Caller
from clary.plane import Platform, Record
from clary.plane.lanes import Crowded
from clary.plane.signals import DUE, Closing
from clary.services.s3.control.batch import acting, noun, rows, tasks
from clary.services.s3.control.batch.rows import Progress, Task
from clary.services.s3.control.service import control
from clary.store.api import Busy, NoSpace, Stale, Tx

log = logging.getLogger("clary.s3")

TOPIC = "s3control:batch"
_JOBS = 4  # that are at work together
_BATCHES = 50  # of one job, before another one has its place
_BATCH = 64  # tasks of one that are read at once
_TOGETHER = 8  # tasks of one that are carried out at once
_LONGEST = 1.0  # seconds after which a batch begins no further task: its job may be paused or cancelled
_LEASE, _RENEW = 30.0, 10.0
_UNHEARD = 5.0  # seconds after which it looks by itself: signals are hints
# The controllers tell of a job before their transaction is committed: look again soon, a few times.
_SOON, _LOOKS = 0.02, 5


class Batch(NamedTuple):
    """Tasks of a job, and as whom they are done; `who` is why nobody can where the role cannot be taken."""

    job: Record
    who: Caller | AwsError
    tasks: list[Task]


@control.background(tables=("s3_batch_progress",), alone=True)
async def keep_working(platform: Platform) -> None:
    """Carry out the tasks of active jobs, and wait for more. A job whose objects take long holds up no other one."""
    looks, busy = 0, set[str]()
    async with asyncio.TaskGroup() as hands:
        with platform.signals.watch(TOPIC) as watch:
            while True:
                for one in await _free(platform, busy):
                    busy.add(one.job)
                    hands.create_task(_at_work(platform, one, busy))
                try:
                    heard = await watch.wait(_SOON if looks else _UNHEARD)
                except Closing:
                    return
                looks = _LOOKS if heard else max(0, looks - 1)


async def _free(platform: Platform, busy: set[str]) -> list[Progress]:
    """Return the jobs to begin with, if there is room for more."""
    try:
        found = await platform.store.run(lambda tx: rows.active(tx, _JOBS + len(busy)), write=False)
    except Exception:
        log.exception("The jobs of batch operations could not be read; trying again")
        return []
    return [one for one in found if one.job not in busy][: _JOBS - len(busy)]


async def _at_work(platform: Platform, known: Progress, busy: set[str]) -> None:
    """Carry out batches of a job as long as it has any; let others have its place after some."""
    batches = 0
    while batches < _BATCHES and await _safely(carry_out(platform, known)):
        batches += 1
    busy.discard(known.job)
    if batches:
        platform.signals.notify(TOPIC)


async def _safely(work: Coroutine[Any, Any, int]) -> int:
    try:
        return await work
    except (Busy, NoSpace, Crowded, Stale) as error:
        log.warning("batch operations wait for the store: %s", error)
    except Exception:
        log.exception("A turn of batch operations failed; trying again")
    return 0


async def carry_out(platform: Platform, known: Progress) -> int:
    """Carry out the next tasks of a job; return how many."""
    batch = await platform.store.run(lambda tx: _begin(platform, tx, known), write=True)
    if batch is None:
        return 0
    room, until = asyncio.Semaphore(_TOGETHER), asyncio.get_running_loop().time() + _LONGEST
    try:
        async with _held(platform, batch.job):
            done = await asyncio.gather(*(_one(platform, batch, task, room, until) for task in batch.tasks))
    finally:
        over = await platform.store.run(lambda tx: _end(platform, tx, batch.job), write=True)
        if over:
            platform.signals.notify(DUE)
    return sum(done)


def _begin(platform: Platform, tx: Tx, known: Progress) -> Batch | None:
    """Return the next tasks of a job, unless it is not Active any more."""
    job = tx.get(noun.JOB.kind, known.scope, known.job)
    if job is None or job.status != noun.ACTIVE:
        rows.set_active(tx, known.job, on=False)
        return None
    rows.set_working(tx, job.id, platform.clock.now() + _LEASE)
    return Batch(job, _caller(platform, tx, job), rows.open_tasks(tx, job.id, _BATCH))


def _caller(platform: Platform, tx: Tx, job: Record) -> Caller | AwsError:
    try:
        return acting.caller(platform, tx, job)
    except AwsError as refusal:
        return refusal


def _end(platform: Platform, tx: Tx, job: Record) -> bool:
    """Write down that no task is under way; make the job due where that was the last one, or too many fail."""
    now = platform.clock.now()
    rows.set_working(tx, job.id, now)
    found = rows.progress(tx, job.id)
    over = found.is_whole or found.is_failing
    if over or not found.active:
        tx.hasten(job.kind, job.scope, job.id, now)
    return over or not found.active


@asynccontextmanager
async def _held(platform: Platform, job: Record) -> AsyncIterator[None]:
    """Say that tasks are under way for as long as they are: a large object takes its time."""

    def hold(tx: Tx) -> None:
        rows.set_working(tx, job.id, platform.clock.now() + _LEASE)

    async def renew() -> None:
        while True:
            await asyncio.sleep(_RENEW)
            await platform.store.run(hold, write=True)

    renewing = asyncio.ensure_future(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def _one(platform: Platform, batch: Batch, task: Task, room: asyncio.Semaphore, until: float) -> int:
    """Carry out a task and write down what became of it. Leave one to the next turn where the store is busy, or time is up."""
    async with room:
        if asyncio.get_running_loop().time() > until:
            return 0
        try:
            outcome = await tasks.perform(platform, batch.job, batch.who, task)
            await platform.store.run(
                lambda tx: rows.settle(tx, batch.job.id, task.number, outcome), write=True
            )
        except (Busy, NoSpace, Crowded, Stale) as error:
            log.warning("A task of batch job %s waits for the store: %s", batch.job.id, error)
            return 0
        return 1
