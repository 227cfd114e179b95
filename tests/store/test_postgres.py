"""What is PostgreSQL's own: connections that die, transactions that meet."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from clary.store.api import Record, Stale, Store, Tx
from clary.store.open import open_store
from tests.store.cluster import cluster
from tests.support.waiting import until

pytestmark = pytest.mark.postgres
SCOPE = "111122223333/us-east-1"


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    with cluster() as dsn:
        yield dsn


@pytest.fixture
def store(dsn: str) -> Iterator[Any]:
    store = open_store(dsn)
    store.wipe()
    yield store
    store.close()


def put(store: Store, name: str, **doc: Any) -> Record:
    with store.write() as tx:
        return tx.insert(Record("Thing", SCOPE, name, doc=doc))


def test_connections_that_the_server_dropped_are_replaced(store: Any) -> None:
    import psycopg

    put(store, "a")
    with psycopg.connect(store._dsn, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'clary'"
        )
    put(store, "b")
    with store.read() as tx:
        assert len(tx.list("Thing", SCOPE)) == 2


def test_tables_of_others_in_the_database_are_left_alone(store: Any) -> None:
    import psycopg

    with psycopg.connect(store._dsn, autocommit=True) as admin:
        admin.execute("create table if not exists public.theirs (a int)")
        admin.execute("insert into public.theirs values (1)")
        store.wipe()
        assert admin.execute("select count(*) from public.theirs").fetchone() == (1,)
        admin.execute("drop table public.theirs")


def test_what_came_in_between_makes_run_do_the_work_again(store: Any) -> None:
    """Write skew: each looks at the other's record and writes its own. One of them must see what the other did."""
    put(store, "a", On=True)
    put(store, "b", On=True)
    both_have_read = threading.Barrier(2, timeout=20)
    tries: list[str] = []

    def switch_off(mine: str, other: str) -> Any:
        def work(tx: Tx) -> bool:
            tries.append(mine)
            mate, own = tx.get("Thing", SCOPE, other), tx.get("Thing", SCOPE, mine)
            assert mate is not None
            assert own is not None
            if len(tries) <= 2:
                both_have_read.wait()
            if not mate.doc["On"]:
                return False
            tx.update(own.evolve(doc={"On": False}))
            return True

        return work

    async def main() -> list[bool]:
        a = store.run(switch_off("a", "b"), write=True)
        b = store.run(switch_off("b", "a"), write=True)
        return await asyncio.gather(a, b)

    assert sorted(asyncio.run(main())) == [False, True]
    assert len(tries) == 3


def test_what_came_in_between_makes_write_stale(store: Any) -> None:
    seen = put(store, "a")
    with pytest.raises(Stale), store.write() as tx:  # noqa: PT012
        tx.get("Thing", SCOPE, "a")
        done = threading.Thread(target=lambda: asyncio.run(store.run(lambda t: t.update(seen), write=True)))
        done.start()
        done.join()
        tx.update(seen)


def test_a_stale_record_is_not_tried_again(store: Any) -> None:
    seen = put(store, "a")
    with store.write() as tx:
        tx.update(seen)
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        tx.update(seen)

    with pytest.raises(Stale):
        asyncio.run(store.run(work, write=True))
    assert len(tries) == 1


def test_a_claimer_passes_over_what_another_is_claiming(store: Any) -> None:
    """It neither waits nor takes the same; should the server refuse the slower of the two, it is Stale."""
    with store.write() as tx:
        for n in range(6):
            tx.insert(Record("Job", SCOPE, str(n), due=float(n)))
    others: list[Record] = []

    def claim() -> None:
        others.extend(asyncio.run(store.run(lambda tx: tx.claim_due(["Job"], 10.0, 60, 3), write=True)))

    with contextlib.suppress(Stale), store.write() as tx:
        mine = tx.claim_due(["Job"], 10.0, 60, 3)
        beside = threading.Thread(target=claim, daemon=True)
        beside.start()
        beside.join(timeout=30)
        assert not beside.is_alive()
    assert [record.id for record in mine] == ["0", "1", "2"]
    assert [record.id for record in others] == ["3", "4", "5"]


class TestChangeFeed:
    """Numbers are given out when a change is written, and seen when it is committed. Without the lock of dialect.py a
    transaction might commit number 5 after another has committed 6 and a reader has gone on behind it."""

    def test_a_number_is_not_seen_before_a_lower_one(self, store: Any) -> None:
        other = open_store(store._dsn)
        beside = threading.Thread(target=put, args=(other, "second"), daemon=True)
        with store.write() as tx:
            tx.insert(Record("Thing", SCOPE, "first"))
            low = tx.newest_change()  # it has its number now, and is not committed
            beside.start()
            until_waiting_for_an_advisory_lock(store)
            assert self._seen(other) == []
        beside.join(timeout=30)
        assert not beside.is_alive()
        seen = self._seen(other)
        assert [one.id for one in seen] == ["first", "second"]
        assert seen[0].number == low < seen[1].number
        other.close()

    def test_transactions_that_change_nothing_observed_do_not_wait(self, store: Any) -> None:
        stored = put(store, "a")
        other = open_store(store._dsn)
        with store.write() as tx:
            tx.insert(Record("Thing", SCOPE, "first"))
            tx.newest_change()
            with other.write() as quick:
                quick.update(stored.evolve(doc={"N": 1}))
        other.close()

    def test_a_transaction_writes_its_changes_at_its_end(self, store: Any) -> None:
        """Until then it holds up nobody, however long it thinks."""
        other = open_store(store._dsn)
        with store.write() as tx:
            tx.insert(Record("Thing", SCOPE, "slow"))
            put(other, "quick")
        assert [one.id for one in self._seen(store)] == ["quick", "slow"]
        other.close()

    def _seen(self, store: Store) -> list[Any]:
        with store.read() as tx:
            return tx.changes(0, 100)


def until_waiting_for_an_advisory_lock(store: Any) -> None:
    import psycopg

    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    with psycopg.connect(store._dsn, autocommit=True) as admin:
        until(lambda: admin.execute(waiting).fetchone() == (1,))
