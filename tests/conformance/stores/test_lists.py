"""What every Store promises of lists: filters, orders, pages."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import Move
from clary.store.api import NO_NUMBER, AllOf, AnyOf, Query, Record, Stale, Store
from tests.conformance.stores.entries import job, names, put
from tests.support.stores import HERE, THERE


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

    @pytest.mark.parametrize("descending", [False, True])
    def test_order_by_a_number_of_the_document(self, store: Store, descending: bool) -> None:
        """Those without a number come first, whatever they have in its place; pages go on at a value and an id."""
        values: list[Any] = [2, None, 1.5, "3", -4, True, 1e300, 1.5, {"x": 1}]
        put(store, *(job(f"j{n}", doc={"spec": {"a b": {"n": value}}}) for n, value in enumerate(values)))
        sort = [
            NO_NUMBER if isinstance(v, bool) or not isinstance(v, int | float) else float(v) for v in values
        ]
        wanted = sorted(((value, f"j{n}") for n, value in enumerate(sort)), reverse=descending)
        asked: dict[str, Any] = {"order": "doc.spec.a b.n", "descending": descending}
        assert names(store, **asked) == [name for _, name in wanted]
        found: list[str] = []
        after: tuple[Any, str] | None = None
        while page := names(store, **asked, after=after, limit=2):
            found += page
            after = next(one for one in wanted if one[1] == page[-1])
        assert found == [name for _, name in wanted]

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
