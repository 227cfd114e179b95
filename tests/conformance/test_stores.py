"""What every Store promises (clary.store.api), written once and run for each."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import Move
from clary.store.api import AllOf, AnyOf, Exists, Incompatible, Query, Record, Stale, Store, Tx
from clary.store.schemas import Schema
from tests.support.stores import HERE, THERE, Backend

REPO = Path(__file__).parents[2]


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.again()


def job(name: str, **more: Any) -> Record:
    return Record("Job", more.pop("scope", HERE), name, **more)


def put(store: Store, *records: Record) -> list[Record]:
    with store.write() as tx:
        return [tx.insert(record) for record in records]


def names(store: Store, scope: str | None = HERE, **query: Any) -> list[str]:
    with store.read() as tx:
        return [record.id for record in tx.list("Job", scope, Query(**query))]


class Process:
    """A second process over the same store (tests/store/writer.py), held until `go`."""

    def __init__(self, address: str, *what: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.store.writer", address, *what],
            cwd=REPO,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def go(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()

    def rest(self) -> list[str]:
        """What it still printed, once it has ended by itself."""
        out, _ = self._child.communicate(timeout=120)
        assert self._child.returncode == 0
        return out.split()

    def kill(self) -> list[str]:
        """kill -9. -> whole lines that it had printed."""
        self._child.kill()
        assert self._child.stdout is not None
        rest = self._child.stdout.read()
        self._child.wait()
        self._child.stdout.close()
        if self._child.stdin:
            self._child.stdin.close()
        return rest[: rest.rfind("\n") + 1].split()


class TestRecords:
    def test_a_record_comes_back_as_it_was_stored(self, store: Store) -> None:
        doc = {"A": [1, 2.5, None, True, "é"], "B": {"C": {}}, "Big": 2**53 + 1}
        record = job(
            "a",
            arn="arn:a",
            parent="arn:p",
            status="InProgress",
            doc=doc,
            created=1.5,
            modified=2.25,
            due=3.125,
        )
        (stored,) = put(store, record)
        assert stored == record.evolve(version=1)
        with store.read() as tx:
            assert tx.get("Job", HERE, "a") == stored
            assert tx.by_arn("arn:a") == stored

    def test_nothing_is_found_where_nothing_is(self, store: Store) -> None:
        put(store, job("a"))
        with store.read() as tx:
            assert tx.get("Job", HERE, "b") is None
            assert tx.get("Job", THERE, "a") is None
            assert tx.get("Model", HERE, "a") is None
            assert tx.by_arn("arn:none") is None
            assert tx.by_arn("") is None, "a record without an ARN is not found by none"

    def test_a_name_is_taken_once_in_its_kind_and_scope(self, store: Store) -> None:
        put(store, job("a"), job("a", scope=THERE), job("A"), Record("Model", HERE, "a"))
        with store.write() as tx:
            with pytest.raises(Exists):
                tx.insert(job("a"))
            tx.insert(job("b"))  # the transaction goes on
        assert names(store, order="id") == ["A", "a", "b"]

    def test_an_update_is_refused_when_somebody_wrote_in_between(self, store: Store) -> None:
        (seen,) = put(store, job("a"))
        with store.write() as tx:
            second = tx.update(seen.evolve(status="Stopping", doc={"X": 1}))
        assert second.version == 2
        with pytest.raises(Stale), store.write() as tx:
            tx.update(seen.evolve(status="Completed"))
        with store.read() as tx:
            assert tx.get("Job", HERE, "a") == second

    def test_a_delete_is_refused_when_somebody_wrote_in_between(self, store: Store) -> None:
        (seen,) = put(store, job("a"))
        with store.write() as tx:
            tx.update(seen)
        with pytest.raises(Stale), store.write() as tx:
            tx.delete(seen)
        assert names(store) == ["a"]

    def test_an_update_or_delete_of_what_is_gone_is_stale(self, store: Store) -> None:
        (seen,) = put(store, job("a"))
        with store.write() as tx:
            tx.delete(seen)
        for verb in ("update", "delete"):
            with pytest.raises(Stale), store.write() as tx:
                getattr(tx, verb)(seen)

    def test_a_deleted_record_takes_its_tags_along_and_no_others(self, store: Store) -> None:
        first, second, bare = put(store, job("a", arn="arn:a"), job("b", arn="arn:b"), job("c"))
        with store.write() as tx:
            tx.tag("arn:a", {"k": "v"})
            tx.tag("arn:b", {"k": "v"})
            tx.tag("", {"k": "v"})
            tx.delete(first)
            tx.delete(bare)
            assert (tx.tags("arn:a"), tx.tags("arn:b"), tx.tags("")) == ({}, {"k": "v"}, {"k": "v"})
        assert second.version == 1

    def test_a_version_of_an_inserted_record_is_one_whatever_it_says(self, store: Store) -> None:
        assert put(store, job("a", version=7))[0].version == 1

    def test_documents_hold_what_json_holds_and_nothing_else(self, store: Store) -> None:
        with pytest.raises(TypeError), store.write() as tx:
            tx.insert(job("a", doc={"Bytes": b"x"}))
        assert names(store) == []

    def test_old_documents_are_brought_up_to_date_when_read(self, store: Store, backend: Backend) -> None:
        put(store, job("a", doc={"Old": 1}))
        newer = backend.again(upgrades={"Job": [lambda d: {"New": d["Old"]}, lambda d: d | {"Newest": True}]})
        with newer.write() as tx:
            record = tx.get("Job", HERE, "a")
            assert record is not None
            assert record.doc == {"New": 1, "Newest": True}
            tx.update(record)
        with newer.read() as tx:
            assert tx.list("Job", HERE)[0].doc == {"New": 1, "Newest": True}
        with pytest.raises(Exception, match="format 2"), store.read() as tx:
            tx.get("Job", HERE, "a")


class TestLists:
    def test_order_and_limit(self, store: Store) -> None:
        put(
            store,
            job("b", created=1.0, modified=9.0),
            job("a", created=2.0, modified=8.0),
            job("c", created=2.0),
        )
        assert names(store) == ["b", "a", "c"]
        assert names(store, descending=True) == ["c", "a", "b"]
        assert names(store, order="id") == ["a", "b", "c"]
        assert names(store, order="modified", limit=2) == ["c", "a"]
        with pytest.raises(ValueError, match="sort"):
            names(store, order="doc; drop table resource")

    def test_names_sort_by_their_bytes(self, store: Store) -> None:
        """UTF-8 order is code point order: what S3 and our page tokens go by, whatever the locale."""
        mixed = ["a", "B", "b", "Z", "é", "e", "-", "_", "ß", "日本", "\U0001f600", "\uffee", "10", "9"]
        put(store, *(job(name) for name in mixed))
        assert names(store, order="id") == sorted(mixed, key=lambda name: name.encode())

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_are_stable_while_rows_come_and_go(self, store: Store, descending: bool) -> None:
        staying = [job(f"s{n:03}", created=float(n // 3)) for n in range(60)]
        going = [job(f"g{n:03}", created=float(n // 3)) for n in range(60)]
        going = put(store, *staying, *going)[60:]
        seen: list[str] = []
        after: tuple[Any, str] | None = None
        page = 0
        while True:
            with store.read() as tx:
                records = tx.list("Job", HERE, Query(descending=descending, after=after, limit=7))
            if not records:
                break
            seen += [record.id for record in records]
            after = (records[-1].created, records[-1].id)
            with store.write() as tx:
                tx.insert(job(f"n{page:03}", created=float(page % 20)))
                if page < 60:
                    tx.delete(going[page])
            page += 1
        assert len(seen) == len(set(seen)), "no record twice"
        assert {name for name in seen if name[0] == "s"} == {record.id for record in staying}, (
            "none is left out"
        )

    def test_all_scopes_page_by_scope_as_well(self, store: Store) -> None:
        put(store, *(job("default", scope=f"{n}/us-east-1") for n in range(5)))
        with store.read() as tx:
            first = tx.list("Job", None, Query(order="id", limit=2))
            rest = tx.list("Job", None, Query(order="id", after=("default", "default", first[-1].scope)))
        assert [record.scope[0] for record in first + rest] == ["0", "1", "2", "3", "4"]

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (("status", "=", "Failed"), "b"),
            (("status", "!=", "Failed"), "ac"),
            (("status", "in", ["Failed", "Stopped"]), "bc"),
            (("status", "in", []), ""),
            (("id", "contains", "A"), "a"),
            (("created", ">", 1), "bc"),
            (("created", ">=", 2.0), "bc"),
            (("created", "<", 2), "a"),
            (("modified", "<=", 0), "abc"),
            (("due", "=", None), "bc"),
            (("due", "!=", None), "a"),
            (("arn", "=", "arn:c"), "c"),
            (("parent", "=", "arn:p"), "b"),
            (("parent", "=", ""), "ac"),
            (("parent", "!=", ""), "b"),
            (("doc.Kind", "=", "x"), "a"),
            (("doc.Kind", "!=", "x"), "bc"),
            (("doc.Kind", "contains", "Y%Y"), "b"),
            (("doc.Kind", "in", ["x", "yy%yy_", 3]), "ab"),
            (("doc.Kind", "in", []), ""),
            (("doc.Kind", ">", "x"), "b"),
            (("doc.Kind", "=", None), "c"),
            (("doc.Kind", "!=", None), "ab"),
            (("doc.Deep.Er.Still", "=", 2), "a"),
            (("doc.Deep.Er.Still", "<", 2.5), "a"),
            (("doc.Deep.Er.Still", ">=", 2.5), "b"),
            (("doc.Deep.Er.Still", "=", "2"), "c"),
            (("doc.Deep.Er.Still", "number =", 2), "c"),
            (("doc.Deep.Er.Still", "number <", 2), ""),
            (("doc.Deep.Er.Still", "number >=", 1.5), "c"),
            (("doc.Kind", "number =", 7), "ab"),
            (("doc.Flag", "=", True), "a"),
            (("doc.Flag", "=", False), "b"),
            (("doc.Flag", "!=", True), "bc"),
            (("doc.Flag", "=", 1), ""),
            (("doc.Null", "=", None), "abc"),
            (("doc.HyperParameters.eval:metric name", "=", "auc"), "a"),
        ],
    )
    def test_where(self, store: Store, where: tuple[str, str, Any], found: str) -> None:
        params = {"eval:metric name": "auc"}
        a = {"Kind": "x", "Deep": {"Er": {"Still": 2}}, "Flag": True, "Null": None, "HyperParameters": params}
        b = {"Kind": "yy%yy_", "Deep": {"Er": {"Still": 2.5}}, "Flag": False}
        c = {"Deep": {"Er": {"Still": "2"}}, "Flag": "true"}
        put(
            store,
            job("a", status="Completed", created=1.0, due=1.0, doc=a),
            job("b", status="Failed", created=2.0, doc=b, parent="arn:p"),
            job("c", status="Stopped", created=3.0, doc=c, arn="arn:c"),
        )
        assert "".join(names(store, where=[where])) == found
        with store.read() as tx:
            assert tx.count("Job", HERE, Query(where=[where], limit=1)) == len(found)

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (("tag.team", "=", "x"), "a"),
            (("tag.team", "=", "X"), ""),
            (("tag.team", "!=", "x"), "bcd"),
            (("tag.team", "=", None), "cd"),
            (("tag.team", "!=", None), "ab"),
            (("tag.team", "in", ["x", "Y% z"]), "ab"),
            (("tag.team", "in", []), ""),
            (("tag.team", "contains", "y%"), "b"),
            (("tag.team", ">", "a"), "a"),
            (("tag.team", "number >", 1.0), "ab"),
            (("tag.a.b: 'c\"? %", "number =", 1), "c"),
            (("tag.a.b: 'c\"? %", "number >", 1), ""),
            (("tag.a.b: 'c\"? %", "=", "1"), "c"),
            (("tag.", "=", "1"), ""),
            (("doc", "contains", '"NAME":"Deep"'), "b"),
        ],
    )
    def test_where_tags(self, store: Store, where: tuple[str, str, Any], found: str) -> None:
        doc = {"Entries": [{"Name": "deep"}]}
        put(store, job("a", arn="arn:a"), job("b", arn="arn:b", doc=doc), job("c", arn="arn:c"), job("d"))
        with store.write() as tx:
            tx.tag("arn:a", {"team": "x"})
            tx.tag("arn:b", {"team": "Y% z", "other": "x"})
            tx.tag("arn:c", {"a.b: 'c\"? %": "1"})
            tx.tag("", {"team": "x"})
        assert "".join(names(store, order="id", where=[where])) == found

    def test_conditions_are_joined(self, store: Store) -> None:
        put(store, *(job(f"{status}{n}", status=status, doc={"N": n}) for status in "XY" for n in (1, 2, 3)))
        either = AnyOf([("status", "=", "X"), AllOf([("doc.N", "=", 2), ("status", "=", "Y")])])
        assert names(store, order="id", where=[either, ("doc.N", "!=", 1)]) == ["X2", "X3", "Y2"]
        assert names(store, where=[AnyOf([])]) == []
        assert len(names(store, where=[AllOf([])])) == 6

    def test_conditions_all_hold(self, store: Store) -> None:
        put(
            store,
            job("a", status="X", doc={"N": 1}),
            job("b", status="X", doc={"N": 2}),
            job("c", doc={"N": 1}),
        )
        assert names(store, where=[("status", "=", "X"), ("doc.N", "=", 1)]) == ["a"]

    def test_contains_takes_every_character_for_itself(self, store: Store) -> None:
        put(
            store,
            job("50%"),
            job("50x"),
            job("a_b"),
            job("axb"),
            job("a\\b"),
            job("it's"),
            job("İÉ"),
            job("?"),
        )
        assert names(store, where=[("id", "contains", "0%")]) == ["50%"]
        assert names(store, where=[("id", "contains", "A_B")]) == ["a_b"]
        assert names(store, where=[("id", "contains", "\\")]) == ["a\\b"]
        assert names(store, where=[("id", "contains", "'")]) == ["it's"]
        assert names(store, where=[("id", "contains", "?")]) == ["?"]
        assert names(store, where=[("id", "contains", "é")]) == [], "letters beyond ASCII mind their case"
        assert names(store, where=[("id", "contains", "É")]) == ["İÉ"]

    @pytest.mark.parametrize(
        "where",
        [
            ("doc.A' or 1=1 --", "=", "x"),
            ('doc.A"."B', "=", "x"),
            ("doc.", "=", "x"),
            ("doc.A..B", "=", "x"),
            ("doc.A[0]", "=", "x"),
            ("doc.A)", "=", None),
            ("doc.A\n", "=", "x"),
            ("id; drop table resource", "=", "x"),
            ("look_at", "=", 1),
            ("id", "= 'x' or", "x"),
            ("id", "like", "x"),
            ("doc.A", "is", "x"),
            ("doc.A", "<", None),
            ("doc.A", ">", True),
            ("doc.A", "=", ["x"]),
            ("doc.A", "contains", 1),
            ("doc", "=", "x"),
            ("tag.a", "like", "x"),
            ("tag.a", "<", None),
        ],
    )
    def test_what_is_no_column_path_or_operator_is_refused(
        self, store: Store, where: tuple[str, str, Any]
    ) -> None:
        with pytest.raises(ValueError, match=r"."), store.read() as tx:
            tx.list("Job", HERE, Query(where=[where]))

    def test_values_are_never_text_of_the_statement(self, store: Store) -> None:
        put(store, job("a", doc={"A": "x"}))
        for value in ("' or '1'='1", "%", '"', "$.A", "%s", "?"):
            assert names(store, where=[("id", "=", value)]) == []
            assert names(store, where=[("doc.A", "=", value)]) == []

    def test_versions(self, store: Store) -> None:
        """One of each record of a kind, over all scopes; made again, a record has another `created`."""
        with store.write() as tx:
            tx.insert(Record("Thing", HERE, "a", created=1.0))
            first = tx.insert(Record("Thing", "x/y", "a", created=2.5))
            tx.update(first.evolve(status="S"))
            tx.insert(Record("Other", HERE, "b", created=3.0))
        with store.read() as tx:
            assert sorted(tx.versions("Thing")) == [(HERE, "a", 1, 1.0), ("x/y", "a", 2, 2.5)]
            assert tx.versions("None") == []

    def test_count(self, store: Store) -> None:
        put(store, job("a"), job("b"), job("a", scope=THERE))
        with store.read() as tx:
            assert (tx.count("Job", HERE), tx.count("Job", None), tx.count("Model", None)) == (2, 3, 0)


class TestBusinessTime:
    def test_moves_are_read_in_order(self, store: Store) -> None:
        with store.read() as tx:
            assert (tx.moves(), tx.newest_move()) == ([], None)
        with store.write() as tx:
            tx.write_move(Move(10.5, 3600.0))
            tx.write_move(Move(10.5, 7200.0))
        with store.read() as tx:
            assert tx.moves() == [Move(10.5, 3600.0), Move(10.5, 7200.0)]
            assert tx.newest_move() == Move(10.5, 7200.0)
            assert repr(tx.newest_move()) == "Move(at=10.5, ahead=7200.0)", "floats, however they were stored"

    def test_the_same_move_is_made_once(self, store: Store) -> None:
        with store.write() as tx:
            tx.write_move(Move(10.0, 60.0))
        with pytest.raises(Stale), store.write() as tx:
            tx.write_move(Move(11.0, 60.0))

    def test_a_reset_forgets_them(self, store: Store) -> None:
        with store.write() as tx:
            tx.write_move(Move(10.0, 60.0))
        store.wipe()
        with store.read() as tx:
            assert tx.moves() == []


class TestLeases:
    def test_due_records_are_claimed_longest_due_first(self, store: Store) -> None:
        put(
            store,
            job("late", due=3.0),
            job("later", due=4.0),
            job("first", due=1.0),
            job("never"),
            job("x", due=11.0),
        )
        with store.write() as tx:
            assert [record.id for record in tx.claim_due(["Job"], 10.0, 5, 2)] == ["first", "late"]
            assert [record.id for record in tx.claim_due(["Job"], 10.0, 5, 9)] == ["later"]
            assert tx.claim_due(["Job"], 10.0, 5, 9) == []

    def test_a_moment_is_a_float_however_it_is_read(self, store: Store) -> None:
        """Also on a whole second: what is derived from a moment's text must be the same for every reader."""
        put(store, Record("Job", HERE, "a", created=1795743911.0, modified=1795743911.0, due=1.0))
        with store.write() as tx:
            (claimed,) = tx.claim_due(["Job"], 10.0, 5, 1)
            read = tx.get("Job", HERE, "a")
        assert read is not None
        for record in (claimed, read):
            assert (repr(record.created), repr(record.modified)) == ("1795743911.0", "1795743911.0")
            assert repr(record.due) == "1.0"

    def test_only_the_kinds_asked_for(self, store: Store) -> None:
        put(store, job("a", due=1.0), Record("Model", HERE, "m", due=1.0))
        with store.write() as tx:
            assert tx.claim_due([], 10.0, 5, 9) == []
            assert [record.id for record in tx.claim_due(["Model", "None"], 10.0, 5, 9)] == ["m"]
            assert tx.next_due(["None"]) is None
            assert tx.next_due([]) is None

    def test_a_lease_runs_out(self, store: Store) -> None:
        put(store, job("a", due=1.0))
        with store.write() as tx:
            assert len(tx.claim_due(["Job"], 10.0, 5, 9)) == 1
            assert tx.claim_due(["Job"], 14.9, 5, 9) == []
            assert tx.next_due(["Job"]) == 15.0
            assert len(tx.claim_due(["Job"], 15.0, 5, 9)) == 1

    def test_next_due_is_the_earliest(self, store: Store) -> None:
        put(store, job("a", due=7.0), job("b", due=3.5), job("c"))
        with store.read() as tx:
            assert tx.next_due(["Job"]) == 3.5

    def test_the_holder_writes_with_the_version_it_was_given_and_the_lease_ends(self, store: Store) -> None:
        (stored,) = put(store, job("a", due=1.0))
        with store.write() as tx:
            (claimed,) = tx.claim_due(["Job"], 10.0, 60, 9)
        assert claimed == stored
        with store.write() as tx:
            tx.update(claimed.evolve(due=11.0))
            assert tx.next_due(["Job"]) == 11.0
            assert len(tx.claim_due(["Job"], 11.0, 60, 9)) == 1

    def test_each_kind_has_its_share_of_a_claim(self, store: Store) -> None:
        put(store, *(Record("Schedule", HERE, f"s{n}", due=float(n)) for n in range(50)))
        put(store, *(job(f"j{n}", due=60.0 + n) for n in range(3)), Record("Alarm", HERE, "a", due=70.0))
        kinds = ["Schedule", "Job", "Alarm", "None"]
        with store.write() as tx:
            claimed = tx.claim_due(kinds, 100.0, 60, 8)
            assert [record.id for record in claimed] == ["s0", "s1", "s2", "s3", "j0", "j1", "j2", "a"]
            assert [record.id for record in tx.claim_due(kinds, 100.0, 60, 2)] == ["s4", "s5"]

    def test_what_does_not_divide_goes_to_the_first_kinds(self, store: Store) -> None:
        put(store, *(Record(kind, HERE, f"{n}", due=1.0) for kind in "ABC" for n in range(4)))
        with store.write() as tx:
            for kinds, served in (("ABC", "A"), ("BCA", "B"), ("CAB", "AC"), ("ABC", "ABC"), ("BAC", "ABBC")):
                claimed = tx.claim_due(list(kinds), 10.0, 60, len(served))
                assert "".join(sorted(record.kind for record in claimed)) == served

    def test_postponing_moves_the_moment_and_nothing_else(self, store: Store) -> None:
        (stored,) = put(store, job("a", due=1.0, doc={"A": 1}))
        with store.write() as tx:
            (claimed,) = tx.claim_due(["Job"], 10.0, 60, 9)
            later = tx.postpone(claimed, 20.0)
            assert later == stored.evolve(due=20.0) == tx.get("Job", HERE, "a")
            assert tx.next_due(["Job"]) == 20.0, "the lease has ended"
            tx.update(stored.evolve(status="Stopping"))  # what was read before may still be written
        with pytest.raises(Stale), store.write() as tx:
            tx.postpone(later, 30.0)
        with store.write() as tx:
            seen = tx.get("Job", HERE, "a")
            assert seen is not None
            assert tx.postpone(seen, None).due is None
            assert tx.next_due(["Job"]) is None

    def test_hastening_leaves_leases_and_versions_alone(self, store: Store) -> None:
        put(store, job("held", due=1.0), job("free", due=50.0), job("never"))
        with store.write() as tx:
            tx.claim_due(["Job"], 10.0, 5, 9)
            for name in ("held", "free", "never", "none"):
                tx.hasten("Job", HERE, name, 10.0)
            assert [record.id for record in tx.claim_due(["Job"], 10.0, 5, 9)] == ["free"]
            assert [record.version for record in tx.list("Job", HERE)] == [1, 1, 1]

    def test_leases_are_ended_and_all_is_hastened_by_kind(self, store: Store) -> None:
        put(store, job("a", due=1.0), job("b", due=100.0), Record("Model", HERE, "m", due=1.0))
        with store.write() as tx:
            tx.end_leases([])
            tx.hasten_all([], 0.0)
            tx.claim_due(["Job", "Model"], 10.0, 60, 9)
            tx.end_leases(["Job"])
            assert [record.id for record in tx.claim_due(["Job", "Model"], 10.0, 60, 9)] == ["a"]
            tx.hasten_all(["Job"], 10.0)
            assert sorted(record.id for record in tx.claim_due(["Job", "Model"], 10.0, 60, 9)) == ["a", "b"]

    def test_business_time_makes_due_what_waits_for_it(self, store: Store) -> None:
        put(
            store,
            job("a", until=100.0),
            job("b", until=200.0),
            job("c", due=50.0),
            job("d", due=30.0, until=90.0),
        )
        with store.write() as tx:
            assert tx.next_due(["Job"]) == 30.0
            assert tx.next_due(["Job"], ahead=75.0) == 15.0, "by the machine's clock"
            assert tx.claim_due(["Job"], 10.0, 5, 9) == []
            claimed = tx.claim_due(["Job"], 10.0, 5, 9, ahead=90.0)
        assert [(record.id, record.due, record.until) for record in claimed] == [
            ("a", 10.0, None),
            ("d", 10.0, None),
        ]

    def test_a_jump_ends_no_lease(self, store: Store) -> None:
        put(store, job("was waiting", until=100.0), job("was due", due=1.0, until=5_000.0))
        with store.write() as tx:
            assert len(tx.claim_due(["Job"], 10.0, 5, 9, ahead=90.0)) == 2
            assert tx.claim_due(["Job"], 14.9, 5, 9, ahead=1e9) == []
            assert len(tx.claim_due(["Job"], 15.0, 5, 9, ahead=1e9)) == 2, "their holder is dead"

    def test_a_claim_takes_no_more_than_it_may(self, store: Store) -> None:
        put(store, *(job(f"d{n}", due=1.0) for n in range(2)), *(job(f"u{n}", until=1.0) for n in range(3)))
        with store.write() as tx:
            assert [len(tx.claim_due(["Job"], 10.0, 60, limit)) for limit in (1, 2, 9)] == [1, 2, 2]

    def test_what_waits_for_business_time_is_postponed_and_hastened(self, store: Store) -> None:
        (stored,) = put(store, job("a", until=100.0))
        with store.write() as tx:
            later = tx.postpone(stored, None, 200.0)
            assert later == stored.evolve(until=200.0) == tx.get("Job", HERE, "a")
            tx.hasten("Job", HERE, "a", 10.0)
            (claimed,) = tx.claim_due(["Job"], 10.0, 60, 9)
            tx.update(claimed.evolve(due=None, until=300.0))
            assert tx.next_due(["Job"]) == 300.0
            tx.hasten_all(["Job"], 10.0)
            assert len(tx.claim_due(["Job"], 10.0, 60, 9)) == 1

    def test_two_claimers_never_get_the_same(self, store: Store, backend: Backend) -> None:
        put(store, *(job(f"{n:04}", due=float(n % 50)) for n in range(300)))
        both = [Process(backend.address, "claim", "x") for _ in range(2)]
        for process in both:
            process.go()
        claimed = [process.rest() for process in both]
        assert sorted(claimed[0] + claimed[1]) == [f"{n:04}" for n in range(300)]


