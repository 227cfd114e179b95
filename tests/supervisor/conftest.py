"""An executor in a fresh home, one for each way of keeping volumes, and a small S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import executors
from tests.support.volumes import By

bench, s3 = executors.bench, executors.s3


@pytest.fixture
def loop(tmp_path: Path) -> Any:
    try:
        bench = By(tmp_path / "home", "loop")
    except RuntimeError as error:
        pytest.skip(str(error))
    yield bench
    bench.clear()


@pytest.fixture
def counted(tmp_path: Path) -> Any:
    bench = By(tmp_path / "home", "counted")
    yield bench
    bench.clear()
