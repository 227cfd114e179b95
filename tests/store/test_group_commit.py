"""Group commit over a writer that keeps a diary, so that the unlikely can happen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from clary.store.api import NoSpace
from clary.store.group_commit import GroupCommit, perform


class Diary:
    """A Writer that notes what is asked of it. `full_at` loses the transaction when that value is written."""

    def __init__(self, full_at: Any = None, refuse_commit: Exception | None = None) -> None:
        self.notes: list[str] = []
        self.lost = False
        self.committed: list[Any] = []
        self._written: list[Any] = []
        self._full_at, self._refuse = full_at, refuse_commit
        self._marked = 0

    def begin(self) -> Any:
        self.notes.append("begin")
        self._written, self.lost = [], False
        return self

    def write(self, value: Any) -> Any:
        if value == self._full_at:
            self.lost = True
            raise NoSpace("full")
        self._written.append(value)
        return value

    def commit(self) -> None:
        self.notes.append("commit")
        if self._refuse:
            raise self._refuse
        self.committed += self._written

    def rollback(self) -> None:
        self.notes.append("rollback")

    def mark(self) -> None:
        self._marked = len(self._written)

    def keep(self) -> None:
        pass

    def undo(self) -> None:
        del self._written[self._marked :]

    def close(self) -> None:
        self.notes.append("close")


def write(value: Any, error: Exception | None = None) -> Callable[[Any], Any]:
    def work(tx: Any) -> Any:
        result = tx.write(value)
        if error:
            raise error
        return result

    return work


def test_each_fails_alone() -> None:
    diary, error = Diary(), KeyError("x")
    outcomes = perform(diary, [write(1), write(2, error), write(3)])
    assert [outcome.result or outcome.error for outcome in outcomes] == [1, error, 3]
    assert diary.committed == [1, 3]
    assert diary.notes == ["begin", "commit"]


def test_a_commit_that_fails_fails_all() -> None:
    error = OSError("disk")
    diary = Diary(refuse_commit=error)
    assert [outcome.error for outcome in perform(diary, [write(1), write(2)])] == [error, error]
    assert (diary.committed, diary.notes[-1]) == ([], "rollback")


def test_when_the_database_gives_up_those_before_are_told_and_those_after_are_tried_again() -> None:
    diary = Diary(full_at=3)
    outcomes = perform(diary, [write(1), write(2), write(3), write(4), write(5)])
    assert [type(outcome.error) for outcome in outcomes] == [
        NoSpace,
        NoSpace,
        NoSpace,
        type(None),
        type(None),
    ]
    assert diary.committed == [4, 5]


def test_writes_that_arrive_together_share_a_commit() -> None:
    diary = Diary()
    group = GroupCommit(lambda: diary)

    async def main() -> list[Any]:
        return await asyncio.gather(*(group.submit(write(n)) for n in range(100)))

    assert asyncio.run(main()) == list(range(100))
    group.close()
    assert sorted(diary.committed) == list(range(100))
    assert diary.notes.count("commit") < 100
    assert diary.notes[-1] == "close"


def test_a_writer_that_cannot_be_opened_is_everybodys_error_and_may_be_there_later() -> None:
    writers: list[Any] = [Diary()]

    def open() -> Any:
        if len(writers) == 1:
            writers.append(None)
            raise OSError("no")
        return writers[0]

    group = GroupCommit(open)

    async def main() -> Any:
        with pytest.raises(OSError, match="no"):
            await group.submit(write(1))
        return await group.submit(write(2))

    assert asyncio.run(main()) == 2
    group.close()


def test_nothing_is_taken_once_it_is_closed() -> None:
    group = GroupCommit(Diary)
    group.close()

    async def main() -> None:
        with pytest.raises(RuntimeError, match="closed"):
            await group.submit(write(1))

    asyncio.run(main())
