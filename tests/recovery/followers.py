"""Who reads the change feed while processes are killed: `clary events --follow`, and a durable consumer; and what they are
held to at the end."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.recovery.consumer import NAME
from tests.support.live import Live
from tests.support.waiting import until

Event = dict[str, Any]
JOB, OBJECT = "sagemaker:TrainingJob", "s3:Object"


class Followers:
    """Both of them, over one platform; `keep` starts the consumer again when it was killed."""

    def __init__(self, live: Live, folder: Path) -> None:
        self._live = live
        self._out = folder / "events"
        self._log = (folder / "followers.log").open("ab")
        self._follower: subprocess.Popen[bytes] | None = None
        self._consumer: subprocess.Popen[bytes] | None = None
        self.consumers = 0

    def start(self) -> None:
        """Begin with all that there is; objects are told of from here on."""
        self.keep()
        until(lambda: self._position() is not None, 30)
        self._ask("insert into interest (kind, subject, name, ends) values (?, '', ?, null)", OBJECT, NAME)
        words = ["-m", "clary.cli.main", "events", "--home", str(self._live.home.path)]
        with self._out.open("wb") as out:
            follow = [sys.executable, *words, "--follow", "--since", "0", "--json"]
            self._follower = subprocess.Popen(follow, stdout=out, stderr=self._log, env=self._live.env)

    def keep(self) -> None:
        """Let there be a consumer."""
        if self._consumer is None or self._consumer.poll() is not None:
            words = [sys.executable, "-m", "tests.recovery.consumer", str(self._live.home.path)]
            self._consumer = subprocess.Popen(words, stderr=self._log, env=dict(os.environ))
            self.consumers += 1

    def stop(self) -> None:
        for process in (self._follower, self._consumer):
            if process is not None:
                process.kill()
                process.wait()
        self._log.close()

    # what they have read -------------------------------------------------------------------------------------------

    def followed(self) -> list[Event]:
        """The whole lines that `clary events` has printed."""
        return [
            json.loads(line)
            for line in self._out.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")
        ]

    def consumed(self) -> list[int]:
        return [number for (number,) in self._ask("select number from trial_seen order by number")]

    def caught_up(self) -> bool:
        """Whether both have read the newest change."""
        self.keep()
        ((newest,),) = self._ask("select max(number) from change")
        last = self._out.read_bytes().rpartition(b'"number": ')[2].partition(b",")[0]
        return self._position() == newest and last == str(newest).encode()

    def check(self, jobs: list[str], objects: list[str]) -> str:
        """Hold both to the promises of the feed; return what there was, in a line."""
        until(self.caught_up, 60, 0.2)
        events, consumed = self.followed(), self.consumed()
        numbers = [one["number"] for one in events]
        assert numbers == list(range(1, numbers[-1] + 1)), "followed: a gap, a doubling or another order"
        assert consumed == numbers, "consumed: a gap, or something that never was"
        for job in jobs:
            check_job(job, [one for one in events if (one["kind"], one["id"]) == (JOB, job)])
        put = Counter(one["view"]["key"] for one in events if one["what"] == "ObjectCreated:Put")
        assert {put[key] for key in objects} <= {1}, "an object that was acknowledged was not told of once"
        return (
            f"{len(numbers)} changes, each followed and consumed once; {put.total()} of objects; "
            f"{self.consumers} consumers one after the other"
        )

    def _position(self) -> int | None:
        found = self._ask("select position from consumer where name = ?", NAME)
        return found[0][0] if found else None

    def _ask(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._live.home.database, timeout=20)) as connection, connection:
            return connection.execute(statement, args).fetchall()


def check_job(name: str, events: list[Event]) -> None:
    """Created once, Completed at the end, each change beginning where the one before it ended."""
    views = [one["view"] for one in events]
    assert [one["what"] for one in events] == ["created"] + ["updated"] * (len(events) - 1), name
    assert all(earlier["new"] == later["old"] for earlier, later in pairwise(views)), name
    assert views[-1]["new"]["status"] == "Completed", name
    history = [one["Status"] for one in views[-1]["new"]["members"]["SecondaryStatusTransitions"]]
    assert (history[0], history[-1], len(set(history))) == ("Starting", "Completed", len(history)), name
