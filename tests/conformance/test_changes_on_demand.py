"""What every Store promises of changes that are written on demand (clary.store.interest), written once and run for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clary.store.api import Record, Store, Tx
from tests.support.stores import HERE, Backend


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    return backend.again(clock=lambda: 1234.5)


def package(name: str) -> Record:
    return Record("Package", HERE, name, arn=f"arn:{name}")


def write(store: Store, *works: Callable[[Tx], Any]) -> list[Any]:
    with store.write() as tx:
        return [work(tx) for work in works]


def oldest(store: Store) -> int:
    with store.read() as tx:
        return tx.changes(0, 1)[0].number


class TestWhatIsWrittenOnDemand:
    """Changes that a service writes only where somebody wants them (store/interest.py)."""

    KIND = "s3:Object"

    def wanted(self, store: Store, subject: str = "") -> bool:
        with store.read() as tx:
            return tx.is_wanted(self.KIND, subject)

    def test_nobody_wants_anything_at_first(self, store: Store) -> None:
        assert not self.wanted(store)
        write(store, lambda tx: tx.want("a", "s3:Bucket"))
        assert not self.wanted(store)

    def test_all_of_a_kind_until_the_last_interest_ends(self, store: Store) -> None:
        write(store, lambda tx: tx.want("a", self.KIND), lambda tx: tx.want("b", self.KIND))
        assert self.wanted(store)
        assert self.wanted(store, "bucket")
        write(store, lambda tx: tx.want("a", self.KIND, seconds=0))
        assert self.wanted(store)
        write(store, lambda tx: tx.want("b", self.KIND, seconds=0))
        assert not self.wanted(store)

    def test_one_subject(self, store: Store) -> None:
        write(store, lambda tx: tx.want("a", self.KIND, "bucket"))
        assert self.wanted(store, "bucket")
        assert not self.wanted(store, "other")
        assert not self.wanted(store)
        write(store, lambda tx: tx.want("a", self.KIND, "bucket", seconds=0))
        assert not self.wanted(store, "bucket")

    def test_a_followers_interest_ends_and_is_tidied_away(self, backend: Backend) -> None:
        now = [100.0]
        store = backend.again(clock=lambda: now[0])
        write(store, lambda tx: tx.want("follower", self.KIND, seconds=60.0))
        now[0] = 130.0
        with store.read() as tx:
            assert tx.is_wanted(self.KIND)
            assert (tx.seconds_wanted("follower", self.KIND), tx.seconds_wanted("x", self.KIND)) == (30.0, 0)
        now[0] = 160.0
        with store.write() as tx:
            assert not tx.is_wanted(self.KIND)
            assert tx.seconds_wanted("follower", self.KIND) == 0
            tx.trim_changes()
            assert tx.sql("select count(*) from interest") == [(0,)]

    def test_a_transaction_that_is_undone_wants_nothing(self, store: Store) -> None:
        def fail(tx: Tx) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write(store, lambda tx: tx.want("a", self.KIND), fail)
        assert not self.wanted(store)

    def test_a_consumer_that_is_there_begins_at_the_oldest_change_and_keeps_its_place(
        self, store: Store
    ) -> None:
        write(store, *(lambda tx, n=n: tx.insert(package(f"{n}")) for n in range(5)))
        write(store, lambda tx: tx.trim_changes(keep=3))
        first = oldest(store)
        write(store, lambda tx: tx.enroll("events", [self.KIND]))
        with store.read() as tx:
            assert (tx.position("events"), tx.is_wanted(self.KIND)) == (first - 1, True)
        write(store, lambda tx: tx.advance("events", first), lambda tx: tx.enroll("events", [self.KIND]))
        with store.read() as tx:
            assert tx.position("events") == first

    def test_what_it_has_asked_for_itself_stays_when_it_starts_again(self, store: Store) -> None:
        write(store, lambda tx: tx.enroll("events", ["x:Y"]), lambda tx: tx.want("events", self.KIND))
        write(store, lambda tx: tx.enroll("events"))  # registered for other kinds than before
        with store.read() as tx:
            assert (tx.is_wanted(self.KIND), tx.is_wanted("x:Y")) == (True, False)
            assert tx.seconds_wanted("events", self.KIND) == float("inf")

    def test_one_that_begins_with_an_empty_feed_sees_the_first_change(self, store: Store) -> None:
        write(store, lambda tx: tx.enroll("events"), lambda tx: tx.insert(package("a")))
        with store.read() as tx:
            assert [one.id for one in tx.changes(tx.position("events") or 0, 10)] == ["a"]

    def test_nothing_is_written_any_more_for_one_that_is_dropped(self, store: Store) -> None:
        write(store, lambda tx: tx.enroll("dead", [self.KIND]), lambda tx: tx.want("dead", self.KIND, "b"))
        write(store, *(lambda tx, n=n: tx.insert(package(f"{n:02}")) for n in range(20)))
        (trimmed,) = write(store, lambda tx: tx.trim_changes(most=15, silent=0))
        assert [one.name for one in trimmed.lapsed] == ["dead"]
        assert not self.wanted(store, "b")