class TestTagsAndTokens:
    def test_tags(self, store: Store) -> None:
        with store.write() as tx:
            tx.tag("arn:a", {"b": "1", "a": "", "é": "ü"})
            tx.tag("arn:a", {"b": "2"})
            tx.tag("arn:b", {})
            tx.untag("arn:a", ["a", "none"])
        with store.read() as tx:
            assert tx.tags("arn:a") == {"b": "2", "é": "ü"}
            assert tx.tags("arn:b") == {}

    def test_a_token_remembers_its_result_by_scope_and_operation(self, store: Store) -> None:
        with store.write() as tx:
            assert tx.once(HERE, "CreateJob", "t") is None
            tx.remember(HERE, "CreateJob", "t", {"JobArn": "arn:a"})
            tx.remember(HERE, "CreateJob", "t", {"JobArn": "arn:b"})
        with store.read() as tx:
            assert tx.once(HERE, "CreateJob", "t") == {"JobArn": "arn:b"}
            assert tx.once(THERE, "CreateJob", "t") is None
            assert tx.once(HERE, "StopJob", "t") is None


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


class TestTransactions:
    def test_all_or_nothing(self, store: Store) -> None:
        with pytest.raises(KeyError), store.write() as tx:  # noqa: PT012
            tx.insert(job("a"))
            tx.tag("arn:a", {"k": "v"})
            raise KeyError
        assert names(store) == []
        put(store, job("a"))

    def test_a_reader_sees_a_snapshot(self, store: Store) -> None:
        put(store, job("a"))
        with store.read() as tx:
            assert len(tx.list("Job", HERE)) == 1
            put(store, job("b"))
            assert len(tx.list("Job", HERE)) == 1
        assert names(store) == ["a", "b"]

    def test_a_reader_cannot_write(self, store: Store) -> None:
        with pytest.raises(Exception, match=r"(?i)read-?only"), store.read() as tx:
            tx.insert(job("a"))
        assert names(store) == []

    def test_readers_nest(self, store: Store) -> None:
        put(store, job("a"))
        with store.read() as outer, store.read() as inner:
            assert outer.get("Job", HERE, "a") == inner.get("Job", HERE, "a")

    def test_a_writer_reads_its_own_writes_and_a_reader_beside_it_does_not(self, store: Store) -> None:
        with store.write() as tx:
            tx.insert(job("a"))
            assert tx.get("Job", HERE, "a") is not None
            assert names(store) == []

    def test_a_thread_that_writes_cannot_wait_for_itself(self, store: Store) -> None:
        with store.write(), pytest.raises(RuntimeError, match="already"), store.write():
            pass
        put(store, job("a"))

    def test_a_transaction_is_of_no_use_when_it_is_over(self, store: Store) -> None:
        kept: list[Tx] = []
        with store.write() as tx:
            kept.append(tx)
        with store.read() as tx:
            kept.append(tx)
        for tx in kept:
            with pytest.raises(RuntimeError, match="over"):
                tx.get("Job", HERE, "a")

    def test_another_store_over_the_same_place_sees_what_is_committed(
        self, store: Store, backend: Backend
    ) -> None:
        put(store, job("a"))
        assert names(backend.again()) == ["a"]


