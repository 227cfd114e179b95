"""What every Store promises of leases: who works at a record, and from when it is due."""

from __future__ import annotations

import pytest

from clary.store.api import Record, Stale, Store
from tests.conformance.stores.entries import Process, job, put
from tests.support.stores import HERE, Backend


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
