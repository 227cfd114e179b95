"""What moves messages out of dead-letter queues: each part in one transaction of the records, so that none is lost or doubled.

A moved message is a new one ("redriven messages are considered new messages with a new messageID and enqueueTime", Developer Guide).
"""

from __future__ import annotations

import asyncio
import logging

from clary.plane.port import Plane
from clary.plane.signals import Closing
from clary.records.api import Delivery, Message, Records
from clary.services.sqs.envelope import unpack
from clary.services.sqs.move_tasks import COLUMNS, COMPLETED, FAILED, RUNNING, TOPIC, Task
from clary.services.sqs.names import Place, find, is_fifo, place_of_arn
from clary.services.sqs.queue import business_now
from clary.services.sqs.redrive import every
from clary.services.sqs.service import sqs
from clary.store.api import Tx

log = logging.getLogger("clary.sqs")

_AT_ONCE = 200
_SECOND = 1.0
_PATIENCE = 60.0
_HIDDEN = 60.0  # within the transaction alone


class Unmovable(Exception):
    """Why a task has failed, as AWS puts it."""


@sqs.background(tables=("sqs_move_task",), alone=True)
async def move_messages(platform: Plane) -> None:
    """Move the messages of all running tasks, a part each second."""
    with platform.signals.watch(TOPIC) as watch:
        while True:
            try:
                busy = await move_once(platform)
                await watch.wait(_SECOND if busy else _PATIENCE)
            except Closing:
                return
            except Exception:
                log.exception("messages could not be moved; trying again")
                await asyncio.sleep(_SECOND)


async def move_once(platform: Plane) -> bool:
    """Move a part of the messages of each task; return whether there are tasks."""
    rows = await platform.store.run(
        lambda tx: tx.sql(f"select {COLUMNS} from sqs_move_task where status = ?", RUNNING), write=False
    )
    for row in rows:
        await _advance(platform, Task(*row))
    return bool(rows)


async def _advance(platform: Plane, task: Task) -> None:
    most = min(task.rate or _AT_ONCE, _AT_ONCE)
    try:
        moved = await _move(platform, task, most)
        status, failure = (COMPLETED if moved < most else RUNNING), ""
    except Unmovable as error:
        moved, status, failure = 0, FAILED, str(error)
    await platform.store.run(lambda tx: _note(tx, task, moved, status, failure), write=True)


def _note(tx: Tx, task: Task, moved: int, status: str, failure: str) -> None:
    """Write what was moved. A task that was cancelled meanwhile stays so."""
    tx.sql("update sqs_move_task set moved = moved + ? where id = ?", moved, task.id)
    tx.sql(
        "update sqs_move_task set status = ?, failure = ? where id = ? and status = ?",
        status, failure, task.id, RUNNING,
    )  # fmt: skip


async def _move(platform: Plane, task: Task, most: int) -> int:
    queues = await asyncio.to_thread(_known, platform, task)
    source = queues.get(task.source)
    if source is None:
        raise Unmovable("AWS.SimpleQueueService.NonExistentQueue")
    now = business_now(platform)

    def work(tx: Records) -> tuple[int, set[str]]:
        found = tx.receive(source, now, until=now + _HIDDEN, most=most)
        targets = [(one, _target(task, queues, one)) for one in found]
        for one, target in targets:
            group = one.group if is_fifo(task.source) else ""
            tx.send(target, [Message(platform.ids.uuid(), one.body, now, group)], now)
        tx.delete(source, [one.receipt for one in found])
        return len(found), {target for _, target in targets}

    moved, targets = await platform.records.run(work, write=True)
    platform.signals.notify(*(f"sqs:{target}" for target in targets))
    return moved


def _known(platform: Plane, task: Task) -> dict[str, str]:
    with platform.store.read() as tx:
        return _queues(tx, task)


def _queues(tx: Tx, task: Task) -> dict[str, str]:
    """Return the ids of the queues that a task may need, by name: all of the account and region where none is named."""
    account, _, region = task.scope.partition("/")
    place = place_of_arn(task.destination)
    if place is None:
        return {record.id: record.private["queue"] for record in every(tx, task.scope)}
    found = [find(tx, Place(account, region, name)) for name in (task.source, place.name)]
    return {record.id: record.private["queue"] for record in found if record is not None}


def _target(task: Task, queues: dict[str, str], one: Delivery) -> str:
    place = place_of_arn(task.destination)
    name = place.name if place is not None else unpack(one.body).origin
    if place is None and name == task.source:
        raise Unmovable("CouldNotDetermineMessageSource")
    if name not in queues:
        raise Unmovable("AWS.SimpleQueueService.NonExistentQueue")
    return queues[name]
