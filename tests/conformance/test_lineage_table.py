"""The table of associations on every kind of store: pages in each order, and the neighbours of many entities."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from clary.services.sagemaker.lineage import association_table
from clary.services.sagemaker.lineage.association_table import Edge, Page
from clary.services.sagemaker.lineage.graph import reach
from clary.store.api import Store, Tx
from clary.store.schemas import schema_of
from tests.support.stores import HERE, THERE, Backend

EDGES = [
    Edge("a", "b", "", "DataSet", "Model", 3.0),
    Edge("b", "c", "Produced", "Model", "Endpoint", 1.0),
    Edge("a", "c", "ContributedTo", "DataSet", "Endpoint", 2.0),
    Edge("é", "a", "ContributedTo", "Image", "DataSet", 2.0),
]
ORDERS = ("source", "destination", "source_type", "destination_type", "created")


@pytest.fixture
def store(backend: Backend) -> Store:
    made = backend.again()
    made.migrate({"sagemaker": schema_of("clary.services.sagemaker")})
    with made.write() as tx:
        for edge in EDGES:
            assert association_table.add(tx, HERE, edge)
        association_table.add(tx, THERE, EDGES[0])
    return made


def pages(tx: Tx, order: str, descending: bool) -> Iterator[Edge]:
    """All associations, one by one."""
    after = None
    while found := association_table.page(tx, HERE, Page([], order, descending, after, 1)):
        yield found[0]
        if len(found) == 1:
            return
        after = (getattr(found[0], order), found[0].source, found[0].destination)


def test_two_ends_are_associated_once(store: Store) -> None:
    with store.write() as tx:
        assert not association_table.add(tx, HERE, Edge("a", "b", "SameAs", "x", "y", 9.0))
        assert association_table.add(tx, HERE, Edge("b", "a", "", "Model", "DataSet", 9.0))  # it goes on
        assert association_table.remove(tx, HERE, "b", "a")
        assert not association_table.remove(tx, HERE, "b", "a")
        assert association_table.touches(tx, HERE, "c")
        assert not association_table.touches(tx, THERE, "c")


@pytest.mark.parametrize(("order", "descending"), list(itertools.product(ORDERS, (False, True))))
def test_pages_in_every_order(store: Store, order: str, descending: bool) -> None:
    with store.read() as tx:
        found = list(pages(tx, order, descending))
    place = [(getattr(edge, order), edge.source, edge.destination) for edge in found]
    assert place == sorted(place, reverse=descending)
    assert sorted(found) == sorted(EDGES)


def test_neighbours_from_either_end(store: Store) -> None:
    many = [f"none-{n}" for n in range(500)]
    with store.read() as tx:
        assert set(association_table.around(tx, HERE, "source", [*many, "a", "b"])) == set(EDGES[:3])
        assert set(association_table.around(tx, HERE, "destination", ["c", *many])) == set(EDGES[1:3])
        assert list(association_table.around(tx, HERE, "source", [])) == []
        reached = reach("a", "Both", 10, lambda end, arns: association_table.around(tx, HERE, end, arns))
    assert set(reached.depths) == {"a", "b", "c", "é"}
    assert reached.depths["c"] == 1
    assert set(reached.edges.values()) == set(EDGES)
