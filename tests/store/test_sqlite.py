"""What is SQLite's own: the file, the full disk, and who holds the lock."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clary.store import sqlite as module
from clary.store.api import Busy, NoSpace, Query, Record
from clary.store.sqlite import SqliteStore

SCOPE = "111122223333/us-east-1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clary.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def thing(name: str, size: int = 0) -> Record:
    return Record("Thing", SCOPE, name, doc={"Body": "x" * size})


def test_files_can_be_read_by_their_owner_alone(store: SqliteStore, path: Path) -> None:
    with store.write() as tx:
        tx.insert(thing("a"))
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert {"clary.db", "clary.db-wal", "clary.db-shm"} <= modes.keys()
    assert set(modes.values()) == {"0o600"}


def test_a_folder_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SqliteStore(tmp_path / "gone" / "clary.db")
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(("setting", "value"), [("NORMAL", 1), ("FULL", 2)])
def test_synchronous_is_as_it_was_asked_for(path: Path, setting: Any, value: int) -> None:
    store = SqliteStore(path, synchronous=setting)
    with store.write() as tx:
        assert tx.sql("pragma synchronous") == [(value,)]
        assert tx.sql("pragma journal_mode") == [("wal",)]
    store.close()


def test_closing_folds_the_log_into_the_file(path: Path) -> None:
    store = SqliteStore(path)
    asyncio.run(store.run(lambda tx: tx.insert(thing("a")), write=True))
    with store.read() as tx:
        assert tx.get("Thing", SCOPE, "a")
    store.close()
    assert not path.with_name("clary.db-wal").exists()
    with sqlite3.connect(path) as connection:
        assert connection.execute("select id from resource").fetchall() == [("a",)]
    connection.close()


class TestFullDisk:
    @pytest.fixture
    def small(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
        """A store whose file may not grow beyond 64 pages: SQLite then says SQLITE_FULL, as for a full disk."""
        connect = module.connect

        def limited(*args: Any) -> sqlite3.Connection:
            connection = connect(*args)
            connection.execute("pragma max_page_count = 64")
            return connection

        monkeypatch.setattr(module, "connect", limited)
        store = SqliteStore(path)
        yield store
        store.close()

    def test_write_raises_no_space_and_damages_nothing(self, small: SqliteStore) -> None:
        with small.write() as tx:
            tx.insert(thing("before"))
        with pytest.raises(NoSpace), small.write() as tx:
            tx.insert(thing("large", 1_000_000))
        self._is_sound(small, ["before"])

    def test_run_raises_no_space_for_the_one_that_did_not_fit(self, small: SqliteStore) -> None:
        async def main() -> list[Any]:
            works = [thing("a"), thing("large", 1_000_000), thing("b")]
            return await asyncio.gather(
                *(small.run(lambda tx, r=r: tx.insert(r), write=True) for r in works), return_exceptions=True
            )

        a, large, b = asyncio.run(main())
        assert isinstance(large, NoSpace)
        assert isinstance(a, Record | NoSpace)
        assert isinstance(b, Record)
        self._is_sound(small, [r.id for r in (a, b) if isinstance(r, Record)])

    def test_there_is_room_again_after_deleting(self, small: SqliteStore) -> None:
        stored = []
        with pytest.raises(NoSpace):  # noqa: PT012
            for n in range(100):
                with small.write() as tx:
                    stored.append(tx.insert(thing(f"{n:03}", 10_000)))
        with small.write() as tx:
            for record in stored[:5]:
                tx.delete(record)
        with small.write() as tx:
            tx.insert(thing("again", 10_000))

    def _is_sound(self, store: SqliteStore, names: list[str]) -> None:
        with store.read() as tx:
            assert [record.id for record in tx.list("Thing", SCOPE, Query(order="id"))] == names
            assert tx.sql("pragma integrity_check") == [("ok",)]


def test_somebody_who_does_not_queue_with_us_makes_us_busy_and_not_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAIT_MS", 20)
    store = SqliteStore(path)
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute("begin immediate")
    with pytest.raises(Busy), store.write():
        pass
    with pytest.raises(Busy):
        asyncio.run(store.run(lambda tx: None, write=True))
    with store.read() as tx:
        assert tx.list("Thing", SCOPE) == []
    shell.close()
    with store.write() as tx:
        tx.insert(thing("a"))
    asyncio.run(store.run(lambda tx: tx.insert(thing("b")), write=True))
    store.close()


def test_readers_of_many_threads_leave_few_connections_open(store: SqliteStore) -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(store.read())
    assert len(store._readers) == module._IDLE


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(), "resource_created (kind=? AND scope=?)"),
        (Query(where=[("status", "=", "X")]), "resource_status (kind=? AND scope=? AND status=?)"),
        (Query(order="modified", descending=True), "resource_modified (kind=? AND scope=?)"),
        (Query(where=[("modified", ">", 1.0)]), "resource_modified (kind=? AND scope=? AND modified>?)"),
        (Query(where=[("parent", "=", "arn:p")]), "resource_parent (parent=? AND kind=? AND scope=?)"),
        (Query(where=[("tag.k", "=", "v")]), "tag_value (key=? AND value=?)"),
    ],
)
def test_lists_are_read_by_an_index_and_not_sorted(store: SqliteStore, query: Query, index: str) -> None:
    """A listing blocks the gateway's loop for its own length: 20,000 records would take it 100 ms."""
    if ("modified", ">", 1.0) in query.where:
        query = replace(query, order="modified")
    statements: list[str] = []
    with store.read() as tx:
        connection = tx._execute.__self__  # type: ignore[attr-defined]
        connection.set_trace_callback(statements.append)
        tx.list("Thing", SCOPE, query)
        connection.set_trace_callback(None)
        plan = [row[3] for row in connection.execute(f"explain query plan {statements[-1]}")]
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


