"""Controllers: what a step changes, who may write it, and what happens to a step that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError, FakeClock
from clary.plane import Call, Platform, Record, Service, Step, World
from clary.plane.controller import apply
from clary.server.loop import Controllers
from clary.store.api import Stale
from tests.plane.tiny import ACCOUNT, REGION, SCOPE, call, start

Decide = Callable[[Record, World], Step]


@pytest.fixture
def decide(service: Service) -> dict[str, Decide]:
    """The controller of transform jobs does what `decide["it"]` says."""
    chosen: dict[str, Decide] = {"it": lambda record, world: Step()}
    service.controllers["sagemaker:TransformJob"] = lambda record, world: chosen["it"](record, world)
    return chosen


@pytest.fixture
def loop_of(small: Platform, tmp_path: Path, decide: dict[str, Decide]) -> Callable[[str], Controllers]:
    return lambda name: Controllers(small, str(tmp_path / f"{name}.bell"))


@pytest.fixture
def turns(loop_of: Callable[[str], Controllers]) -> Controllers:
    return loop_of("one")


def job(small: Platform, name: str = "j") -> Record:
    with small.store.read() as tx:
        found = tx.get("sagemaker:TransformJob", SCOPE, name)
    assert found is not None
    return found


class TestSteps:
    def test_status_members_and_the_next_look(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        start(small)
        clock.advance(3)
        decide["it"] = lambda record, world: Step("Completed", {"New": 1, "Stamped": None}, after=10)
        assert turns.once() == 1
        record = job(small)
        assert (record.status, record.observed["New"], "Stamped" in record.observed) == (
            "Completed",
            1,
            False,
        )
        assert (record.due, record.modified) == (clock.now() + 10, clock.now())

    def test_only_what_shows_changes_the_time(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        start(small)
        created = clock.now()
        clock.advance(3)
        decide["it"] = lambda record, world: Step(private={"seen": True}, after=1)
        turns.once()
        assert (job(small).modified, job(small).private["seen"]) == (created, True)

    def test_nothing_more_to_do(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        start(small)
        assert turns.once() == 1
        clock.advance(10_000)
        assert turns.once() == 0

    def test_not_before_it_is_due(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        start(small)
        decide["it"] = lambda record, world: Step(after=60)
        assert turns.once() == 1
        clock.advance(59)
        assert turns.once() == 0
        clock.advance(1)
        assert turns.once() == 1

    def test_the_end_of_a_record(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        start(small, Tags=[{"Key": "k", "Value": "v"}])
        arn = job(small).arn
        decide["it"] = lambda record, world: Step(delete=True)
        turns.once()
        with small.store.read() as tx:
            assert (tx.get("sagemaker:TransformJob", SCOPE, "j"), tx.tags(arn)) == (None, {})

    def test_the_world_is_that_of_the_record(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        seen: list[World] = []
        decide["it"] = lambda record, world: seen.append(world) or Step()
        start(small)
        turns.once()
        [world] = seen
        assert (world.account, world.region, world.scope, world.now) == (ACCOUNT, REGION, SCOPE, clock.now())
        assert world.get("sagemaker:TransformJob", "j") is not None
        assert world.get("sagemaker:TransformJob", "no") is None


class TestCalls:
    def make(self, name: str, optional: bool = False) -> Call:
        return Call("sagemaker", "CreateModel", {"ModelName": name}, optional)

    def models(self, small: Platform) -> list[str]:
        return [model["ModelName"] for model in call(small, "ListModels", SortOrder="Ascending")["Models"]]

    def test_they_happen_with_the_step(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        start(small)
        decide["it"] = lambda record, world: Step("Completed", calls=(self.make("a"), self.make("b")))
        turns.once()
        assert (self.models(small), job(small).status) == (["a", "b"], "Completed")

    def test_what_a_call_creates_has_the_record_as_its_parent(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        start(small)
        call(small, "CreateModel", ModelName="of-nobody")

        def create(record: Record, world: World) -> Step:
            world.call("sagemaker", "CreateModel", {"ModelName": "direct"})
            return Step(calls=(Call("sagemaker", "CreateModel", {"ModelName": "with-the-step"}),))

        decide["it"] = create
        turns.once()
        with small.store.read() as tx:
            parents = {one.id: one.parent for one in tx.list("sagemaker:Model", SCOPE)}
        assert parents == {"of-nobody": "", "direct": job(small).arn, "with-the-step": job(small).arn}

    def test_one_that_is_refused_undoes_all(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        start(small)
        decide["it"] = lambda record, world: Step(
            "Completed", calls=(self.make("a"), self.make("not a name"))
        )
        turns.once()
        record = job(small)
        assert (self.models(small), record.status) == ([], "InProgress")
        assert record.due is not None
        assert record.due > clock.now()

    def test_an_optional_one_may_be_refused(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        start(small)
        calls = (self.make("not a name", optional=True), self.make("a"))
        decide["it"] = lambda record, world: Step("Completed", calls=calls)
        turns.once()
        assert (self.models(small), job(small).status) == (["a"], "Completed")

    def test_a_stale_step_calls_nobody(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        """The record changes while its controller thinks: neither the step nor its calls happen."""
        start(small)

        def slow(record: Record, world: World) -> Step:
            call(small, "StopTransformJob", TransformJobName="j")
            return Step("Completed", calls=(self.make("a"),))

        decide["it"] = slow
        turns.once()
        assert (self.models(small), job(small).status) == ([], "Stopping")

    def test_a_step_that_changes_nothing_only_moves_the_moment(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        """Who has read the record may still write it, and its LastModifiedTime tells of changes alone."""
        start(small)
        before = job(small)
        clock.advance(1)
        decide["it"] = lambda record, world: Step("InProgress", set=dict(record.observed), after=5)
        assert turns.once() == 1
        assert job(small) == before.evolve(due=clock.now() + 5)

    def test_a_stale_step_raises(self, small: Platform, clock: FakeClock) -> None:
        start(small)
        old = job(small)
        call(small, "StopTransformJob", TransformJobName="j")
        world = World(small, clock.now(), job(small), "sagemaker.amazonaws.com")
        with pytest.raises(Stale), small.transaction(write=True) as unit:
            apply(unit, old, Step("Completed"), world)


class TestFailures:
    @pytest.mark.parametrize("error", [ValueError("a bug"), AwsError("Throttling")])
    def test_the_record_stays_and_is_looked_at_again(
        self,
        small: Platform,
        decide: dict[str, Decide],
        turns: Controllers,
        clock: FakeClock,
        error: Exception,
    ) -> None:
        def fail(record: Record, world: World) -> Step:
            raise error

        start(small)
        decide["it"] = fail
        turns.once()
        first = job(small)
        assert first.status == "InProgress"
        assert first.due is not None
        assert 0 < first.due - clock.now() <= 30

    def test_the_pauses_grow_to_half_a_minute(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        def fail(record: Record, world: World) -> Step:
            raise ValueError("a bug")

        start(small)
        decide["it"] = fail
        pauses = []
        for _ in range(10):
            assert turns.once() == 1
            due = job(small).due
            assert due is not None
            pauses.append(due - clock.now())
            clock.advance(pauses[-1] + 0.001)
        assert pauses == sorted(pauses)
        assert pauses[0] < 1
        assert pauses[-1] == pytest.approx(30)

    def test_one_that_fails_does_not_hold_up_others(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers
    ) -> None:
        def some(record: Record, world: World) -> Step:
            if record.id == "bad":
                raise ValueError("a bug")
            return Step("Completed")

        decide["it"] = some
        for name in ("a", "bad", "b"):
            start(small, name)
        assert turns.once() == 3
        assert [job(small, name).status for name in ("a", "bad", "b")] == [
            "Completed",
            "InProgress",
            "Completed",
        ]


class TestTwoAtOnce:
    def test_what_one_holds_the_other_leaves(
        self,
        small: Platform,
        decide: dict[str, Decide],
        turns: Controllers,
        loop_of: Callable[[str], Controllers],
    ) -> None:
        other, looked = loop_of("two"), []

        def first(record: Record, world: World) -> Step:
            looked.append(other.once())
            return Step("Completed")

        start(small)
        decide["it"] = first
        assert turns.once() == 1
        assert looked == [0]
        assert other.once() == 0

    def test_a_lease_ends(
        self,
        small: Platform,
        decide: dict[str, Decide],
        turns: Controllers,
        loop_of: Callable[[str], Controllers],
        clock: FakeClock,
    ) -> None:
        """The first claims and is killed before it writes."""
        start(small)
        other = loop_of("two")
        assert len(turns._claim(8)) == 1
        assert other.once() == 0
        clock.advance(3600)
        decide["it"] = lambda record, world: Step("Completed")
        assert other.once() == 1
        assert job(small).status == "Completed"

    def test_the_one_whose_lease_ended_cannot_write(
        self,
        small: Platform,
        decide: dict[str, Decide],
        turns: Controllers,
        loop_of: Callable[[str], Controllers],
        clock: FakeClock,
    ) -> None:
        start(small)
        other = loop_of("two")
        [late] = turns._claim(8)
        clock.advance(3600)
        decide["it"] = lambda record, world: Step("Completed")
        other.once()
        decide["it"] = lambda record, world: Step("Failed")
        turns.step(late)
        assert job(small).status == "Completed"

    def test_the_longest_due_first(
        self, small: Platform, decide: dict[str, Decide], turns: Controllers, clock: FakeClock
    ) -> None:
        seen: list[Any] = []
        decide["it"] = lambda record, world: seen.append(record.id) or Step()
        for name in ("c", "a", "b"):
            start(small, name)
            clock.advance(1)
        turns.once()
        assert seen == ["c", "a", "b"]
