"""What the warden does in a process of its own (clary.server.forks)."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging, os
from contextlib import nullcontext
from clary.server import forks

def make_certificates():
    raise OSError("no room")

logging.basicConfig()
child = forks.beside(make_certificates, nullcontext, os.open(os.devnull, os.O_RDONLY))
raise SystemExit(forks.reaped(child))
"""


def test_work_that_fails_is_in_the_log() -> None:
    """The home stays without what it was to make, and nothing else says why."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "make_certificates has failed" in done.stderr
    assert "OSError: no room" in done.stderr
