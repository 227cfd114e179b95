"""Homes for tests: made once for each set of first facts, and copied. Making one costs several disk flushes, a copy none.

The certificates that this machine trusts are read once for all platforms of a test process, of which there are thousands.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server import authority
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.server.roots import places
from clary.services import load_services


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
    known: dict[tuple[object, ...], str] = {}
    machines = places({})

    def remembered(of: Callable[..., str]) -> Callable[..., str]:
        def look(environ: Mapping[str, str], *more: object, **named: object) -> str:
            if places(environ) != machines:  # a test that names files changes them, too
                return of(environ, *more, **named)
            asked = (of, *more, *named.values())
            if asked not in known:
                known[asked] = of(environ, *more, **named)
            return known[asked]

        return look

    names = ("roots", "stamp_of")
    with mock.patch.multiple(authority, **{name: remembered(getattr(authority, name)) for name in names}):
        yield


@contextmanager
def platform_of(*names: str, folder: Path, options: Options, **parts: Any) -> Iterator[Platform]:
    """A platform of some services only, which is made faster than one of all."""
    home = fresh_home(folder / "home", options)
    built = assemble(home, options, services=load_services(*names), **parts)
    yield built
    built.store.close()
