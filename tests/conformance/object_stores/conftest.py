"""The object store that is to keep its promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.objects.api import ObjectStore
from clary.objects.files import FileStore


@pytest.fixture(params=["files", "files-durable"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    synchronous: Any = "FULL" if request.param == "files-durable" else "NORMAL"
    store = FileStore(tmp_path / "objects", synchronous=synchronous)
    yield store
    store.close()
