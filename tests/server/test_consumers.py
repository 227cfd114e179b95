"""Consumers of the change feed: each change is acted on in the transaction that moves the position, in order, by one
process at a time, and a consumer that fails keeps nobody else waiting."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary.kernel import Caller, FakeClock
from clary.plane import Change, Platform, Query, Reaction, Record, Service
from clary.plane.changes import Consumer, React
from clary.server import consumers as loop
from clary.server.consumers import ATTEMPTS, Consumers, Reader
from clary.server.heartbeat import Deadlines
from clary.store.api import Busy
from tests.plane import tiny
from tests.server.dying_consumer import NAME, note
from tests.support.waiting import until

MODEL = "sagemaker:Model"


@pytest.fixture
def small(tmp_path: Path, clock: FakeClock) -> Iterator[Platform]:
    built = tiny.platform(tmp_path, clock, tiny.service())
    yield built
    built.store.close()


def consumer(react: React, name: str = NAME, *kinds: str) -> Consumer:
    return Consumer(name, kinds or (MODEL,), react, "sagemaker.amazonaws.com")


def reader(platform: Platform, react: React, name: str = NAME, *kinds: str) -> Reader:
    return Reader(platform, consumer(react, name, *kinds), Deadlines())


def put(platform: Platform, *names: str, status: str = "") -> None:
    """One transaction for each."""
    for name in names:
        with platform.store.write() as tx:
            tx.insert(Record(MODEL, tiny.SCOPE, name, f"arn:aws:sagemaker:::{name}", status))


def position(platform: Platform, name: str = NAME) -> int:
    with platform.store.read() as tx:
        return tx.position(name) or 0


def notes(platform: Platform) -> list[str]:
    with platform.store.read() as tx:
        return [one.id for one in tx.list("Note", None, Query(order="id", limit=1000))]


class Seen:
    """A consumer that keeps in mind what it was told, and fails as it is told."""

    def __init__(self, *failing: str) -> None:
        self.ids: list[str] = []
        self.failing = set(failing)

    def __call__(self, at: Reaction, change: Change) -> None:
        self.ids.append(change.id)
        note(at, change)
        if change.id in self.failing:
            raise ValueError(f"no {change.id}")


def test_each_change_once_in_order_with_what_it_may_touch(small: Platform) -> None:
    told: list[tuple[str, str, str, Caller]] = []

    def react(at: Reaction, change: Change) -> None:
        assert at.change is change
        told.append((change.id, at.account, at.region, at.service))

    put(small, "a", "b")
    one = reader(small, react)
    assert [one.turn(), one.turn()] == [0.0, None]
    put(small, "c")
    assert [one.turn(), one.turn()] == [0.0, None]
    by = {
        id: Caller.of_service("sagemaker.amazonaws.com", tiny.ACCOUNT, f"arn:aws:sagemaker:::{id}")
        for id in "abc"
    }
    assert told == [(id, tiny.ACCOUNT, tiny.REGION, by[id]) for id in "abc"]
    assert position(small) == 3


def test_what_it_calls_is_done_in_its_transaction_or_not_at_all(small: Platform) -> None:
    follows: list[str] = []

    def react(at: Reaction, change: Change) -> None:
        if change.what == "created":
            at.call("sagemaker", "DeleteModel", {"ModelName": change.id})
            at.after_commit(lambda: follows.append(change.id))
        if change.id == "bad":
            raise ValueError

    put(small, "good", "bad")
    one = reader(small, react)
    assert [one.turn(), one.turn(), one.turn()] == [0.5, 0.0, 1.0]
    with small.store.read() as tx:
        assert [record.id for record in tx.list(MODEL, None)] == ["bad"]
    assert follows == ["good"]


@pytest.mark.parametrize("when", ["in", "after"])
def test_one_that_is_killed_between_act_and_advance(small: Platform, tmp_path: Path, when: str) -> None:
    """kill -9 at the worst moments: nothing of the act is there, and the same changes come once more."""
    put(small, "a", "b")
    words = [sys.executable, "-m", "tests.server.dying_consumer", str(tmp_path), when]
    dead = subprocess.run(words, check=False, timeout=60, cwd=Path(__file__).parents[2])
    assert dead.returncode == -signal.SIGKILL
    assert (notes(small), position(small)) == ([], 0)
    assert reader(small, note).turn() == 0.0
    assert (notes(small), position(small)) == (["1", "2"], 2)


def test_two_processes_act_once(small: Platform, tmp_path: Path, clock: FakeClock) -> None:
    """Two platforms over one store, as two controllers processes have it, while changes come in."""
    other = tiny.platform(tmp_path, clock, tiny.service())
    acting, together = threading.Lock(), []

    def react(at: Reaction, change: Change) -> None:
        together.append(acting.acquire(blocking=False))
        note(at, change)  # Exists, if it came twice
        acting.release()

    both = [Consumers(where, consumers=[consumer(react)]) for where in (small, other)]
    for one in both:
        one.start()
    try:
        put(small, *(f"m{n}" for n in range(60)))
        until(lambda: len(notes(small)) == 60)
    finally:
        for one in both:
            one.stop()
        other.store.close()
    assert len(notes(small)) == 60
    assert all(together), "two acted at the same time"


def test_one_that_finds_its_position_moved_reads_again(small: Platform) -> None:
    put(small, "a", "b")
    late, seen = reader(small, note), Seen()
    batch = late._read()
    assert reader(small, seen).turn() == 0.0
    late._read = lambda: batch  # type: ignore[method-assign]
    assert late.turn() == 0.0
    assert notes(small) == ["1", "2"]


def test_those_before_a_failing_change_are_kept_and_it_is_tried_alone(small: Platform) -> None:
    put(small, "a", "bad", "c")
    seen = Seen("bad")
    one = reader(small, seen)
    waits = [one.turn() for _ in range(4)]
    assert waits == [0.5, 0.0, 1.0, 2.0]
    assert seen.ids == ["a", "bad", "a", "bad", "bad"]
    assert (notes(small), position(small)) == (["1"], 1)
    seen.failing.clear()
    assert [one.turn(), one.turn(), one.turn()] == [0.0, 0.0, None]
    assert seen.ids[5:] == ["bad", "c"]
    assert notes(small) == ["1", "2", "3"]


def test_a_change_that_always_fails_is_logged_with_all_it_says_and_left_out(
    small: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    put(small, "bad", "c", status="InProgress")
    seen = Seen("bad")
    one = reader(small, seen)
    waits = [one.turn() for _ in range(ATTEMPTS)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 0.0]
    (said,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    for part in (NAME, '"number": 1', MODEL, "arn:aws:sagemaker:::bad", '{"status": "InProgress"}'):
        assert part in said.getMessage()
    assert "ValueError: no bad" in caplog.text
    assert [one.turn(), one.turn()] == [0.0, None]
    assert (seen.ids.count("bad"), seen.ids[-1], notes(small)) == (ATTEMPTS, "c", ["2"])


def test_a_busy_store_is_no_failure_of_the_consumers(small: Platform) -> None:
    put(small, "a")
    errors: list[Exception] = [Busy("held")] * (ATTEMPTS + 1)

    def react(at: Reaction, change: Change) -> None:
        if errors:
            raise errors.pop()
        note(at, change)

    one = reader(small, react)
    assert [one.turn() for _ in range(ATTEMPTS + 3)] == [1.0] * (ATTEMPTS + 1) + [0.0, None]
    assert notes(small) == ["1"]


def test_one_that_fails_keeps_no_other_waiting(small: Platform) -> None:
    fine, failing = Seen(), Seen("a")
    all_ = Consumers(small, consumers=[consumer(failing, "x:failing"), consumer(fine, "x:fine")])
    all_.start()
    try:
        put(small, "a", "b")
        until(lambda: "b" in fine.ids)
        assert position(small, "x:failing") == 0
    finally:
        all_.stop()
    assert fine.ids == ["a", "b"]


def test_a_commit_wakes_it_at_once(small: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_UNHEARD", 3600.0)
    seen = Seen()
    all_ = Consumers(small, consumers=[consumer(seen)])
    all_.start()
    try:
        for n in range(5):
            put(small, f"m{n}")
            until(lambda n=n: len(notes(small)) == n + 1, 5, 0.002)
    finally:
        all_.stop()


def test_changes_of_other_kinds_cost_no_write_each_but_do_not_hold_the_feed(
    small: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_SKIPPED", 5)
    one = reader(small, note, NAME, "sagemaker:TransformJob")
    put(small, *"abcde")
    assert (one.turn(), position(small)) == (None, 0)
    put(small, "f")
    assert (one.turn(), position(small)) == (None, 6)


class TestChangesThatDoNotConcernIt:
    """They cost no transaction, and are not read again."""

    @pytest.fixture
    def written(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """One for each transaction of a consumer that writes."""
        found: list[bool] = []
        transaction = Platform.transaction

        def counted(platform: Platform, *, write: bool) -> object:
            found.append(write)
            return transaction(platform, write=write)

        monkeypatch.setattr(Platform, "transaction", counted)
        return found

    def of_the_last(self, platform: Platform, react: React) -> Reader:
        one = Consumer(
            NAME, (MODEL,), react, "sagemaker.amazonaws.com", concerns=lambda change: change.id > "m"
        )
        return Reader(platform, one, Deadlines())

    def test_only_the_others_are_acted_on(self, small: Platform, written: list[bool]) -> None:
        seen = Seen()
        one = self.of_the_last(small, seen)
        put(small, "a", "z", "b")
        assert [one.turn(), one.turn()] == [0.0, None]
        assert (seen.ids, position(small), len(written)) == (["z"], 2, 1)
        put(small, "c", "d", "y")
        assert [one.turn(), one.turn()] == [0.0, None]
        assert (seen.ids, position(small), len(written)) == (["z", "y"], 7, 2)  # the note is a change, too

    def test_none_of_them_is_no_transaction(self, small: Platform, written: list[bool]) -> None:
        one = self.of_the_last(small, note)
        for name in "abc":
            put(small, name)
            assert one.turn() is None
        assert (position(small), written) == (0, [])

    def test_more_than_one_page_of_them(self, small: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(loop, "_AT_ONCE", 3)
        seen = Seen()
        one = self.of_the_last(small, seen)
        put(small, *"abcdefg", "z")
        assert [one.turn() for _ in range(4)] == [0.0, 0.0, 0.0, None]
        assert (seen.ids, position(small)) == (["z"], 8)

    def test_the_position_follows_now_and_then(
        self, small: Platform, written: list[bool], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "_SKIPPED", 3)
        one = self.of_the_last(small, note)
        for name in "abcdefgh":
            put(small, name)
            one.turn()
        assert (position(small), len(written)) == (8, 2)

    def test_another_process_begins_where_the_position_is(self, small: Platform) -> None:
        """What this process knows of the changes after the position is lost with it."""
        seen = Seen()
        put(small, "a", "b")
        self.of_the_last(small, seen).turn()
        put(small, "z")
        again = self.of_the_last(small, seen)
        assert [again.turn(), again.turn()] == [0.0, None]
        assert seen.ids == ["z"]

    def test_a_platform_that_was_emptied_counts_from_the_beginning(self, small: Platform) -> None:
        seen = Seen()
        one = self.of_the_last(small, seen)
        put(small, *"abc")
        assert one.turn() is None
        small.store.wipe()
        put(small, "z")
        assert [one.turn(), one.turn()] == [0.0, None]
        assert seen.ids == ["z"]

    def test_one_that_cannot_tell_acts_and_fails(self, small: Platform) -> None:
        def unclear(change: Change) -> bool:
            raise KeyError(change.id)

        one = Consumer(NAME, (MODEL,), Seen("a"), "sagemaker.amazonaws.com", concerns=unclear)
        put(small, "a")
        assert Reader(small, one, Deadlines()).turn() == 0.5


def test_no_kind_means_all_of_them(small: Platform) -> None:
    service, seen = Service("sagemaker"), list[str]()
    service.on_change(name="all")(lambda _, change: seen.append(change.id))
    put(small, "a")
    with small.store.write() as tx:
        tx.changed("s3:Object", "", "k", "arn:k", "Object Created", {})
    Consumers(small, consumers=service.consumers).once()
    assert seen == ["a", "k"]


class TestWhatIsWrittenForAConsumer:
    """Changes that services write on demand (store/interest.py)."""

    def is_wanted(self, platform: Platform, subject: str = "") -> bool:
        with platform.store.read() as tx:
            return tx.is_wanted("s3:Object", subject)

    def started(self, platform: Platform, *kinds: str, wants_all: bool = True) -> Consumers:
        one = Consumer(NAME, kinds, note, "sagemaker.amazonaws.com", wants_all)
        all_ = Consumers(platform, consumers=[one])
        all_.start()
        return all_

    def test_all_of_its_kinds_from_the_start(self, small: Platform) -> None:
        self.started(small, "s3:Object").stop()
        assert self.is_wanted(small, "bucket")

    def test_of_all_kinds_those_that_are_written_on_demand(self, small: Platform) -> None:
        self.started(small).stop()
        assert self.is_wanted(small, "bucket")

    def test_of_all_kinds_none_that_it_does_not_want(self, small: Platform) -> None:
        self.started(small, wants_all=False).stop()
        assert not self.is_wanted(small, "bucket")

    def test_the_subjects_that_it_names(self, small: Platform) -> None:
        self.started(small, "s3:Object").stop()  # as it was before
        with small.store.write() as tx:
            tx.want(NAME, "s3:Object", "mine")
        self.started(small, "s3:Object", wants_all=False).stop()
        assert (self.is_wanted(small, "mine"), self.is_wanted(small, "other")) == (True, False)

    def test_one_that_was_dropped_comes_back(self, small: Platform) -> None:
        one = reader(small, note, NAME, "s3:Object")
        one.turn()
        put(small, *"abcd")
        with small.store.write() as tx:
            assert tx.trim_changes(most=2, silent=0).lapsed
            assert not tx.is_wanted("s3:Object")
        one.turn()
        assert self.is_wanted(small)


@pytest.mark.parametrize("kinds", [("TrainingJob",), ("sagemaker:",), (MODEL, ":Model")])
def test_what_is_no_kind_is_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not a kind of records"):
        Service("sagemaker").on_change(*kinds)


def test_a_name_is_given_once() -> None:
    service = Service("sagemaker")
    register: Callable[[React], React] = service.on_change(MODEL)
    assert register(note) is note
    assert [one.name for one in service.consumers] == ["sagemaker:note"]
    with pytest.raises(ValueError, match="two consumers sagemaker:note"):
        register(note)
    service.on_change(MODEL, name="other")(note)
