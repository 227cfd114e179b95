"""A platform whose processes a test may kill, and a disk that is small enough to be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import Live, short_folder

_SIZE = "48m"


@pytest.fixture
def live() -> Iterator[Live]:
    """A platform of the test's own, with room for many jobs at once."""
    folder = short_folder()
    live = Live(folder / "home", env={"CLARY_CAPACITY_VCPUS": "64"}).start()
    yield live
    print(live.said())
    live.clear()
    shutil.rmtree(folder)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system of its own."""
    if os.geteuid():
        pytest.skip("only root may mount a small file system")
    folder = short_folder()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=0700", "clary-test", str(folder)],
        capture_output=True,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"no mounts here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)
