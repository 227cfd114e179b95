"""Sources of earlier versions, from the repository's history, and the change from one version to another in place."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def export(commit: str, folder: Path) -> Path:
    """Lay the sources of a commit into `folder/src`, and return that. Skip the test where the clone has no such commit."""
    words = ["git", "-C", str(ROOT), "archive", commit, "src"]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this clone has no history down to {commit}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


def replace_in_place(source: Path) -> None:
    """Put the files of this version where an earlier version's lie, as `pip install --upgrade` does. The folder stays."""
    for entry in os.scandir(source):
        shutil.rmtree(entry.path)
    shutil.copytree(ROOT / "src", source, dirs_exist_ok=True)


@contextmanager
def step(source: Path, service: str, statement: str) -> Iterator[None]:
    """Give a service of these sources one more step."""
    folder = source / "clary" / "services" / service / "schema"
    more = folder / f"{len(list(folder.glob('*.sql'))) + 1:04}_more.sql"
    more.write_text(statement + "\n")
    yield
    more.unlink()
