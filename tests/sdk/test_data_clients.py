"""What data people read and write S3 with: pandas, s3fs, pyarrow, awswrangler."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sdk.clients import DATA
from tests.sdk.running import run_script
from tests.support.live import Live

pytestmark = pytest.mark.sdk


def test_clients_of_data(live: Live, bucket: str, tmp_path: Path) -> None:
    run_script(live, DATA, "data_clients.py", tmp_path, bucket)
