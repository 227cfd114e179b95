"""What a world looks like before and after a request."""

from __future__ import annotations

import time

from tests.security.matrix.snapshot import Change, State, change
from tests.security.matrix.world import World


def seen(world: World) -> State:
    """Return the state of a world, whose clock is put to that of those who sign requests."""
    world.clock.advance(max(0.0, time.time() - world.clock.now()))
    return world.observer.state()


def changed_since(world: World, before: State) -> Change:
    """Return what has changed, but for files: bytes of an upload that was refused lie there until they are swept."""
    found = change(before, world.observer.state())
    return Change(*([one for one in part if one[0] != "file"] for part in found))  # type: ignore[index]
