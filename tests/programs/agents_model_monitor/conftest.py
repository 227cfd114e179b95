"""The job folder every test of the analyser starts from."""

from pathlib import Path

import pytest

from .job import Job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)
