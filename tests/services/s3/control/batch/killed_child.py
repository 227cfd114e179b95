"""Carries jobs out, says each task before it and each report that is written, and ends when a job is complete: to be killed in the middle of it."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.services.s3.control.batch import manifests, noun, reading, report, tasks, work

ACCOUNT = "111122223333"


def make_small() -> None:
    """Let each part of the work take many steps."""
    reading.piece.__defaults__ = (200,)
    manifests._PIECES = 1
    work._BATCH = 3
    report.LINES = 5


def talk() -> None:
    perform, put = tasks.perform, report._put

    async def told(platform: Any, job: Any, who: Any, task: Any) -> Any:
        print("task", task.key, flush=True)
        return await perform(platform, job, who, task)

    def told_put(job: Any, world: Any, key: str, body: bytes) -> None:
        put(job, world, key, body)
        print("report", key, flush=True)

    tasks.perform, report._put = told, told_put


def is_over(platform: Platform) -> bool:
    with platform.store.read() as tx:
        return all(job.status == noun.COMPLETE for job in tx.list(noun.JOB.kind, None))


async def until_over(platform: Platform) -> None:
    working = asyncio.ensure_future(work.keep_working(platform))
    while not is_over(platform):
        await asyncio.sleep(0.01)
    working.cancel()


def main(home: str) -> None:
    make_small()
    talk()
    platform = assemble(Home.at(Path(home)), Options(account=ACCOUNT), runs=FakeExecutor())
    stop = threading.Event()
    controllers = Controllers(platform, str(Path(home).parent / "c.bell"))
    running = threading.Thread(target=controllers.run, args=(stop.is_set,), daemon=True)
    running.start()
    asyncio.run(until_over(platform))
    stop.set()
    running.join()
    print("over", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