class TestRun:
    def test_results_and_errors_come_back(self, store: Store) -> None:
        async def main() -> None:
            stored = await store.run(lambda tx: tx.insert(job("a")), write=True)
            assert await store.run(lambda tx: tx.get("Job", HERE, "a"), write=False) == stored
            with pytest.raises(Exists):
                await store.run(lambda tx: tx.insert(job("a")), write=True)
            with pytest.raises(ZeroDivisionError):
                await store.run(lambda tx: 1 / 0, write=False)

        asyncio.run(main())

    def test_one_that_fails_among_many_fails_alone(self, store: Store) -> None:
        def work(n: int) -> Callable[[Tx], int]:
            def insert(tx: Tx) -> int:
                tx.insert(job(f"{n:03}"))
                if n % 7 == 0:
                    raise KeyError(n)
                return n

            return insert

        async def main() -> list[Any]:
            works = (store.run(work(n), write=True) for n in range(200))
            return await asyncio.gather(*works, return_exceptions=True)

        outcomes = asyncio.run(main())
        good = [n for n in range(200) if n % 7]
        assert [n for n, outcome in enumerate(outcomes) if outcome == n] == good
        assert all(isinstance(outcomes[n], KeyError) for n in range(0, 200, 7))
        assert names(store, order="id", limit=500) == [f"{n:03}" for n in good]

    def test_check_then_write_is_safe_among_many(self, store: Store) -> None:
        put(store, job("n", doc={"N": 0}))

        def add(tx: Tx) -> None:
            record = tx.get("Job", HERE, "n")
            assert record is not None
            tx.update(record.evolve(doc={"N": record.doc["N"] + 1}))

        async def main() -> None:
            await asyncio.gather(*(store.run(add, write=True) for _ in range(30)))

        asyncio.run(main())
        with store.read() as tx:
            assert tx.get("Job", HERE, "n").doc == {"N": 30}  # type: ignore[union-attr]

    def test_who_stops_waiting_harms_nobody(self, store: Store) -> None:
        async def main() -> None:
            impatient = asyncio.create_task(store.run(lambda tx: tx.insert(job("a")), write=True))
            await asyncio.sleep(0)
            impatient.cancel()
            await store.run(lambda tx: tx.insert(job("b")), write=True)

        asyncio.run(main())
        assert "b" in names(store)


