"""The process of the controllers, which handle records until TERM."""

from __future__ import annotations

import signal

from clary.server.assemble import assemble
from clary.server.counts import CountKeeper
from clary.server.heartbeat import STARTING, Deadlines, Heart
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.server.options import Options


def controllers(home: Home, options: Options) -> None:
    """Run the controllers until TERM."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    deadlines = Deadlines()
    Heart(home, "controllers").beside(deadlines)
    with deadlines.within(STARTING):
        platform = assemble(home, options)
    counts = CountKeeper(platform)
    Controllers(platform, home.bell("controllers"), deadlines).run(lambda: stopping)
    counts.close()
    platform.close()
