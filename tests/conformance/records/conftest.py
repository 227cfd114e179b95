"""The records that are to keep the promises of clary.records.api."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from clary.records.api import RecordStore
from clary.records.open import open_records
from tests.support.stores import Backend

Again = Callable[[], RecordStore]


@pytest.fixture
def again(backend: Backend) -> Iterator[Again]:
    opened: list[RecordStore] = []

    def open_again() -> RecordStore:
        opened.append(open_records(backend.address))
        return opened[-1]

    yield open_again
    for records in opened:
        records.close()


@pytest.fixture
def records(again: Again) -> RecordStore:
    return again()
