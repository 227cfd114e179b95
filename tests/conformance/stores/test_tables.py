"""What every Store promises of the tables that a service has of its own."""

from __future__ import annotations

import pytest

from clary.store.api import AnyOf, Exists, In, Query, Store
from clary.store.schemas import Schema
from tests.conformance.stores.entries import job, names, put
from tests.support.stores import HERE, THERE

SCHEMA = """
-- A table; with every type, and a semicolon in this comment.
CREATE TABLE IF NOT EXISTS thing (
    n INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, size REAL, body BLOB,
    note TEXT NOT NULL DEFAULT 'a;b'
);
CREATE INDEX IF NOT EXISTS thing_size ON thing (size) WHERE size IS NOT NULL;
CREATE TABLE IF NOT EXISTS pair (a TEXT, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""


class TestTablesOfServices:
    @pytest.fixture(autouse=True)
    def tables(self, store: Store) -> None:
        store.migrate({"things": Schema.of(SCHEMA)})
        store.migrate({"things": Schema.of(SCHEMA)})

    def test_values_come_back_as_they_were(self, store: Store) -> None:
        with store.write() as tx:
            insert = "insert into thing (name, size, body) values (?, ?, ?) returning n, note"
            assert tx.sql(insert, "é'?%", 1.5, b"\0\xff") == [(1, "a;b")]
            assert tx.sql("update thing set size = ? where name = ?", None, "é'?%") == []
            assert tx.sql("insert into pair values (?, ?)", "x", 2**62) == []
        with store.read() as tx:
            assert tx.sql("select n, name, size, body from thing") == [(1, "é'?%", None, b"\0\xff")]
            assert tx.sql("select b from pair where a = ?", "x") == [(2**62,)]
            assert tx.sql("select 'a?b', '100%' from pair") == [("a?b", "100%")]

    def test_records_are_found_by_a_table_of_a_service(self, store: Store) -> None:
        """In: the ids of some rows, in the order of the query, with its other conditions and its pages."""
        put(
            store,
            *(
                job(name, created=at, modified=-at)
                for name, at in (("a", 3.0), ("b", 2.0), ("c", 1.0), ("d", 0.0))
            ),
        )
        put(store, job("a", scope=THERE))
        with store.write() as tx:
            tx.sql_many("insert into pair values (?, ?)", [("a", 1), ("b", 1), ("d", 1), ("c", 2), ("a", 2)])
            tx.sql("create index pair_b on pair (b, a)")
        one = In("pair", "a", {"b": 1})
        assert names(store, where=[one]) == ["d", "b", "a"]
        assert names(store, where=[one], descending=True, limit=2) == ["a", "b"]
        assert names(store, where=[one], order="modified", after=(-3.0, "a")) == ["b", "d"]
        assert names(store, where=[one, In("pair", "a", {"b": 2})]) == ["a"]
        assert names(store, where=[AnyOf([In("pair", "a", {"b": 2}), ("id", "=", "d")])]) == ["d", "c", "a"]
        assert names(store, None, where=[one, ("id", "=", "a")]) == ["a", "a"]
        with store.read() as tx:
            assert tx.count("Job", HERE, Query([one])) == 3
        with pytest.raises(ValueError, match="not the name of a table"):
            names(store, where=[In("pair; drop table resource", "a", {"b": 1})])

    def test_sums_are_plain_numbers(self, store: Store) -> None:
        with store.write() as tx:
            tx.sql_many("insert into pair values (?, ?)", [("a", n) for n in range(5)])
            (row,) = tx.sql("select sum(b), avg(b), count(*), max(b) from pair")
        assert row == (10, 2.0, 5, 4)
        assert type(row[0]) is int

    def test_like_minds_case(self, store: Store) -> None:
        with store.write() as tx:
            tx.sql_many("insert into thing (name) values (?)", [("Abc",), ("abd",), ("a%",)])
            assert tx.sql("select name from thing where name like ? order by name", "a%") == [
                ("a%",),
                ("abd",),
            ]
            assert tx.sql("select name from thing where name like 'a!%' escape '!'") == [("a%",)]

    def test_text_of_services_sorts_by_bytes(self, store: Store) -> None:
        with store.write() as tx:
            tx.sql_many("insert into thing (name) values (?)", [(x,) for x in ("a", "B", "é", "_", "z")])
            assert [name for (name,) in tx.sql("select name from thing order by name")] == [
                "B",
                "_",
                "a",
                "z",
                "é",
            ]

    def test_a_taken_key_is_exists_and_the_transaction_goes_on(self, store: Store) -> None:
        with store.write() as tx:
            tx.sql("insert into thing (name) values (?)", "a")
            with pytest.raises(Exists):
                tx.sql("insert into thing (name) values (?)", "a")
            tx.sql("insert into thing (name) values (?)", "b")
        with store.read() as tx:
            assert tx.sql("select name from thing order by name") == [("a",), ("b",)]

    def test_upsert(self, store: Store) -> None:
        with store.write() as tx:
            for size in (1.0, 2.0):
                tx.sql(
                    "insert into thing (name, size) values (?, ?) on conflict (name) do update set size = excluded.size",
                    "a",
                    size,
                )
            assert tx.sql("select name, size from thing") == [("a", 2.0)]

    def test_wipe_forgets_everything(self, store: Store) -> None:
        put(store, job("a", arn="arn:a"))
        with store.write() as tx:
            tx.tag("arn:a", {"k": "v"})
            tx.remember(HERE, "Op", "t", {})
            tx.sql("insert into thing (name) values (?)", "a")
        store.wipe()
        with store.write() as tx:
            assert (tx.get("Job", HERE, "a"), tx.tags("arn:a"), tx.once(HERE, "Op", "t")) == (None, {}, None)
            assert tx.sql("insert into thing (name) values (?) returning n", "a") == [(1,)]
