"""What a schema's fingerprint minds, and what a schema may say. What stores do with it is tested in tests/conformance."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.store.api import Incompatible
from clary.store.migration import fingerprint, parts_of
from clary.store.open import open_store
from clary.store.sqlite import SqliteStore

TABLE = "create table if not exists thing (name text default 'a B', size real, unique (name, size))"


@pytest.mark.parametrize(
    "same",
    [
        "CREATE TABLE IF NOT EXISTS Thing (name TEXT DEFAULT 'a B', size REAL, UNIQUE (name, size))",
        "create table if not exists thing(\n\tname text default 'a B',\r\n size real ,unique(name,size) )",
    ],
)
def test_spaces_and_capitals_do_not_matter(same: str) -> None:
    assert fingerprint(same) == fingerprint(TABLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("'a B'", "'a b'"), ("'a B'", "'a  B'"), ("size real", "size text"), (", unique (name, size)", "")],
)
def test_everything_else_does(old: str, new: str) -> None:
    assert fingerprint(TABLE.replace(old, new)) != fingerprint(TABLE)


def test_comments_are_no_part_of_a_statement() -> None:
    inside = TABLE.replace("real,", "real, -- in metres; roughly\n")
    commented = f"-- why;\n{inside}; /* that is all; */"
    assert [fingerprint(s) for s in parts_of(commented).values()] == [fingerprint(TABLE)]


def test_parts_are_named_by_what_they_are() -> None:
    script = f"{TABLE}; Create Unique Index If Not Exists Thing_Name on thing (name);"
    assert list(parts_of(script)) == ["table thing", "index thing_name"]


@pytest.mark.parametrize(
    "other", ["create table thing (a text)", "drop table thing", "insert into thing values (1)"]
)
def test_a_schema_that_does_anything_else_is_a_mistake(other: str) -> None:
    with pytest.raises(ValueError, match="if they do not exist"):
        parts_of(f"{TABLE}; {other}")


def test_a_mistake_in_a_new_schema_is_not_taken_for_another_version(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    with pytest.raises(Exception, match="syntax error") as caught:
        store.migrate({"things": "create table if not exists thing (a text,,)"})
    assert not isinstance(caught.value, Incompatible)
    store.close()


def test_a_store_that_cannot_be_opened_leaves_no_connection_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "a.db")
    with store.write() as tx:
        tx.sql("update migration set step = 1 where name = 'store'")
    store.close()
    closed: list[SqliteStore] = []
    monkeypatch.setattr(SqliteStore, "close", lambda self: closed.append(self))
    with pytest.raises(Incompatible, match="the platform itself"):
        SqliteStore(tmp_path / "a.db")
    assert len(closed) == 1