class TestProcesses:
    def test_compare_and_set_between_processes(self, store: Store, backend: Backend) -> None:
        put(store, Record("Counter", HERE, "c", doc={"Number": 0}))
        both = [Process(backend.address, "count", "c", "100") for _ in range(2)]
        for process in both:
            process.go()
        for process in both:
            assert process.rest() == []
        with store.read() as tx:
            counter = tx.get("Counter", HERE, "c")
        assert counter is not None
        assert (counter.doc, counter.version) == ({"Number": 200}, 201)

    def test_two_processes_make_the_tables_at_once(self, backend: Backend) -> None:
        both = [Process.__new__(Process) for _ in range(2)]
        for process in both:
            process._child = subprocess.Popen(
                [sys.executable, "-m", "tests.store.writer", backend.address, "claim", "x"],
                cwd=REPO,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        for process in both:
            assert process.line() == "ready"
            process.go()
            assert process.rest() == []

    @pytest.mark.recovery
    def test_every_acknowledged_write_outlives_kill_9(self, store: Store, backend: Backend) -> None:
        """Killed at random moments; what it had said was written is there, whole, and others can go on writing."""
        chance = random.Random(9)
        acknowledged: set[str] = set()
        for round in range(5):
            process = Process(backend.address, "insert", f"r{round}")
            process.go()
            told = [process.line() for _ in range(chance.randrange(1, 400))]
            acknowledged.update(told, process.kill())
            put(store, job(f"after-{round}"))
        with store.read() as tx:
            found = {r.id: r for r in tx.list("Thing", HERE, Query(limit=100_000))}
        assert acknowledged <= found.keys()
        assert all(r.id.endswith(f"-{r.doc['Lane']}-{r.doc['N']}") for r in found.values())
        assert len(names(store)) == 5
