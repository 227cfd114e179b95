"""Homes for tests: made once for each set of first facts, and copied. Making one costs several disk flushes, a copy none.

The certificates that this machine trusts are read once for each choice of places: a tenth of a second of CPU for each of
thousands of platforms otherwise.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from clary.runs.fake import FakeExecutor
from clary.server import authority
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.server.roots import places, roots


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


@contextmanager
def roots_read_once() -> Iterator[None]:
    """Let the platforms of this process share what `roots` returned."""
    known: dict[tuple[tuple[Path, ...], str], str] = {}

    def remembered(environ: Mapping[str, str], without: str = "") -> str:
        asked = (tuple(places(environ)), without)
        if asked not in known:
            known[asked] = roots(environ, without)
        return known[asked]

    with mock.patch.object(authority, "roots", remembered):
        yield
