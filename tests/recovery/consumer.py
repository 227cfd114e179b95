"""`python -m tests.recovery.consumer HOME`: a consumer of all changes, in a process of its own that may be killed.

It writes each change into a table, in the transaction that moves its position. A change that came twice would break the
table's key, and its consumer would never get past it.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from clary.plane import Change, Reaction
from clary.plane.changes import Consumer
from clary.server.assemble import assemble
from clary.server.consumers import Consumers
from clary.server.home import Home
from clary.server.options import Options
from clary.store.schemas import Schema

NAME = "trial:seen"
TABLE = "create table if not exists trial_seen (number integer primary key, kind text not null, id text not null);"


def see(at: Reaction, change: Change) -> None:
    """Write down one change."""
    at.tx.sql(
        "insert into trial_seen (number, kind, id) values (?, ?, ?)", change.number, change.kind, change.id
    )


if __name__ == "__main__":
    platform = assemble(Home.at(Path(sys.argv[1])), Options())
    platform.store.migrate({"trial": Schema.of(TABLE)})
    Consumers(platform, consumers=[Consumer(NAME, (), see, "trial.amazonaws.com")]).start()
    threading.Event().wait()
