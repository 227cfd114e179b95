"""What every Store promises of transactions, and of work that is run beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from clary.store.api import Exists, Store, Tx
from tests.conformance.stores.entries import job, names, put
from tests.support.stores import HERE, Backend


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
            with pytest.raises(RuntimeError, match="has ended"):
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
