"""What every Store promises of its change feed (clary.store.api), written once and run for each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clary.store.api import Change, Lapsed, Record, Stale, Store, Tx
from clary.store.feed import Observe
from tests.support.stores import HERE, Backend

OBSERVED = {"Package": Observe(("Approval", "Stage"), tags=True)}


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    return backend.again(observed=OBSERVED, clock=lambda: 1234.5)


def package(name: str, **more: Any) -> Record:
    return Record("Package", HERE, name, arn=f"arn:{name}", **more)


def write(store: Store, *works: Callable[[Tx], Any]) -> list[Any]:
    with store.write() as tx:
        return [work(tx) for work in works]


def changes(store: Store, after: int = 0, limit: int = 1000, kinds: list[str] | None = None) -> list[Change]:
    with store.read() as tx:
        return tx.changes(after, limit, kinds)


def told(store: Store, after: int = 0) -> list[tuple[str, str, Any, Any]]:
    """What, of which record, what was seen before and after; without the numbers."""
    return [(one.what, one.id, one.view["old"], one.view["new"]) for one in changes(store, after)]


class TestWhatIsWritten:
    def test_the_life_of_a_record(self, store: Store) -> None:
        (record,) = write(store, lambda tx: tx.insert(Record("Job", HERE, "a", "arn:a", "InProgress")))
        (record,) = write(store, lambda tx: tx.update(record.evolve(status="Completed")))
        write(store, lambda tx: tx.delete(record))
        assert told(store) == [
            ("created", "a", None, {"status": "InProgress"}),
            ("updated", "a", {"status": "InProgress"}, {"status": "Completed"}),
            ("deleted", "a", {"status": "Completed"}, None),
        ]
        first = changes(store)[0]
        assert (first.kind, first.scope, first.arn, first.at) == ("Job", HERE, "arn:a", 1234.5)

    def test_an_update_that_nobody_observes_is_not_told(self, store: Store) -> None:
        (record,) = write(store, lambda tx: tx.insert(package("a", doc={"Approval": "Pending", "_n": 1})))
        (record,) = write(
            store, lambda tx: tx.update(record.evolve(doc={"Approval": "Pending", "_n": 2}, modified=9.0))
        )
        write(store, lambda tx: tx.postpone(record, 7.0))
        assert [what for what, *_ in told(store)] == ["created"]

    def test_members_are_told_with_what_they_were(self, store: Store) -> None:
        """Whichever of them differs, all are told: who comes late sees the record as it was at that moment."""
        doc = {"Approval": "Pending", "Stage": {"Name": "dev"}, "Other": 1}
        (record,) = write(store, lambda tx: tx.insert(package("a", doc=doc)))
        write(store, lambda tx: tx.update(record.evolve(doc={"Approval": "Approved", "Other": 2})))
        (_, (what, _, old, new)) = told(store)
        assert what == "updated"
        assert old == {"status": "", "members": {"Approval": "Pending", "Stage": {"Name": "dev"}}, "tags": {}}
        assert new == {"status": "", "members": {"Approval": "Approved"}, "tags": {}}

    def test_tags_are_told_where_they_are_observed(self, store: Store) -> None:
        write(
            store,
            lambda tx: tx.insert(package("a")),
            lambda tx: tx.tag("arn:a", {"team": "x", "stage": "dev"}),
            lambda tx: tx.tag("arn:a", {"team": "x"}),  # nothing new
            lambda tx: tx.untag("arn:a", ["stage", "none"]),
            lambda tx: tx.insert(Record("Job", HERE, "j", "arn:j")),
            lambda tx: tx.tag("arn:j", {"team": "x"}),
            lambda tx: tx.tag("arn:of-nothing", {"team": "x"}),
            lambda tx: tx.tag("", {"team": "x"}),
        )
        found = [
            (what, id, old and old.get("tags"), new and new.get("tags")) for what, id, old, new in told(store)
        ]
        assert found == [
            ("created", "a", None, {}),
            ("tagged", "a", {}, {"team": "x", "stage": "dev"}),
            ("tagged", "a", {"team": "x", "stage": "dev"}, {"team": "x"}),
            ("created", "j", None, None),
        ]

    def test_a_deleted_record_tells_its_last_tags(self, store: Store) -> None:
        (record, _) = write(
            store, lambda tx: tx.insert(package("a")), lambda tx: tx.tag("arn:a", {"team": "x"})
        )
        write(store, lambda tx: tx.delete(record))
        assert told(store)[-1] == ("deleted", "a", {"status": "", "members": {}, "tags": {"team": "x"}}, None)

    def test_a_parent_is_told(self, store: Store) -> None:
        write(store, lambda tx: tx.insert(Record("Job", HERE, "a", status="Completed", parent="arn:tuning")))
        assert told(store) == [("created", "a", None, {"status": "Completed", "parent": "arn:tuning"})]

    def test_old_documents_are_seen_in_their_latest_form(self, store: Store, backend: Backend) -> None:
        write(store, lambda tx: tx.insert(package("a", doc={"Approval": "Pending"})))
        newer = backend.again(observed=OBSERVED, upgrades={"Package": [lambda doc: doc | {"Stage": "dev"}]})
        with newer.write() as tx:
            record = tx.get("Package", HERE, "a")
            assert record is not None
            tx.update(record.evolve(doc=record.doc | {"Approval": "Approved"}))
        assert told(store)[-1][2]["members"] == {"Approval": "Pending", "Stage": "dev"}

    def test_a_service_writes_changes_of_its_own(self, store: Store) -> None:
        view = {"Key": "é/1", "Size": 3}
        write(
            store,
            lambda tx: tx.changed("s3:Object", HERE, "b/é/1", "arn:aws:s3:::b/é/1", "Object Created", view),
        )
        (one,) = changes(store)
        assert one == Change(
            one.number, "s3:Object", HERE, "b/é/1", "arn:aws:s3:::b/é/1", "Object Created", view, 1234.5
        )

    def test_what_is_undone_is_not_told(self, store: Store) -> None:
        with pytest.raises(KeyError), store.write() as tx:  # noqa: PT012
            tx.insert(package("a"))
            raise KeyError
        assert changes(store) == []

    def test_what_is_undone_among_writes_that_share_a_commit_is_not_told(self, store: Store) -> None:
        def work(n: int) -> Callable[[Tx], None]:
            def insert(tx: Tx) -> None:
                tx.insert(package(f"{n:03}"))
                if n % 3 == 0:
                    raise KeyError(n)

            return insert

        async def main() -> None:
            works = (store.run(work(n), write=True) for n in range(60))
            await asyncio.gather(*works, return_exceptions=True)

        asyncio.run(main())
        assert sorted(one.id for one in changes(store)) == [f"{n:03}" for n in range(60) if n % 3]

    def test_a_transaction_sees_its_own_changes(self, store: Store) -> None:
        with store.write() as tx:
            tx.insert(package("a"))
            assert [one.id for one in tx.changes(0, 10)] == ["a"]
            tx.insert(package("b"))
            assert tx.newest_change() == tx.changes(0, 10)[-1].number

    def test_a_stale_write_tells_nothing(self, store: Store) -> None:
        (record,) = write(store, lambda tx: tx.insert(package("a")))
        write(store, lambda tx: tx.update(record))
        for verb in ("update", "delete"):
            with pytest.raises(Exception, match="changed or deleted"), store.write() as tx:
                getattr(tx, verb)(record.evolve(status="X"))
        assert len(changes(store)) == 1


class TestWhatIsRead:
    def test_pages_and_kinds(self, store: Store) -> None:
        write(store, *(lambda tx, n=n: tx.insert(Record("AB"[n % 2], HERE, str(n))) for n in range(10)))
        seen: list[str] = []
        after = 0
        while page := changes(store, after, limit=3):
            seen += [one.id for one in page]
            after = page[-1].number
        assert seen == [str(n) for n in range(10)]
        assert [one.id for one in changes(store, 0, 3, ["B", "None"])] == ["1", "3", "5"]
        assert changes(store, 0, 3, []) == []

    def test_the_newest_number(self, store: Store) -> None:
        with store.read() as tx:
            assert tx.newest_change() == 0
        write(store, lambda tx: tx.insert(package("a")), lambda tx: tx.insert(package("b")))
        with store.read() as tx:
            assert tx.newest_change() == tx.changes(0, 10)[-1].number

    def test_numbers_grow_and_records_keep_their_order_whoever_writes(
        self, store: Store, backend: Backend
    ) -> None:
        """Two stores as two processes would have them, several threads each; a reader goes along and misses nothing."""
        other = backend.again(observed=OBSERVED)
        going = threading.Event()
        seen: list[Change] = []

        def follow() -> None:
            over = False
            while not over:
                over = not going.is_set()  # one more round after the last writer
                found = changes(store, seen[-1].number if seen else 0, limit=7)
                seen.extend(found)
                over = over and not found

        def count(where: Store, name: str) -> None:
            async def main() -> None:
                record = await where.run(
                    lambda tx: tx.insert(Record("Job", HERE, name, status="0")), write=True
                )
                for n in range(1, 15):
                    record = await where.run(
                        lambda tx, r=record, n=n: tx.update(r.evolve(status=str(n))), write=True
                    )

            asyncio.run(main())

        going.set()
        reader = threading.Thread(target=follow)
        writers = [
            threading.Thread(target=count, args=(where, f"{at}-{n}"))
            for at, where in enumerate((store, other))
            for n in range(3)
        ]
        for thread in (reader, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        going.clear()
        reader.join()
        assert [one.number for one in seen] == sorted({one.number for one in seen})
        for name in {one.id for one in seen}:
            statuses = [one.view["new"]["status"] for one in seen if one.id == name]
            assert statuses == [str(n) for n in range(15)], name
        assert len(seen) == 6 * 15


class TestConsumers:
    def test_a_position_outlives_the_store(self, store: Store, backend: Backend) -> None:
        with store.write() as tx:
            assert tx.position("events") is None
            tx.advance("events", 7)
        with backend.again().read() as tx:
            assert (tx.position("events"), tx.position("config")) == (7, None)

    def test_it_never_goes_back(self, store: Store) -> None:
        write(store, lambda tx: tx.advance("events", 7), lambda tx: tx.advance("events", 5))
        with store.read() as tx:
            assert tx.position("events") == 7

    def test_a_position_is_taken_by_one_transaction_at_a_time(self, store: Store) -> None:
        """Another that wants it waits for the first, and then sees what that did or is refused (Stale)."""
        write(store, lambda tx: tx.advance("events", 7))
        found: list[int | None] = []

        def other() -> None:
            try:
                with store.write() as tx:
                    found.append(tx.take_position("events"))
            except Stale:
                found.append(None)

        thread = threading.Thread(target=other)
        with store.write() as tx:
            assert tx.take_position("events") == 7
            thread.start()
            tx.advance("events", 8)
            assert found == []
        thread.join(20)
        assert found in ([8], [None])
        assert write(store, lambda tx: tx.take_position("new")) == [0]

    def test_who_listens_hears_of_commits_that_changed_something(self, store: Store) -> None:
        heard: list[int] = []
        store.listen(lambda: heard.append(len(changes(store))))  # after the commit, so that it can be read
        (record,) = write(store, lambda tx: tx.insert(package("a")))
        asyncio.run(store.run(lambda tx: tx.delete(record), write=True))
        assert heard == [1, 2]
        write(store, lambda tx: tx.advance("events", 1))
        with pytest.raises(KeyError), store.write() as tx:  # noqa: PT012
            tx.insert(package("b"))
            raise KeyError
        assert heard == [1, 2]

    def test_a_listener_that_fails_undoes_nothing(self, store: Store) -> None:
        store.listen(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        write(store, lambda tx: tx.insert(package("a")))
        assert len(changes(store)) == 1

    def test_what_was_not_done_is_read_again(self, store: Store) -> None:
        """At least once: a consumer that dies between reading and the commit finds the same changes."""
        write(store, lambda tx: tx.insert(package("a")))
        for _ in range(2):
            with pytest.raises(KeyError), store.write() as tx:  # noqa: PT012
                (one,) = tx.changes(tx.position("events") or 0, 10)
                tx.advance("events", one.number)
                raise KeyError
        with store.write() as tx:
            (one,) = tx.changes(tx.position("events") or 0, 10)
            tx.advance("events", one.number)
        with store.read() as tx:
            assert tx.changes(tx.position("events") or 0, 10) == []


class TestTrimming:
    @pytest.fixture
    def numbers(self, store: Store) -> list[int]:
        """Those of twenty changes."""
        write(store, *(lambda tx, n=n: tx.insert(package(f"{n:02}")) for n in range(20)))
        return [one.number for one in changes(store)]

    def _left(self, store: Store) -> list[int]:
        return [one.number for one in changes(store)]

    def test_what_all_have_read_goes(self, store: Store, numbers: list[int]) -> None:
        write(store, lambda tx: tx.advance("a", numbers[4]), lambda tx: tx.advance("b", numbers[9]))
        (trimmed,) = write(store, lambda tx: tx.trim_changes(keep=0))
        assert (trimmed.deleted, trimmed.lapsed, trimmed.more) == (5, (), False)
        assert self._left(store) == numbers[5:]

    def test_the_newest_are_kept_for_people(self, store: Store, numbers: list[int]) -> None:
        write(store, lambda tx: tx.advance("a", numbers[9]), lambda tx: tx.trim_changes(keep=15))
        assert self._left(store) == numbers[-15:]

    def test_the_newest_stays_and_numbers_go_on(self, store: Store, numbers: list[int]) -> None:
        write(store, lambda tx: tx.advance("a", numbers[-1]), lambda tx: tx.trim_changes(keep=0))
        assert self._left(store) == numbers[-1:]
        with store.read() as tx:
            assert tx.newest_change() == numbers[-1]
        write(store, lambda tx: tx.insert(package("more")))
        assert self._left(store)[-1] > numbers[-1]

    def test_without_consumers_the_newest_are_kept(self, store: Store, numbers: list[int]) -> None:
        write(store, lambda tx: tx.trim_changes(keep=6))
        assert self._left(store) == numbers[-6:]

    def test_one_that_is_too_far_behind_is_dropped_and_named(self, store: Store, numbers: list[int]) -> None:
        write(store, lambda tx: tx.advance("dead", numbers[0]), lambda tx: tx.advance("alive", numbers[-3]))
        (trimmed,) = write(store, lambda tx: tx.trim_changes(keep=0, most=15, silent=0))
        assert trimmed.lapsed == (Lapsed("dead", 19),)
        assert self._left(store) == numbers[-2:]
        with store.read() as tx:
            assert (tx.position("dead"), tx.position("alive")) == (None, numbers[-3])
        (again,) = write(store, lambda tx: tx.trim_changes(most=15))
        assert again.lapsed == ()

    def test_one_that_is_slow_keeps_more_but_not_everything(self, store: Store, numbers: list[int]) -> None:
        """It has advanced less than `silent` seconds ago: a burst of changes is no reason to drop it."""
        write(store, lambda tx: tx.advance("slow", numbers[0]))
        (trimmed,) = write(store, lambda tx: tx.trim_changes(keep=0, most=2))
        assert trimmed.lapsed == ()
        assert self._left(store) == numbers[1:]
        (trimmed,) = write(store, lambda tx: tx.trim_changes(keep=0, most=1))
        assert trimmed.lapsed == (Lapsed("slow", 19),)

    def test_one_transaction_deletes_a_bounded_number(
        self, store: Store, numbers: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("clary.store.feed._MOST_AT_ONCE", 8)
        write(store, lambda tx: tx.advance("a", numbers[-2]))
        seen = [write(store, lambda tx: tx.trim_changes(keep=0))[0] for _ in range(3)]
        assert [(one.deleted, one.more) for one in seen] == [(8, True), (8, True), (3, False)]

    def test_an_empty_feed_is_left_alone(self, store: Store) -> None:
        (trimmed,) = write(store, lambda tx: tx.trim_changes())
        assert trimmed.deleted == 0
