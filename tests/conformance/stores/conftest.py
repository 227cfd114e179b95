"""The store that is to keep its promises."""

from __future__ import annotations

import pytest

from clary.store.api import Store
from tests.support.stores import Backend


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.again()