def test_a_list_that_no_index_orders_does_not_sort_documents(store: SqliteStore) -> None:
    """What is sorted first are the numbers of all records, then those of one page."""
    statements: list[str] = []
    with store.read() as tx:
        connection = tx._execute.__self__  # type: ignore[attr-defined]
        connection.set_trace_callback(statements.append)
        tx.list("Thing", SCOPE, Query(order="status"))
        connection.set_trace_callback(None)
        plan = [row[3] for row in connection.execute(f"explain query plan {statements[-1]}")]
    assert any("COVERING INDEX" in step or "resource_status" in step for step in plan), plan
    assert any("INTEGER PRIMARY KEY" in step for step in plan), plan


def test_timers_are_read_by_an_index(store: SqliteStore) -> None:
    statements: list[str] = []
    with store.write() as tx:
        connection = tx._execute.__self__  # type: ignore[attr-defined]
        tx.insert(thing("a").evolve(due=1.0))
        connection.set_trace_callback(statements.append)
        tx.claim_due(["Thing", "Job"], 2.0, 60, 8)
        connection.set_trace_callback(None)
        for statement in statements:
            plan = [row[3] for row in connection.execute(f"explain query plan {statement}")]
            indexes = ("resource_look_at (kind=?", "resource_until (kind=?")
            assert any(index in step for step in plan for index in indexes), plan


def test_reads_of_one_turn_of_the_loop_share_a_snapshot_and_those_of_later_ones_do_not(
    store: SqliteStore, path: Path
) -> None:
    other = SqliteStore(path)
    names: list[list[str]] = []

    async def read() -> None:
        names.append([record.id for record in await store.run(listed, write=False)])

    def listed(tx: Any) -> list[Record]:
        return tx.list("Thing", SCOPE, Query(order="id"))

    async def turns() -> None:
        await read()
        with other.write() as tx:  # another process, of whose commit nobody has been told in this turn
            tx.insert(thing("a"))
        await read()
        await asyncio.sleep(0)
        await read()
        with store.write() as tx:
            tx.insert(thing("b"))
        await read()

    asyncio.run(turns())
    other.close()
    assert names == [[], [], ["a"], ["a", "b"]]


def test_copies_that_were_not_finished_are_deleted(path: Path) -> None:
    names = (
        "clary.db",
        "clary.db.before-3",
        "clary.db.before-4.new",
        "clary.db.before-4.new-journal",
        "other.new",
    )
    for name in names:
        (path.parent / name).write_text("")
    module.drop_unfinished_copies(path)
    assert {file.name for file in path.parent.iterdir()} == {"clary.db", "clary.db.before-3", "other.new"}
