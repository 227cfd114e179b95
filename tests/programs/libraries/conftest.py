"""Libraries imported as a job's script imports them: by their own names, after everything else, and again in each test."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import pytest

from clary_programs.libraries import FOLDER
from tests.programs.toolkit.job import Job

_OURS = ("sagemaker_", "clary_programs.libraries._shared")


def _forget() -> None:
    """Folders are read when the libraries are imported, so that each test needs an import of its own."""
    for name in [name for name in sys.modules if name.startswith(_OURS)]:
        del sys.modules[name]


@pytest.fixture
def job(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """A training job's folder, in which this process is the script."""
    variables, found = dict(os.environ), list(sys.path)
    job = Job(
        tmp_path_factory.mktemp("job") / "ml",
        {"epochs": 3, "sagemaker_region": "eu-west-1", "sagemaker_mpi_enabled": False},
    )
    text = json.dumps({name: json.dumps(value) for name, value in job.hyperparameters.items()})
    (job.base / "input" / "config" / "hyperparameters.json").write_text(text)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(job.base))
    monkeypatch.setenv("SM_STUDIO_LOCAL_MODE", "true")
    monkeypatch.setenv("TRAINING_JOB_NAME", "job-1")
    _forget()
    sys.path.append(str(FOLDER))
    yield job
    sys.path[:] = found
    os.environ.clear()
    os.environ.update(variables)
    _forget()
