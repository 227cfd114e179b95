"""Homes for tests: made once for each set of first facts, and copied. Making one costs several disk flushes, a copy none."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options


def fresh_home(path: Path, options: Options) -> Home:
    """Return a home at `path` as a first start with these options leaves it."""
    shutil.copytree(_template(options), path)
    return Home.at(path)


@cache
def _template(options: Options) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="clary-home-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = assemble(Home.at(folder / "home"), options, runs=FakeExecutor())
    built.store.close()
    return folder / "home"
