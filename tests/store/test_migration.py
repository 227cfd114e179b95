"""Upgrades as far as a store does more than tests/conformance asks of every store: mistakes, connections, copies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clary.store.api import Incompatible, NoSpace
from clary.store.open import open_store
from clary.store.schemas import Schema
from clary.store.sqlite import SqliteStore

TABLE = "create table if not exists thing (name text primary key);"
COLOUR = "alter table thing add column colour text;"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A home in use, with a thing in it."""
    store = open_store(tmp_path / "a.db", schemas={"things": Schema.of(TABLE)})
    with store.write() as tx:
        tx.sql("insert into thing values ('a')")
    store.close()
    return tmp_path / "a.db"


def upgrade(path: Path, *steps: str) -> None:
    open_store(path, schemas={"things": Schema.of(TABLE, *steps)}).close()


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("a.db.before-*"))


def test_a_mistake_in_a_new_schema_is_not_taken_for_another_version(path: Path) -> None:
    with pytest.raises(Exception, match="syntax error") as caught:
        open_store(path, schemas={"more": Schema.of("create table if not exists more (a text,,)")})
    assert not isinstance(caught.value, Incompatible)


def test_a_store_that_cannot_be_opened_leaves_no_connection_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(path)
    with store.write() as tx:
        tx.sql("update migration set step = 99 where name = 'store'")
    store.close()
    closed: list[SqliteStore] = []
    monkeypatch.setattr(SqliteStore, "close", lambda self: closed.append(self))
    with pytest.raises(Incompatible, match="the platform itself"):
        SqliteStore(path)
    assert len(closed) == 1


class TestCopies:
    def test_a_home_is_copied_before_it_is_altered(self, path: Path) -> None:
        upgrade(path, COLOUR)
        (copy,) = copies(path)
        assert copy.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(copy)) as before:
            assert before.execute("select * from thing").fetchall() == [("a",)]
            assert before.execute("pragma integrity_check").fetchall() == [("ok",)]

    def test_a_copy_opens_as_the_home_that_it_was(self, path: Path) -> None:
        upgrade(path, COLOUR)
        (copy,) = copies(path)
        copy.rename(path)
        upgrade(path)

    def test_each_upgrade_has_a_copy_of_its_own(self, path: Path) -> None:
        upgrade(path, COLOUR)
        upgrade(path, COLOUR)
        first = copies(path)
        upgrade(path, COLOUR, "delete from thing")
        assert len(first) == 1
        assert len(copies(path)) == 2

    def test_a_new_home_and_new_tables_need_none(self, path: Path) -> None:
        open_store(path, schemas={"more": Schema.of("create table if not exists more (a text)")}).close()
        assert copies(path) == []

    def test_an_upgrade_that_fails_leaves_none_and_the_home_as_it_was(self, path: Path) -> None:
        with pytest.raises(Incompatible, match="step 3"):
            upgrade(path, COLOUR, "insert into thing (name) values ('a')")
        assert copies(path) == []
        upgrade(path)

    def test_a_home_that_cannot_be_copied_is_not_altered(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(self: SqliteStore, number: int) -> str:
            raise NoSpace("the disk is full")

        monkeypatch.setattr(SqliteStore, "_copy", full)
        with pytest.raises(NoSpace):
            upgrade(path, COLOUR)
        upgrade(path)

    def test_what_is_left_of_a_copy_that_was_cut_short_is_replaced(self, path: Path) -> None:
        store = SqliteStore(path)
        Path(store._copy(7)).rename(f"{path}.before-7.new")
        store._copy(7)
        store.close()
        assert [copy.name for copy in copies(path)] == ["a.db.before-7"]
