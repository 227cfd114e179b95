"""A private PostgreSQL server for tests: a throw-away cluster behind a unix socket. Debian's own binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HOW_TO_GET_IT = (
    "PostgreSQL is not installed (Debian: apt-get install postgresql; pip install 'clary[postgres]')"
)


def binaries() -> Path | None:
    """The folder with initdb and postgres, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return newest[-1].parent if newest else None


def require() -> Path:
    """The binaries. Skips the test where there are none, and fails it in CI."""
    folder = binaries()
    try:
        import psycopg  # noqa: F401
    except ImportError:
        folder = None
    if folder is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    return folder


@contextmanager
def cluster() -> Iterator[str]:
    """A running server. -> its DSN. It refuses to run as root, so root lends it another user's name."""
    folder = require()
    home = Path(tempfile.mkdtemp(prefix="clary-pg-"))
    user = _unprivileged()
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
    data = home / "data"
    owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": home} | owner
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
    try:
        initdb = [
            folder / "initdb",
            "-D",
            data,
            "-U",
            "clary",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run(initdb, check=True, **quiet)
        subprocess.run([folder / "pg_ctl", "-D", data, "-o", options, "-w", "start"], check=True, **quiet)
        yield f"postgresql://clary@/postgres?host={home}"
    finally:
        subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **quiet)
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
