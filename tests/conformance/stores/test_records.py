"""What every Store promises of records, their tags and their tokens (clary.store.api)."""

from __future__ import annotations

import pytest

from clary.store.api import Exists, Record, Stale, Store
from tests.conformance.stores.entries import job, names, put
from tests.support.stores import HERE, THERE, Backend


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
