"""The table of the lists of libraries, on each kind of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.store.api import Store, Tx
from clary.store.schemas import schema_of
from clary.workloads import library_lists
from tests.support.stores import Backend

ENVIRONMENT = {"python": "3.12.1", "digest": "e1", "libraries": "a==1 b==2", "installed": "c==3"}


@pytest.fixture
def tx(backend: Backend) -> Iterator[Tx]:
    store: Store = backend.again()
    store.migrate({"workloads": schema_of("clary.workloads")})
    with store.write() as tx:
        yield tx


def test_a_list_is_kept_once_for_all_records(tx: Tx) -> None:
    others = {**ENVIRONMENT, "installed": ""}
    for environment in (ENVIRONMENT, ENVIRONMENT, others):
        library_lists.keep(environment)(tx)
    assert tx.sql("select count(*) from workload_library_list") == [(2,)]
    assert library_lists.whole(tx, library_lists.noted(ENVIRONMENT)) == ENVIRONMENT
    assert library_lists.whole(tx, library_lists.noted(others)) == {
        "python": "3.12.1",
        "digest": "e1",
        "libraries": "a==1 b==2",
    }


def test_a_record_has_no_list_but_its_digest(tx: Tx) -> None:
    noted = library_lists.noted({**ENVIRONMENT, "libraries": "a==1 " * 1000})
    assert len(str(noted)) < 300
    assert noted["python"] == "3.12.1"


def test_records_of_earlier_versions_have_the_lists_in_them(tx: Tx) -> None:
    assert library_lists.whole(tx, ENVIRONMENT) == ENVIRONMENT


def test_what_is_not_known_is_left_out(tx: Tx) -> None:
    assert library_lists.noted({}) == {}
    assert library_lists.whole(tx, library_lists.noted(ENVIRONMENT)) == {"python": "3.12.1", "digest": "e1"}
