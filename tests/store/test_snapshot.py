"""Copies of an SQLite store in use, for backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clary.store.api import Incompatible, NoSpace, Tx
from clary.store.schemas import Schema
from clary.store.snapshot import later_steps, snapshot
from clary.store.sqlite import SqliteStore

TABLE = "create table if not exists thing (number integer primary key);"
SCHEMAS = {"things": Schema.of(TABLE)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "a.db", schemas=SCHEMAS)
    yield store
    store.close()


def add(store: SqliteStore, number: int) -> None:
    with store.write() as tx:
        tx.sql("insert into thing values (?)", number)


def things(tx: Tx) -> list[int]:
    return [number for (number,) in tx.sql("select number from thing order by number")]


def test_the_copy_and_what_was_read_are_of_one_moment(
    store: SqliteStore, folder: Path, tmp_path: Path
) -> None:
    add(store, 1)

    def look(tx: Tx) -> list[int]:
        add(store, 2)  # a writer is not held up, and comes too late
        return things(tx)

    found = snapshot(tmp_path / "a.db", folder, look)
    assert (found.seen, found.steps["things"]) == ([1], 1)
    with found.database as file:
        (folder / "copy.db").write_bytes(file.read())
    with closing(SqliteStore(folder / "copy.db", schemas=SCHEMAS)) as copy, copy.read() as tx:
        assert things(tx) == [1]
    with store.read() as tx:
        assert things(tx) == [1, 2]


def test_it_leaves_no_name_behind(store: SqliteStore, folder: Path, tmp_path: Path) -> None:
    names: list[list[Path]] = []
    snapshot(tmp_path / "a.db", folder, lambda tx: names.append(list(folder.iterdir()))).database.close()
    assert names == [[]]
    with pytest.raises(RuntimeError):
        snapshot(tmp_path / "a.db", folder, fail)
    assert list(folder.iterdir()) == []


def fail(tx: Tx) -> None:
    raise RuntimeError


def test_an_earlier_store_is_copied_as_it_is(store: SqliteStore, folder: Path, tmp_path: Path) -> None:
    with store.write() as tx:
        tx.sql("update migration set step = 0")
    assert set(snapshot(tmp_path / "a.db", folder, things).steps.values()) == {0}
    with store.read() as tx:
        assert tx.sql("select distinct step from migration") == [(0,)]


def test_another_database_is_refused(folder: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "b.db")) as other:
        other.execute(TABLE)
    with pytest.raises(Incompatible, match="no tables of this platform"):
        snapshot(tmp_path / "b.db", folder, things)


def test_a_full_disk_is_told(
    store: SqliteStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr("clary.store.snapshot._copied", full)
    with pytest.raises(NoSpace):
        snapshot(tmp_path / "a.db", folder, things)


def test_steps_that_this_version_does_not_know() -> None:
    assert later_steps({"store": 1, "things": 1, "gone": 0}, SCHEMAS) == []
    assert later_steps({"store": 99, "things": 2, "more": 1}, SCHEMAS) == ["more", "store", "things"]
