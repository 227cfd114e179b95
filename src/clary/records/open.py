"""Open the records that a setting names."""

from __future__ import annotations

from pathlib import Path

from clary.records.api import RecordStore
from clary.records.stored import StoredRecordStore
from clary.store.open import open_store
from clary.store.schemas import schema_of
from clary.store.sqlite import Synchronous


def open_records(address: str | Path, *, synchronous: Synchronous = "NORMAL") -> RecordStore:
    """Open `postgresql://…` or the SQLite file at a path; raise what `open_store` raises."""
    store = open_store(
        address,
        synchronous=synchronous,
        schemas={"records": schema_of("clary.records")},
        namespace="clary_records",
    )
    return StoredRecordStore(store)
