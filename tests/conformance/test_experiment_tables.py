"""The tables of SageMaker's experiments and metrics, on each kind of store: their statements count, divide and rank."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from clary.services.sagemaker.experiments import membership
from clary.services.sagemaker.metrics import points
from clary.services.sagemaker.metrics.points import Axis, Point
from clary.store.api import Query, Record, Store, Tx
from clary.store.schemas import schema_of
from tests.support.stores import HERE, THERE, Backend

OWNER, OTHER = "arn:one", "arn:other"
STEPS = Axis(None)


@pytest.fixture
def tx(backend: Backend) -> Iterator[Tx]:
    store: Store = backend.again()
    packages = ("clary.services.sagemaker", "clary.services.sagemaker.metrics")
    store.migrate({package: schema_of(package) for package in packages})
    with store.write() as tx:
        yield tx


def read(tx: Tx, statistic: str, axis: Axis = STEPS, most: int = 100) -> list[tuple[int, float]]:
    return points.read(tx, OWNER, "loss", statistic, axis, most)


@pytest.mark.parametrize(
    ("statistic", "wanted"),
    [
        ("Min", [(0, 1.0), (3, 5.0)]),
        ("Max", [(0, 4.0), (3, 5.0)]),
        ("Avg", [(0, 2.0), (3, 5.0)]),
        ("Count", [(0, 3.0), (3, 1.0)]),
        ("StdDev", [(0, pytest.approx(math.sqrt(2))), (3, 0.0)]),
        ("Last", [(0, 1.0), (3, 5.0)]),
    ],
)
def test_statistics_by_step(tx: Tx, statistic: str, wanted: list[tuple[int, float]]) -> None:
    values = [(9.0, 0, 4.0), (10.0, 0, 1.0), (10.0, 0, 1.0), (8.0, 3, 5.0), (11.0, None, 7.0)]
    points.add(tx, OWNER, "loss", [Point(*value) for value in values])
    points.add(tx, OWNER, "other", [Point(1.0, 0, 99.0)])
    points.add(tx, OTHER, "loss", [Point(1.0, 0, 99.0)])
    assert read(tx, statistic) == wanted
    assert read(tx, statistic, most=1) == wanted[:1]
    assert read(tx, statistic, Axis(None, start=1)) == wanted[1:]


@pytest.mark.parametrize("statistic", ["Min", "Max", "Avg", "Count", "StdDev", "Last"])
def test_periods_begin_at_their_multiples(tx: Tx, statistic: str) -> None:
    points.add(tx, OWNER, "loss", [Point(at, None, 1.0) for at in (59.999, 60.0, 119.999, 1_800_000_000.25)])
    places = [place for place, _ in read(tx, statistic, Axis(60_000))]
    assert places == [0, 60_000, 1_800_000_000_000]
    assert [place for place, _ in read(tx, statistic, Axis(60_000, 60_000, 119_999))] == [60_000]


def test_of_the_same_time_the_one_that_came_last_is_the_last(tx: Tx) -> None:
    points.add(tx, OWNER, "loss", [Point(5.0, 1, 1.0), Point(5.0, 1, 2.0)])
    points.add(tx, OWNER, "loss", [Point(5.0, 1, 3.0), Point(4.0, 1, 4.0)])
    assert read(tx, "Last") == [(1, 3.0)]


def test_what_is_forgotten_is_that_owners(tx: Tx) -> None:
    for owner in (OWNER, OTHER):
        points.add(tx, owner, "loss", [Point(1.0, 1, 1.0)])
    points.forget(tx, OWNER)
    assert read(tx, "Last") == []
    assert points.read(tx, OTHER, "loss", "Last", STEPS, 10) == [(1, 1.0)]
    points.add(tx, OWNER, "loss", [Point(1.0, 2, 2.0)])
    assert read(tx, "Last") == [(2, 2.0)]


def trial(name: str, experiment: str, scope: str = HERE) -> Record:
    return Record("sagemaker:Trial", scope, name, doc={"spec": {"ExperimentName": experiment}})


def test_which_components_are_in_which_trials(tx: Tx) -> None:
    kind = "sagemaker:TrialComponent"
    for name, at in (("a", 3.0), ("b", 2.0), ("c", 1.0)):
        tx.insert(Record(kind, HERE, name, created=at))
    t, u, elsewhere = trial("t", "e"), trial("u", "other"), trial("t", "e", THERE)
    for owner, name in ((t, "a"), (t, "b"), (t, "b"), (u, "b"), (elsewhere, "c")):
        membership.add(tx, owner, name)

    def found(**of: str) -> list[str]:
        query = Query([membership.components_in(HERE, **of)], descending=True)
        return [record.id for record in tx.list(kind, HERE, query)]

    assert found(experiment="e") == found(trial="t") == ["a", "b"]
    assert found(experiment="other") == ["b"]
    assert found(experiment="other", trial="t") == []
    both = [{"TrialName": "t", "ExperimentName": "e"}, {"TrialName": "u", "ExperimentName": "other"}]
    assert membership.parents(tx, HERE, ["a", "b", "c"]) == {"a": both[:1], "b": both}
    assert membership.components(tx, HERE, "t", 1) == ["a"]
    membership.remove(tx, t, "b")
    assert found(trial="t") == ["a"]
    assert membership.has_components(tx, t)
    membership.remove(tx, t, "a")
    assert not membership.has_components(tx, t)
