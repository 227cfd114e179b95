"""The stores that are to keep the promises of clary.store.api."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.store.api import Store
from clary.store.open import open_store
from tests.store.cluster import cluster
from tests.support.stores import Backend, drop_all


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with cluster() as dsn:
        yield dsn


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "sqlite":
        address = str(tmp_path / "clary.db")
    else:
        address = request.getfixturevalue("postgres")
        drop_all(address)
    opened: list[Store] = []

    def again(**options: Any) -> Store:
        opened.append(open_store(address, **options))
        return opened[-1]

    yield Backend(address, again)
    for store in opened:
        store.close()
