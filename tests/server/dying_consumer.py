"""`python -m tests.server.dying_consumer FOLDER WHEN`: a consumer whose process is killed `in` its act, or `after` it
and before its position is committed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from clary.kernel import SystemClock
from clary.plane import Change, Reaction, Record
from clary.plane.changes import Consumer
from clary.server.consumers import Reader
from clary.server.heartbeat import Deadlines
from clary.store.tx import Transaction
from tests.plane import tiny

NAME = "notes:take"


def note(at: Reaction, change: Change) -> None:
    """Write one record for each change; Exists would tell of a second time."""
    at.tx.insert(Record("Note", change.scope, str(change.number)))


def die(*_: object) -> None:
    """Be killed: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def note_and_die(at: Reaction, change: Change) -> None:
    note(at, change)
    die()


if __name__ == "__main__":
    react = note
    if sys.argv[2] == "in":
        react = note_and_die
    else:
        Transaction.advance = die  # type: ignore[method-assign]
    platform = tiny.platform(Path(sys.argv[1]), SystemClock(), tiny.service())
    Reader(platform, Consumer(NAME, ("sagemaker:Model",), react, "x.amazonaws.com"), Deadlines()).turn()
    raise SystemExit("this process should have been killed")
