"""What every Store promises of steps that change what is stored."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clary.store.api import Incompatible, Store
from clary.store.schemas import Schema
from tests.support.stores import Backend


class TestSteps:
    """A home in use is brought up by the steps that it has not been through; what cannot be is refused and left as it was."""

    TABLE = "create table if not exists thing (name text primary key, size real);"
    INDEX = "create index if not exists thing_size on thing (size);"
    COLOUR = (
        "alter table thing add column colour text not null default 'grey';"
        "update thing set colour = 'red' where size > 0; create index if not exists thing_colour on thing (colour);"
    )
    RENAME = "alter table thing rename to item; drop index thing_colour; insert into item values ('new', 0, 'blue')"

    @pytest.fixture
    def old(self, backend: Backend) -> Backend:
        store = backend.again()
        store.migrate(
            {
                "things": Schema.of(self.TABLE),
                "others": Schema.of("create table if not exists other (a text);"),
            }
        )
        with store.write() as tx:
            tx.sql("insert into thing values (?, ?)", "a", 1.0)
        return backend

    def _things(self, store: Store, table: str = "thing") -> list[tuple[Any, ...]]:
        with store.read() as tx:
            return tx.sql(f"select * from {table} order by name")

    def _known(self, store: Store, name: str = "things") -> tuple[int, set[str]]:
        with store.read() as tx:
            ((step, parts),) = tx.sql("select step, parts from migration where name = ?", name)
        return step, set(json.loads(parts))

    def _before_steps(self, store: Store, parts: str) -> None:
        """Remember what the versions before there were steps did."""
        with store.write() as tx:
            tx.sql("update migration set step = 0, parts = ? where name = 'things'", parts)

    def test_steps_are_carried_out_in_order_from_the_remembered_one_on(self, old: Backend) -> None:
        store = old.again()
        store.migrate({"things": Schema.of(self.TABLE, self.COLOUR)})
        assert self._things(store) == [("a", 1.0, "red")]
        assert self._known(store) == (2, {"table thing", "index thing_colour"})
        store.migrate({"things": Schema.of(self.TABLE, self.COLOUR, self.RENAME)})
        assert self._things(store, "item") == [("a", 1.0, "red"), ("new", 0.0, "blue")]
        assert self._known(store) == (3, {"table item"})

    def test_a_new_home_is_the_same_as_one_that_was_brought_up(self, old: Backend) -> None:
        brought = old.again()
        schema = Schema.of(self.TABLE, self.COLOUR, self.RENAME)
        brought.migrate(
            {
                "things": schema,
                "fresh": Schema.of(
                    *(step.replace("thing", "fresh").replace("item", "made") for step in schema.steps)
                ),
            }
        )
        assert self._known(brought, "fresh") == (3, {"table made"})
        assert self._things(brought, "made") == [("new", 0.0, "blue")]

    def test_steps_are_carried_out_once(self, old: Backend) -> None:
        schema = {"things": Schema.of(self.TABLE, "insert into thing values ('b', 2.0)")}
        for _ in range(3):
            old.again().migrate(schema)
        assert self._things(old.again()) == [("a", 1.0), ("b", 2.0)]

    @pytest.mark.parametrize("values", ["'a', 2.0, 'taken'", "'b', 2.0, null"])
    def test_a_step_that_fails_takes_all_of_the_upgrade_back(self, old: Backend, values: str) -> None:
        store = old.again()
        broken = self.COLOUR + f"insert into thing values ({values});"
        more = Schema.of("create table if not exists other (a text);", "drop table other")
        with pytest.raises(
            Incompatible, match=r"things .*step 2 cannot be carried out at `insert into thing"
        ):
            store.migrate({"others": more, "things": Schema.of(self.TABLE, broken)})
        assert self._things(store) == [("a", 1.0)]
        assert (self._known(store), self._known(store, "others")) == (
            (1, {"table thing"}),
            (1, {"table other"}),
        )
        with store.read() as tx:
            assert tx.sql("select * from other") == []
        store.migrate({"things": Schema.of(self.TABLE, self.COLOUR)})
        assert self._things(store) == [("a", 1.0, "red")]

    def test_a_home_of_a_later_version_is_refused_and_left_alone(self, old: Backend) -> None:
        store = old.again()
        store.migrate({"things": Schema.of(self.TABLE, self.COLOUR)})
        earlier = {
            "fresh": Schema.of("create table if not exists fresh (a text);"),
            "things": Schema.of(self.TABLE),
        }
        with pytest.raises(
            Incompatible, match=r"things were made by a later version .*2 steps.* knows 1\)"
        ) as caught:
            old.again().migrate(earlier)
        assert "\n" not in str(caught.value)
        assert self._known(store) == (2, {"table thing", "index thing_colour"})
        with pytest.raises(Exception, match="fresh"), store.read() as tx:
            tx.sql("select * from fresh")

    def test_a_home_of_a_later_platform_is_not_opened(self, old: Backend) -> None:
        with old.again().write() as tx:
            tx.sql("update migration set step = 99 where name = 'store'")
        with pytest.raises(
            Incompatible, match=r"the platform itself were made by a later version .*99 steps"
        ):
            old.again()

    @pytest.mark.parametrize(
        ("script", "reason"),
        [
            (TABLE.replace("size real", "size real, colour text"), "another table thing"),
            (TABLE.replace("real", "text"), "another table thing"),
            ("create table if not exists more (a text);", "no table thing"),
            (TABLE + INDEX, "index thing_size is not among them"),
        ],
    )
    def test_a_step_that_was_edited_is_refused(self, old: Backend, script: str, reason: str) -> None:
        store = old.again()
        new = {"fresh": Schema.of("create table if not exists fresh (a text);"), "things": Schema.of(script)}
        with pytest.raises(Incompatible, match=f"tables of things .*{reason}.*Run the version that made"):
            store.migrate(new)
        assert self._known(store) == (1, {"table thing"})
        with pytest.raises(Exception, match="fresh"), store.read() as tx:
            tx.sql("select * from fresh")

    def test_another_version_of_our_own_tables_is_not_opened(self, old: Backend) -> None:
        with old.again().write() as tx:
            tx.sql(
                "update migration set parts = replace(parts, 'table tag', 'table label') where name = 'store'"
            )
        with pytest.raises(Incompatible, match=r"the platform itself .*no table label"):
            old.again()

    def test_a_home_from_before_there_were_steps_is_taken_for_the_first(self, old: Backend) -> None:
        """Such a version remembered 0 and added to its tables as it grew, so that an early home lacks some."""
        store = old.again()
        self._before_steps(store, json.dumps(Schema.of(self.TABLE).parts(1)))
        store.migrate({"things": Schema.of(self.TABLE + self.INDEX, self.COLOUR)})
        assert self._things(store) == [("a", 1.0, "red")]
        assert self._known(store) == (2, {"table thing", "index thing_size", "index thing_colour"})

    def test_one_whose_tables_differ_is_refused(self, old: Backend) -> None:
        store = old.again()
        self._before_steps(store, json.dumps({"table thing": "another"}))
        with pytest.raises(Incompatible, match="another table thing"):
            store.migrate({"things": Schema.of(self.TABLE, self.COLOUR)})
        assert self._things(store) == [("a", 1.0)]

    @pytest.mark.parametrize(
        "script",
        [TABLE.replace("size", "length"), TABLE.replace("size real", "size real, colour text") + INDEX],
    )
    def test_tables_made_before_anything_was_remembered_are_held_to_their_columns(
        self, old: Backend, script: str
    ) -> None:
        store = old.again()
        with store.write() as tx:
            tx.sql("delete from migration where name = 'things'")
        with pytest.raises(
            Incompatible, match=r"tables of things .*table thing differs in (colour|length, size)"
        ):
            store.migrate({"things": Schema.of(script)})
        store.migrate({"things": Schema.of(self.TABLE + self.INDEX)})
        assert self._known(store) == (1, {"table thing", "index thing_size"})
        assert self._things(store) == [("a", 1.0)]

    def test_an_index_that_the_rows_do_not_allow_is_refused(self, old: Backend) -> None:
        store = old.again()
        with store.write() as tx:
            tx.sql("insert into thing values (?, ?)", "b", 1.0)
        with pytest.raises(Incompatible, match="step 2 cannot be carried out at `create unique index"):
            store.migrate({"things": Schema.of(self.TABLE, self.INDEX.replace("index", "unique index", 1))})
        assert len(self._things(store)) == 2

    def test_wiping_does_not_forget_whose_tables_they_are(self, old: Backend) -> None:
        old.again().wipe()
        with pytest.raises(Incompatible):
            old.again().migrate({"things": Schema.of(self.TABLE.replace("real", "text"))})

    def test_processes_that_start_together_agree(self, old: Backend) -> None:
        stores = [old.again() for _ in range(4)]
        schema = {"things": Schema.of(self.TABLE, self.COLOUR)}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda store: store.migrate(schema), stores))
        assert self._known(stores[0]) == (2, {"table thing", "index thing_colour"})
        assert self._things(stores[0]) == [("a", 1.0, "red")]
